// Dequantize, operate, quantize as one operator on integers. With real = (q - z) s on both sides,
//   y = saturate(round(sum * (x_s w_s / y_s)) + y_z),  sum = bias + sum of (x - x_z)(w - w_z) in int32,
// which is what the float32 graph approximates (Jacob et al. 2018, eq. 4 and 7).
#include <cmath>
#include <limits>
#include <utility>

#include "line/inference/ops/invoke.h"
#include "line/inference/ops/ops.h"
#include "line/inference/ops/simplify/rewrite.h"
#include "line/inference/ops/simplify/simplify.h"
#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

/// A value as levels, scale and zero point.
struct Levels {
  ValueId q = kNone, scale = kNone, zero = kNone;
  std::int64_t axis = 1;
};

struct Join {
  Rewrite& rewrite;
  int changed = 0;

  std::optional<Levels> dequantized(ValueId id) {
    const Node* node = rewrite.producer(id);
    if (node == nullptr || node->op != "DequantizeLinear" || node->inputs.size() < 2 ||
        node->integer("block_size", 0) != 0)
      return std::nullopt;
    Levels levels{node->inputs[0], node->inputs[1]};
    if (node->inputs.size() > 2) levels.zero = node->inputs[2];
    levels.axis = node->integer("axis", 1);
    const auto rank = static_cast<std::int64_t>(rewrite.shape(levels.q).size());
    if (levels.axis < 0) levels.axis += rank;
    return finite_scale(levels.scale) ? std::optional(levels) : std::nullopt;
  }
  bool finite_scale(ValueId id) const {
    const Tensor* scale = rewrite.constant(id);
    if (scale == nullptr || scale->dtype != DType::f32) return false;
    for (const float s : floats_of(*scale))
      if (!(s > 0) || !std::isfinite(s)) return false;
    return true;
  }
  bool is_scalar(ValueId id) const { return elements_of(rewrite.shape(id)) == 1; }
  bool is_byte(ValueId id) const { return rewrite.dtype(id) == DType::u8 || rewrite.dtype(id) == DType::i8; }

  /// The QuantizeLinear that alone uses the value, perhaps behind a Relu or Clip.
  struct Target {
    Node* quantize = nullptr;
    Node* clamp = nullptr;
  };
  std::optional<Target> target_of(ValueId id);
  bool clamp_levels(const Target& target, float scale, std::int32_t zero, std::int64_t* low,
                    std::int64_t* high);
  std::optional<ValueId> bias(const Node& node, std::size_t i, float x_scale, ValueId w_scale,
                              std::int64_t n);
  ValueId zero_of(const Node& user, ValueId zero, DType type);
  bool become(Node& node, const Target& target, std::string op, std::string domain,
              std::vector<ValueId> inputs, std::size_t target_at);
  bool product(Node& node);
  bool average(Node& node);
};

std::optional<Join::Target> Join::target_of(ValueId id) {
  Target target;
  Node* user = rewrite.only_user(id);
  if (user != nullptr && user->domain.empty() && (user->op == "Relu" || user->op == "Clip")) {
    target.clamp = user;
    user = rewrite.only_user(user->outputs[0]);
  }
  if (user == nullptr || user->op != "QuantizeLinear" || user->integer("block_size", 0) != 0)
    return std::nullopt;
  if (!finite_scale(user->inputs[1]) || !is_scalar(user->inputs[1]) || !is_byte(user->outputs[0]))
    return std::nullopt;
  if (user->inputs.size() > 2 && user->inputs[2] != kNone && rewrite.constant(user->inputs[2]) == nullptr)
    return std::nullopt;
  target.quantize = user;
  return target;
}

// Quantizing is monotone, so a clamp of real numbers is the clamp of levels between the clamp's own levels.
bool Join::clamp_levels(const Target& target, float scale, std::int32_t zero, std::int64_t* low,
                        std::int64_t* high) {
  const bool is_signed = rewrite.dtype(target.quantize->outputs[0]) == DType::i8;
  const std::int64_t least = is_signed ? -128 : 0, most = is_signed ? 127 : 255;
  const auto level = [&](double real) {
    const float q = std::nearbyint(static_cast<float>(real) / scale) + static_cast<float>(zero);
    return static_cast<std::int64_t>(
        std::min(std::max(q, static_cast<float>(least)), static_cast<float>(most)));
  };
  *low = least;
  *high = most;
  if (target.clamp == nullptr) return true;
  if (target.clamp->op == "Relu") {
    *low = level(0);
    return true;
  }
  const auto bound = [&](std::size_t i, const char* attribute, std::int64_t* out) {
    if (target.clamp->find(attribute) != nullptr) *out = level(target.clamp->real(attribute, 0));
    if (target.clamp->inputs.size() <= i || target.clamp->inputs[i] == kNone) return true;
    const auto given = scalar_of(rewrite.constant(target.clamp->inputs[i]));
    if (!given || std::isnan(*given)) return false;
    *out = level(*given);
    return true;
  };
  return bound(1, "min", low) && bound(2, "max", high);
}

// The bias in units of x_scale * w_scale; nullopt: it does not fit int32 or is not constant.
std::optional<ValueId> Join::bias(const Node& node, std::size_t i, float x_scale, ValueId w_scale,
                                  std::int64_t n) {
  if (node.inputs.size() <= i || node.inputs[i] == kNone) return kNone;
  const auto unit = floats_of(*rewrite.constant(w_scale));
  std::vector<double> real;
  std::vector<std::int32_t> levels;
  const auto from = dequantized(node.inputs[i]);
  const Tensor* plain = rewrite.constant(node.inputs[i]);
  const Tensor* integers = from ? rewrite.constant(from->q) : nullptr;
  if (integers != nullptr && integers->dtype == DType::i32) {
    const auto scale = floats_of(*rewrite.constant(from->scale));
    if (from->zero != kNone && rewrite.constant(from->zero) == nullptr) return std::nullopt;
    const auto zero =
        from->zero == kNone ? std::vector<std::int64_t>{0} : ints_of(*rewrite.constant(from->zero));
    const auto given = ints_of(*integers);
    for (std::size_t k = 0; k < given.size(); ++k) {
      const double ours = static_cast<double>(x_scale * unit[unit.size() == 1 ? 0 : k % unit.size()]);
      const double theirs = static_cast<double>(scale[scale.size() == 1 ? 0 : k % scale.size()]);
      const auto q = static_cast<double>(given[k] - zero[zero.size() == 1 ? 0 : k % zero.size()]);
      // ONNX's recipe has one unit; other exporters may round it differently.
      real.push_back(std::abs(ours - theirs) <= 1e-5 * ours ? q : q * theirs / ours);
    }
  } else if (plain != nullptr && plain->dtype == DType::f32) {
    const auto given = floats_of(*plain);
    for (std::size_t k = 0; k < given.size(); ++k)
      real.push_back(
          static_cast<double>(given[k]) /
          (static_cast<double>(x_scale) * static_cast<double>(unit[unit.size() == 1 ? 0 : k % unit.size()])));
  } else {
    return std::nullopt;
  }
  if (static_cast<std::int64_t>(real.size()) != n) return std::nullopt;
  for (const double r : real) {
    const double whole = std::nearbyint(r);
    if (!(std::abs(whole) <= std::numeric_limits<std::int32_t>::max())) return std::nullopt;
    levels.push_back(static_cast<std::int32_t>(whole));
  }
  return rewrite.add_constant(node.name + "/bias",
                              Tensor::make(DType::i32, {n}, levels.data(), levels.size()));
}

/// The zero point, made where it was left out.
ValueId Join::zero_of(const Node& user, ValueId zero, DType type) {
  if (zero != kNone) return zero;
  const std::uint8_t none = 0;
  return rewrite.add_constant(user.name + "/zero", Tensor::make(type, {}, &none, 1));
}

// The node makes the QuantizeLinear's output: scale and zero point go to inputs target_at and target_at + 1.
bool Join::become(Node& node, const Target& target, std::string op, std::string domain,
                  std::vector<ValueId> inputs, std::size_t target_at) {
  const ValueId out = target.quantize->outputs[0], scale = target.quantize->inputs[1];
  const DType type = rewrite.dtype(out);
  const ValueId given = target.quantize->inputs.size() > 2 ? target.quantize->inputs[2] : kNone;
  const ValueId zero = zero_of(*target.quantize, given, type);
  std::int64_t low = 0, high = 0;
  if (!clamp_levels(target, static_cast<float>(*scalar_of(rewrite.constant(scale))),
                    static_cast<std::int32_t>(*scalar_of(rewrite.constant(zero))), &low, &high))
    return false;
  const bool clamped = target.clamp != nullptr;
  rewrite.kill(*target.quantize);
  if (clamped) rewrite.kill(*target.clamp);
  inputs.resize(std::max(inputs.size(), target_at + 2), kNone);
  inputs[target_at] = scale;
  inputs[target_at + 1] = zero;
  while (!inputs.empty() && inputs.back() == kNone) inputs.pop_back();
  rewrite.set_inputs(node, std::move(inputs));
  node.op = std::move(op);
  node.domain = std::move(domain);
  const ValueId made = clamped ? rewrite.add_value(node.name + "/levels", type, rewrite.shape(out)) : out;
  node.outputs = {made};
  rewrite.graph.value(made).producer = static_cast<NodeId>(&node - rewrite.graph.nodes.data());
  if (clamped) {
    const auto bound = [&](const char* name, std::int64_t level) {
      const auto byte = static_cast<std::uint8_t>(level);
      return rewrite.add_constant(node.name + name, Tensor::make(type, {}, &byte, 1));
    };
    Node clip;
    clip.op = "Clip";
    clip.name = node.name + "/clamp";
    clip.byte_offset = node.byte_offset;
    clip.inputs = {made, bound("/low", low), bound("/high", high)};
    clip.outputs = {out};
    rewrite.append(std::move(clip));
  }
  ++changed;
  return true;
}

bool Join::product(Node& node) {
  const bool conv = node.op == "Conv", gemm = node.op == "Gemm";
  if (node.inputs.size() < 2) return false;
  const auto x = dequantized(node.inputs[0]), w = dequantized(node.inputs[1]);
  const auto target = target_of(node.outputs[0]);
  if (!x || !w || !target || !is_scalar(x->scale) || !is_byte(x->q) || !is_byte(w->q)) return false;
  const Shape& weights = rewrite.shape(w->q);
  const std::int64_t rows = gemm && node.integer("transB", 0) != 0;
  if (gemm && (node.integer("transA", 0) != 0 || node.real("alpha", 1) != 1 || node.real("beta", 1) != 1))
    return false;
  // Scales per output channel or one for all.
  const std::int64_t axis = conv || rows != 0 ? 0 : 1;
  if (!is_scalar(w->scale) && (w->axis != axis || (!conv && weights.size() != 2))) return false;
  const std::int64_t channels = conv ? weights[0] : rewrite.shape(node.outputs[0]).back();
  const auto x_scale = static_cast<float>(*scalar_of(rewrite.constant(x->scale)));
  std::vector<ValueId> inputs = {x->q, x->scale, zero_of(node, x->zero, rewrite.dtype(x->q)),
                                 w->q, w->scale, zero_of(node, w->zero, rewrite.dtype(w->q))};
  if (!conv && !gemm) return become(node, *target, "QLinearMatMul", "", std::move(inputs), 6);
  const auto shift = bias(node, 2, x_scale, w->scale, channels);
  if (!shift) return false;
  inputs.resize(9, kNone);
  inputs[conv ? 8 : 6] = *shift;
  return conv ? become(node, *target, "QLinearConv", "", std::move(inputs), 6)
              : become(node, *target, "QGemm", std::string(kMicrosoft), std::move(inputs), 7);
}

bool Join::average(Node& node) {
  const auto x = dequantized(node.inputs[0]);
  const auto target = target_of(node.outputs[0]);
  if (!x || !target || !is_scalar(x->scale) || !is_byte(x->q)) return false;
  if (rewrite.dtype(x->q) != rewrite.dtype(target->quantize->outputs[0])) return false;
  if (node.integers("dilations", {1}) != std::vector<std::int64_t>(node.integers("dilations", {1}).size(), 1))
    return false;
  return become(node, *target, "QLinear" + node.op, std::string(kMicrosoft),
                {x->q, x->scale, zero_of(node, x->zero, rewrite.dtype(x->q))}, 3);
}

}  // namespace

int join_quantization(Graph& graph) {
  Rewrite rewrite(graph);
  Join join{rewrite};
  // Every joined node appends up to one more.
  const std::size_t count = graph.nodes.size();
  graph.nodes.reserve(2 * count + 64);
  for (std::size_t i = 0; i < count; ++i) {
    Node& node = graph.nodes[i];
    if (!Rewrite::alive(node) || !node.domain.empty() || node.outputs.size() != 1) continue;
    if (node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul") join.product(node);
    if (node.op == "AveragePool" || node.op == "GlobalAveragePool") join.average(node);
  }
  if (join.changed > 0 && graph.opset_of(kMicrosoft) == 0)
    graph.other_opsets.emplace_back(std::string(kMicrosoft), 1);
  rewrite.sweep();
  return join.changed;
}

}  // namespace bondline::inference
