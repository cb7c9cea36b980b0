#include <algorithm>
#include <cmath>
#include <cstring>

#include "line/inference/compiler/passes.h"
#include "line/inference/compiler/rewire.h"

namespace bondline::inference::lowering {
namespace {

struct Uses {  // who uses what
  explicit Uses(const Graph& graph) : users(graph.values.size()) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const ValueId id : graph.nodes[i].inputs) {
        if (id != kNone) users[static_cast<std::size_t>(id)].push_back(i);
      }
    }
    output.resize(graph.values.size());
    for (const ValueId id : graph.outputs) output[static_cast<std::size_t>(id)] = 1;
  }
  /// The only node that uses a value, or nullopt.
  std::optional<std::size_t> only_user(ValueId id) const {
    const auto& list = users[static_cast<std::size_t>(id)];
    if (list.size() != 1 || output[static_cast<std::size_t>(id)] != 0) return std::nullopt;
    return list[0];
  }
  std::vector<std::vector<std::size_t>> users;
  std::vector<char> output;
};

const Tensor* f32_constant(const Graph& graph, ValueId id) {
  if (id == kNone) return nullptr;
  const auto& c = graph.value(id).constant;
  return c && c->dtype == DType::f32 ? &*c : nullptr;
}

/// One value per channel out of a constant that broadcasts along channels only; empty when it does not.
std::vector<float> per_channel(const Tensor* t, std::int64_t channels, std::size_t rank) {
  if (t == nullptr) return {};
  if (t->elements() == 1) return std::vector<float>(static_cast<std::size_t>(channels), t->data<float>()[0]);
  if (t->elements() != channels || t->shape.size() > rank) return {};
  Shape aligned(rank - t->shape.size(), 1);
  aligned.insert(aligned.end(), t->shape.begin(), t->shape.end());
  if (aligned[1] != channels) return {};
  return {t->data<float>(), t->data<float>() + channels};
}

ValueId add_constant(Graph& graph, const std::string& name, Shape shape, const std::vector<float>& data) {
  bondline::inference::Value v;
  v.name = name;
  v.dtype = DType::f32;
  v.shape = shape;
  v.constant = Tensor::make(DType::f32, std::move(shape), data.data(), data.size());
  return graph.add(std::move(v));
}

/// y = (conv) * scale + shift, per output channel, written into new weights and bias.
bool absorb(Graph& graph, Node& conv, const std::vector<float>& scale, const std::vector<float>& shift) {
  const Tensor* w = f32_constant(graph, conv.inputs[1]);
  const bool has_bias = conv.inputs.size() > 2 && conv.inputs[2] != kNone;
  const Tensor* b = has_bias ? f32_constant(graph, conv.inputs[2]) : nullptr;
  if (w == nullptr || (has_bias && b == nullptr)) return false;
  const std::size_t rows = static_cast<std::size_t>(w->shape[0]);
  const std::size_t k = static_cast<std::size_t>(w->elements()) / std::max<std::size_t>(rows, 1);
  std::vector<float> weights(w->data<float>(), w->data<float>() + w->elements()), bias(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < k; ++i) weights[r * k + i] *= scale[r];
    bias[r] = (b != nullptr ? b->data<float>()[r] : 0.0f) * scale[r] + shift[r];
    if (!std::isfinite(bias[r])) return false;
  }
  const Shape shape = w->shape;
  const std::string name = graph.value(conv.inputs[1]).name;
  conv.inputs.resize(3, kNone);
  conv.inputs[1] = add_constant(graph, name + " folded", shape, weights);
  conv.inputs[2] = add_constant(graph, name + " folded bias", {static_cast<std::int64_t>(rows)}, bias);
  return true;
}

/// scale and shift of a node behind a convolution; false when it is something else.
bool affine_of(const Graph& graph, const Node& node, ValueId x, std::int64_t channels,
               std::vector<float>* scale, std::vector<float>* shift) {
  const auto n = static_cast<std::size_t>(channels);
  scale->assign(n, 1.0f);
  shift->assign(n, 0.0f);
  const std::size_t rank = graph.value(x).shape->size();
  if (node.op == "BatchNormalization" && node.inputs.size() == 5 && node.inputs[0] == x) {
    if (node.outputs.size() > 1 &&
        std::any_of(node.outputs.begin() + 1, node.outputs.end(), [](ValueId o) { return o != kNone; })) {
      return false;
    }
    std::array<const float*, 4> p{};
    for (std::size_t i = 0; i < 4; ++i) {
      const Tensor* t = f32_constant(graph, node.inputs[i + 1]);
      if (t == nullptr || t->elements() != channels) return false;
      p[i] = t->data<float>();
    }
    const double epsilon = node.real("epsilon", 1e-5f);
    for (std::size_t c = 0; c < n; ++c) {
      const double s = p[0][c] / std::sqrt(static_cast<double>(p[3][c]) + epsilon);
      (*scale)[c] = static_cast<float>(s);
      (*shift)[c] = static_cast<float>(p[1][c] - p[2][c] * s);
      if (!std::isfinite((*scale)[c]) || !std::isfinite((*shift)[c])) return false;
    }
    return true;
  }
  if ((node.op == "Add" || node.op == "Mul") && node.inputs.size() == 2) {
    const ValueId other = node.inputs[node.inputs[0] == x ? 1 : 0];
    const auto values = per_channel(f32_constant(graph, other), channels, rank);
    if (values.empty() || node.inputs[0] == node.inputs[1] ||
        *graph.value(node.outputs[0]).shape != *graph.value(x).shape) {
      return false;
    }
    (node.op == "Add" ? *shift : *scale) = values;
    return true;
  }
  return false;
}

bool fold_pad(Graph& graph, Node& pad, Node& conv) {
  if (pad.text("mode", "constant") != "constant" || conv.text("auto_pad", "NOTSET") != "NOTSET") return false;
  std::vector<std::int64_t> pads = pad.integers("pads");
  if (pad.inputs.size() > 1 && pad.inputs[1] != kNone) {
    const auto& t = graph.value(pad.inputs[1]).constant;
    if (!t || t->dtype != DType::i64) return false;
    pads.assign(t->data<std::int64_t>(), t->data<std::int64_t>() + t->elements());
  }
  if (pad.real("value", 0) != 0 || (pad.inputs.size() > 3 && pad.inputs[3] != kNone)) return false;
  if (pad.inputs.size() > 2 && pad.inputs[2] != kNone) {
    const Tensor* t = f32_constant(graph, pad.inputs[2]);
    if (t == nullptr || t->elements() != 1 || t->data<float>()[0] != 0) return false;
  }
  const std::size_t rank = graph.value(pad.inputs[0]).shape->size();
  if (pads.size() != 2 * rank || rank < 3) return false;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, rank, rank + 1}) {
    if (pads[i] != 0) return false;
  }
  const std::size_t spatial = rank - 2;
  auto own = conv.integers("pads", std::vector<std::int64_t>(2 * spatial, 0));
  if (own.size() != 2 * spatial) return false;
  for (std::size_t i = 0; i < spatial; ++i) {
    own[i] += pads[i + 2];
    own[i + spatial] += pads[rank + i + 2];
    if (own[i] < 0 || own[i + spatial] < 0) return false;
  }
  std::erase_if(conv.attributes, [](const NamedAttribute& a) { return a.name == "pads"; });
  conv.attributes.push_back({"pads", own});
  conv.inputs[0] = pad.inputs[0];
  return true;
}

}  // namespace

std::size_t fold_into_convolutions(Graph& graph) {
  std::size_t folded = 0;
  std::vector<char> gone(graph.nodes.size());
  const Uses uses(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (node.op == "Pad" && node.domain.empty() && !node.inputs.empty()) {
      const auto user = uses.only_user(node.outputs[0]);
      if (user && graph.nodes[*user].op == "Conv" && graph.nodes[*user].inputs[0] == node.outputs[0] &&
          fold_pad(graph, node, graph.nodes[*user])) {
        gone[i] = 1;
        ++folded;
      }
      continue;
    }
    if (node.op != "Conv" || gone[i] != 0) continue;
    const Tensor* w = f32_constant(graph, node.inputs[1]);
    if (w == nullptr || w->shape.empty()) continue;
    const std::int64_t channels = w->shape[0];
    for (;;) {
      const auto user = uses.only_user(node.outputs[0]);
      if (!user) break;
      Node& behind = graph.nodes[*user];
      std::vector<float> scale, shift;
      if (!affine_of(graph, behind, node.outputs[0], channels, &scale, &shift)) break;
      if (!absorb(graph, node, scale, shift)) break;
      node.outputs[0] = behind.outputs[0];
      graph.value(node.outputs[0]).producer = static_cast<NodeId>(i);
      node.name += " + " + behind.name;
      gone[*user] = 1;
      ++folded;
    }
  }
  if (folded == 0) return 0;
  std::vector<Node> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (gone[i] == 0) kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
  link_producers(graph);
  return folded;
}

}  // namespace bondline::inference::lowering
