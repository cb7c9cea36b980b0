#include "line/inference/compiler/activation.h"

#include <limits>
#include <map>

namespace bondline::inference::lowering {
namespace {

using kernels::Activation;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool bound(const Graph& graph, const Node& node, std::size_t i, const char* attribute, float otherwise,
           float* out) {
  *out = node.real(attribute, otherwise);
  if (i >= node.inputs.size() || node.inputs[i] == kNone) return true;
  const auto& constant = graph.value(node.inputs[i]).constant;
  if (!constant || constant->dtype != DType::f32 || constant->elements() != 1) return false;
  *out = constant->data<float>()[0];
  return true;
}

}  // namespace

ActivationOfNode activation_of(const Graph& graph, const Node& node) {
  static const std::map<std::string, Activation, std::less<>> kPlain = {
      {"Relu", Activation::relu},
      {"Sigmoid", Activation::sigmoid},
      {"Tanh", Activation::tanh},
      {"Exp", Activation::exp},
      {"Log", Activation::log},
      {"Sqrt", Activation::sqrt},
      {"Erf", Activation::erf},
      {"Abs", Activation::abs},
      {"Neg", Activation::neg},
      {"Floor", Activation::floor},
      {"Ceil", Activation::ceil},
      {"Round", Activation::round},
      {"Mish", Activation::mish},
      {"Reciprocal", Activation::reciprocal},
      {"HardSwish", Activation::hard_swish},
      {"Softplus", Activation::softplus}};
  if (const auto found = kPlain.find(node.op); found != kPlain.end()) return {true, {found->second}};
  if (node.op == "LeakyRelu") return {true, {Activation::leaky_relu, node.real("alpha", 0.01f)}};
  if (node.op == "Elu") return {true, {Activation::elu, node.real("alpha", 1)}};
  if (node.op == "HardSigmoid") {
    return {true, {Activation::hard_sigmoid, node.real("alpha", 0.2f), node.real("beta", 0.5f)}};
  }
  if (node.op == "Gelu") {
    return {true, {node.text("approximate", "none") == "tanh" ? Activation::gelu_tanh : Activation::gelu}};
  }
  if (node.op == "QuickGelu" && node.real("alpha", 1.702f) == 1.0f) return {true, {Activation::silu}};
  if (node.op == "Clip") {
    kernels::ActivationOf of{Activation::clip};
    if (bound(graph, node, 1, "min", -kInfinity, &of.a) && bound(graph, node, 2, "max", kInfinity, &of.b)) {
      if (of.a <= of.b) return {true, of};
    }
  }
  return {false, {}};
}

ActivationOfNode fused_activation(const Node& node) {
  const std::string kind = node.text("activation", "");
  const auto parameters = node.reals("activation_params");
  const auto at = [&](std::size_t i, float otherwise) {
    return i < parameters.size() ? parameters[i] : otherwise;
  };
  if (kind.empty()) return {true, {}};
  if (kind == "Relu") return {true, {Activation::relu}};
  if (kind == "Sigmoid") return {true, {Activation::sigmoid}};
  if (kind == "Tanh") return {true, {Activation::tanh}};
  if (kind == "LeakyRelu")
    return {true, {Activation::leaky_relu, at(0, node.real("activation_alpha", 0.01f))}};
  if (kind == "Clip") return {true, {Activation::clip, at(0, -kInfinity), at(1, kInfinity)}};
  if (kind == "HardSigmoid") return {true, {Activation::hard_sigmoid, at(0, 0.2f), at(1, 0.5f)}};
  return {false, {}};
}

}  // namespace bondline::inference::lowering
