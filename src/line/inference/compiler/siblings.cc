// Convolutions side by side become one: the heads of a detector are 1 x 1 convolutions of one input to one,
// four or ten channels, each computing a whole vector of them, and depthwise ones behind. Together they fill
// a vector. Their outputs are slices of the joined one, which cost nothing.
#include <algorithm>
#include <numeric>
#include <optional>

#include "line/inference/compiler/passes.h"
#include "line/inference/compiler/rewire.h"

namespace bondline::inference::lowering {
namespace {

/// Joined convolutions must take less than this share of the time apart: the slices cost something where they
/// leave the network.
constexpr double kWorthwhile = 0.8;

class Joiner {
 public:
  Joiner(Graph& graph, const QuantisedConstants& quantised, kernels::Isa isa)
      : graph_(graph), quantised_(quantised), isa_(isa) {}

  bool once() {
    count_uses();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (pointwise(node) && join(siblings_of(i), node.inputs[0], Kind::pointwise)) return true;
      if (node.op == "Split" && node.domain.empty() && behind_split(i)) return true;
    }
    return false;
  }

 private:
  void count_uses() {
    uses_.assign(graph_.values.size(), 0);
    for (const Node& node : graph_.nodes) {
      for (const auto* list : {&node.inputs, &node.captures}) {
        for (const ValueId id : *list) {
          if (id != kNone) ++uses_[static_cast<std::size_t>(id)];
        }
      }
    }
    for (const ValueId id : graph_.outputs) ++uses_[static_cast<std::size_t>(id)];
  }
  int uses(ValueId id) const { return uses_[static_cast<std::size_t>(id)]; }

  const Tensor* float_constant(ValueId id) const {
    const auto& v = graph_.value(id);
    return v.constant && v.constant->dtype == DType::f32 && !quantised_.contains(v.name) ? &*v.constant
                                                                                         : nullptr;
  }

  /// The weights of a float32 convolution over images whose constants are known; null otherwise.
  const Tensor* weights_of(const Node& node) const {
    if (node.op != "Conv" || !node.domain.empty() || node.inputs.size() < 2 || node.outputs.size() != 1)
      return nullptr;
    const auto &in = graph_.value(node.inputs[0]), &out = graph_.value(node.outputs[0]);
    if (in.dtype != DType::f32 || !in.shape || !out.shape || in.shape->size() != 4 || out.shape->size() != 4)
      return nullptr;
    if (std::any_of(out.shape->begin(), out.shape->end(), [](std::int64_t d) { return d < 1; }))
      return nullptr;
    const Tensor* w = float_constant(node.inputs[1]);
    if (w == nullptr || w->shape.size() != 4) return nullptr;
    const bool biased = node.inputs.size() > 2 && node.inputs[2] != kNone;
    return !biased || float_constant(node.inputs[2]) != nullptr ? w : nullptr;
  }
  bool pointwise(const Node& node) const {
    const Tensor* w = weights_of(node);
    if (w == nullptr || w->shape[2] != 1 || w->shape[3] != 1 || node.integer("group", 1) != 1) return false;
    const Shape &in = *graph_.value(node.inputs[0]).shape, &out = *graph_.value(node.outputs[0]).shape;
    const auto strides = node.integers("strides"), pads = node.integers("pads");
    return in[2] == out[2] && in[3] == out[3] &&
           std::all_of(strides.begin(), strides.end(), [](std::int64_t s) { return s == 1; }) &&
           std::all_of(pads.begin(), pads.end(), [](std::int64_t p) { return p == 0; });
  }
  /// Every channel by itself; a convolution from one channel to one is that too.
  bool depthwise(const Node& node) const {
    const Tensor* w = weights_of(node);
    return w != nullptr && w->shape[1] == 1 && node.integer("group", 1) == w->shape[0] &&
           (*graph_.value(node.inputs[0]).shape)[1] == w->shape[0];
  }
  /// The same window in every attribute but the groups.
  static bool same_window(const Node& a, const Node& b) {
    return a.integers("strides", {1, 1}) == b.integers("strides", {1, 1}) &&
           a.integers("dilations", {1, 1}) == b.integers("dilations", {1, 1}) &&
           a.integers("pads", {0, 0, 0, 0}) == b.integers("pads", {0, 0, 0, 0}) &&
           a.text("auto_pad", "NOTSET") == b.text("auto_pad", "NOTSET");
  }

  std::vector<std::size_t> siblings_of(std::size_t first) const {
    std::vector<std::size_t> found;
    for (std::size_t i = first; i < graph_.nodes.size(); ++i) {
      if (pointwise(graph_.nodes[i]) && graph_.nodes[i].inputs[0] == graph_.nodes[first].inputs[0])
        found.push_back(i);
    }
    return found;
  }

  /// As the kernels expect it; nothing when they cannot run it.
  std::optional<double> time_of(const Node& node, std::int64_t channels) const {
    const Shape &in = *graph_.value(node.inputs[0]).shape, &out = *graph_.value(node.outputs[0]).shape;
    const auto plane = [](const Shape& s, std::int64_t c) {
      const auto narrow = [](std::int64_t d) { return static_cast<std::int32_t>(d); };
      return kernels::dense(narrow(s[0]), narrow(s[2]), narrow(s[3]), narrow(c));
    };
    kernels::ConvF32 conv;
    conv.isa = isa_;
    conv.shape.in = plane(in, in[1]);
    conv.shape.out = plane(out, channels);
    return kernels::problem(conv) == nullptr ? std::optional(kernels::cost(conv)) : std::nullopt;
  }
  std::int64_t channels_of(std::size_t node) const {
    return (*graph_.value(graph_.nodes[node].outputs[0]).shape)[1];
  }

  /// One convolution of x for all of `which`, where the first of them stands, and a Split behind it.
  enum class Kind { pointwise, depthwise };
  bool join(std::vector<std::size_t> which, ValueId x, Kind kind) {
    if (which.size() < 2) return false;
    const Node& first = graph_.nodes[which[0]];
    std::int64_t channels = 0;
    double apart = 0;
    for (const std::size_t i : which) {
      channels += channels_of(i);
      apart += time_of(graph_.nodes[i], channels_of(i)).value_or(0);
    }
    const auto together = time_of(first, channels);
    if (kind == Kind::pointwise && (!together || *together > kWorthwhile * apart)) return false;

    std::vector<float> weights, bias;
    std::vector<std::int64_t> sizes;
    Node conv = first, split;
    conv.name.clear();
    Shape weight_shape = weights_of(first)->shape, out_shape = *graph_.value(first.outputs[0]).shape;
    for (const std::size_t i : which) {
      const Node& node = graph_.nodes[i];
      const Tensor& w = *weights_of(node);
      weights.insert(weights.end(), w.data<float>(), w.data<float>() + w.elements());
      const bool biased = node.inputs.size() > 2 && node.inputs[2] != kNone;
      const std::size_t had = bias.size();
      bias.resize(had + static_cast<std::size_t>(w.shape[0]));
      if (biased) {
        const float* from = float_constant(node.inputs[2])->data<float>();
        std::copy(from, from + w.shape[0], bias.begin() + static_cast<std::ptrdiff_t>(had));
      }
      sizes.push_back(w.shape[0]);
      split.outputs.push_back(node.outputs[0]);
      conv.name += (conv.name.empty() ? "" : " | ") + node.name;
    }
    weight_shape[0] = out_shape[1] = channels;
    std::erase_if(conv.attributes, [](const NamedAttribute& a) { return a.name == "group"; });
    if (kind == Kind::depthwise) conv.attributes.push_back({"group", channels});
    const ValueId joined = fresh(conv.name, out_shape);
    conv.inputs = {x, constant(conv.name + " weights", weight_shape, DType::f32, weights),
                   constant(conv.name + " bias", {channels}, DType::f32, bias)};
    conv.outputs = {joined};
    split.op = "Split";
    split.name = conv.name + " apart";
    split.byte_offset = first.byte_offset;
    split.inputs = {joined};
    split.attributes.push_back({"axis", std::int64_t{1}});
    if (graph_.opset >= 13)
      split.inputs.push_back(
          constant(split.name, {static_cast<std::int64_t>(sizes.size())}, DType::i64, sizes));
    else
      split.attributes.push_back({"split", sizes});

    auto& nodes = graph_.nodes;
    std::sort(which.begin(), which.end());
    for (auto i = which.rbegin(); i != which.rend(); ++i)
      nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(*i));
    const auto at = nodes.begin() + static_cast<std::ptrdiff_t>(which[0]);
    nodes.insert(at, {std::move(conv), std::move(split)});
    return true;
  }

  /// A Split along channels whose every part goes through a depthwise convolution of the same window, and
  /// nowhere else: the convolution first, of all channels at once.
  bool behind_split(std::size_t at) {
    const Node split = graph_.nodes[at];
    const ValueId x = split.inputs[0];
    if (!graph_.value(x).shape || graph_.value(x).shape->size() != 4) return false;
    const std::int64_t axis = split.integer("axis", 0);
    if (axis != 1 && axis != -3) return false;
    std::vector<std::size_t> which;
    for (const ValueId part : split.outputs) {
      if (part == kNone || uses(part) != 1) return false;
      const auto user = std::find_if(graph_.nodes.begin(), graph_.nodes.end(),
                                     [&](const Node& n) { return !n.inputs.empty() && n.inputs[0] == part; });
      if (user == graph_.nodes.end() || !depthwise(*user)) return false;
      which.push_back(static_cast<std::size_t>(user - graph_.nodes.begin()));
      const Node& first = graph_.nodes[which[0]];
      const Tensor &a = *weights_of(first), &b = *weights_of(*user);
      if (!same_window(first, *user) || a.shape[2] != b.shape[2] || a.shape[3] != b.shape[3]) return false;
    }
    if (!join(which, x, Kind::depthwise)) return false;
    graph_.nodes.erase(graph_.nodes.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }

  ValueId fresh(const std::string& name, const Shape& shape, DType dtype = DType::f32) {
    bondline::inference::Value v;
    v.name = name;
    v.dtype = dtype;
    v.shape = shape;
    return graph_.add(std::move(v));
  }
  template <class T>
  ValueId constant(const std::string& name, const Shape& shape, DType dtype, const std::vector<T>& data) {
    const ValueId id = fresh(name, shape, dtype);
    graph_.value(id).constant = Tensor::make(dtype, shape, data.data(), data.size());
    return id;
  }

  Graph& graph_;
  const QuantisedConstants& quantised_;
  kernels::Isa isa_;
  std::vector<int> uses_;
};

}  // namespace

void join_siblings(Graph& graph, const QuantisedConstants& quantised, kernels::Isa isa) {
  Joiner joiner(graph, quantised, isa);
  while (joiner.once()) {
  }
  link_producers(graph);
}

}  // namespace bondline::inference::lowering
