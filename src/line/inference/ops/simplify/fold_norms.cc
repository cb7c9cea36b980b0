// y = scale * conv(x) + shift per channel: scale and shift move into the weights and the bias. Exact up to
// the rounding of one multiplication per weight.
#include <cmath>
#include <utility>

#include "line/inference/ops/simplify/rewrite.h"
#include "line/inference/ops/simplify/simplify.h"

namespace bondline::inference {

namespace {

struct Affine {
  std::vector<double> scale, shift;  ///< by output channel
};

// A constant that is one number, or one per channel along dimension 1 of an output of this rank.
std::optional<std::vector<double>> per_channel(const Tensor* tensor, std::size_t rank,
                                               std::int64_t channels) {
  if (tensor == nullptr || tensor->dtype != DType::f32 || tensor->shape.size() > rank) return std::nullopt;
  const auto values = floats_of(*tensor);
  if (values.size() == 1) return std::vector<double>(static_cast<std::size_t>(channels), values[0]);
  const std::size_t lead = rank - tensor->shape.size();
  for (std::size_t d = 0; d < tensor->shape.size(); ++d)
    if (tensor->shape[d] != (d + lead == 1 ? channels : 1)) return std::nullopt;
  if (static_cast<std::int64_t>(values.size()) != channels) return std::nullopt;
  return std::vector<double>(values.begin(), values.end());
}

std::optional<Affine> batch_norm(const Rewrite& rewrite, const Node& node, std::int64_t channels) {
  if (node.integer("training_mode", 0) != 0 || node.inputs.size() != 5) return std::nullopt;
  std::vector<std::vector<float>> parameter;
  for (std::size_t i = 1; i < 5; ++i) {
    const Tensor* tensor = rewrite.constant(node.inputs[i]);
    if (tensor == nullptr || tensor->elements() != channels) return std::nullopt;
    parameter.push_back(floats_of(*tensor));
  }
  Affine affine;
  const double epsilon = node.real("epsilon", 1e-5f);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    const double scale = parameter[0][c] / std::sqrt(static_cast<double>(parameter[3][c]) + epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(parameter[1][c] - parameter[2][c] * scale);
  }
  return affine;
}

// The affine map a node is, as seen from its input `from`.
std::optional<Affine> affine_of(const Rewrite& rewrite, const Node& node, ValueId from,
                                std::int64_t channels) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.op == "BatchNormalization")
    return node.inputs[0] == from ? batch_norm(rewrite, node, channels) : std::nullopt;
  if ((node.op != "Add" && node.op != "Mul" && node.op != "Sub") || node.inputs.size() != 2)
    return std::nullopt;
  const bool first = node.inputs[0] == from;
  if (!first && node.op == "Sub") return std::nullopt;
  if (rewrite.shape(node.outputs[0]) != rewrite.shape(from)) return std::nullopt;
  const auto values =
      per_channel(rewrite.constant(node.inputs[first ? 1 : 0]), rewrite.shape(from).size(), channels);
  if (!values) return std::nullopt;
  const auto n = static_cast<std::size_t>(channels);
  if (node.op == "Mul") return Affine{*values, std::vector<double>(n, 0)};
  Affine affine{std::vector<double>(n, 1), *values};
  if (node.op == "Sub")
    for (double& shift : affine.shift) shift = -shift;
  return affine;
}

bool finite(const Affine& affine) {
  for (const double v : affine.scale)
    if (!std::isfinite(v)) return false;
  for (const double v : affine.shift)
    if (!std::isfinite(v)) return false;
  return true;
}

// Scales the weights of one output channel each; channel(i): of element i of the weights.
template <class Channel>
Tensor scaled(const Tensor& weights, const Affine& affine, Channel channel) {
  auto values = floats_of(weights);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(
        values[i] * affine.scale[static_cast<std::size_t>(channel(static_cast<std::int64_t>(i)))]);
  return Tensor::make(DType::f32, weights.shape, values.data(), values.size());
}

bool fold(Rewrite& rewrite, Node& conv) {
  const bool plain = conv.op == "Conv", transposed = conv.op == "ConvTranspose", gemm = conv.op == "Gemm";
  if (!conv.domain.empty() || (!plain && !transposed && !gemm) || conv.inputs.size() < 2) return false;
  const Tensor* weights = rewrite.constant(conv.inputs[1]);
  const bool biased = conv.inputs.size() > 2 && conv.inputs[2] != kNone;
  const Tensor* bias = biased ? rewrite.constant(conv.inputs[2]) : nullptr;
  if (weights == nullptr || weights->dtype != DType::f32 || (biased && bias == nullptr)) return false;
  const ValueId out = conv.outputs[0];
  Node* next = rewrite.only_user(out);
  if (next == nullptr || rewrite.uses(out) != 1) return false;
  const std::int64_t channels = rewrite.shape(out)[1];
  const auto affine = affine_of(rewrite, *next, out, channels);
  if (!affine || !finite(*affine)) return false;
  if (gemm && (conv.real("alpha", 1) != 1 || conv.real("beta", 1) != 1)) return false;
  // Gemm's bias may be a matrix; only a row is folded.
  if (bias != nullptr && bias->elements() != channels && bias->elements() != 1) return false;
  if (gemm && bias != nullptr && bias->elements() == channels && !bias->shape.empty() &&
      bias->shape.back() != channels)
    return false;
  std::vector<float> shift(static_cast<std::size_t>(channels), 0.0f);
  if (bias != nullptr) {
    const auto old = floats_of(*bias);
    for (std::size_t c = 0; c < shift.size(); ++c) shift[c] = old[old.size() == 1 ? 0 : c];
  }
  for (std::size_t c = 0; c < shift.size(); ++c)
    shift[c] = static_cast<float>(shift[c] * affine->scale[c] + affine->shift[c]);
  const Shape& shape = weights->shape;
  const std::int64_t inner = weights->elements() / std::max<std::int64_t>(1, shape[0]);
  Tensor folded;
  if (plain) {
    folded = scaled(*weights, *affine, [&](std::int64_t i) { return i / inner; });
  } else if (transposed) {
    const std::int64_t group = conv.integer("group", 1), per = shape[1],
                       taps = inner / std::max<std::int64_t>(1, per);
    folded = scaled(*weights, *affine,
                    [&](std::int64_t i) { return i / inner / (shape[0] / group) * per + i / taps % per; });
  } else {
    const bool rows = conv.integer("transB", 0) != 0;
    folded = scaled(*weights, *affine, [&](std::int64_t i) { return rows ? i / shape[1] : i % shape[1]; });
  }
  rewrite.set_input(conv, 1, rewrite.add_constant(conv.name + "/weights", std::move(folded)));
  rewrite.set_input(conv, 2,
                    rewrite.add_constant(conv.name + "/bias",
                                         Tensor::make(DType::f32, {channels}, shift.data(), shift.size())));
  // The node after hands its output's name to the convolution.
  const ValueId end = next->outputs[0];
  rewrite.kill(*next);
  rewrite.replace(end, out);
  return true;
}

}  // namespace

int fold_batch_norms(Graph& graph) {
  Rewrite rewrite(graph);
  int changed = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    while (Rewrite::alive(graph.nodes[i]) && fold(rewrite, graph.nodes[i])) ++changed;
  rewrite.sweep();
  return changed;
}

}  // namespace bondline::inference
