// Operators that exporters spell out: SiLU, HardSwish, both GELUs, LayerNormalization.
#include <cmath>
#include <utility>

#include "line/inference/ops/ops.h"
#include "line/inference/ops/simplify/rewrite.h"
#include "line/inference/ops/simplify/simplify.h"

namespace bondline::inference {

namespace {

struct Match {
  Rewrite& rewrite;

  bool is(const Node* node, std::string_view op) const {
    return node != nullptr && node->op == op && node->domain.empty();
  }
  bool near(const Tensor* tensor, double value) const {
    const auto number = scalar_of(tensor);
    return number && std::abs(*number - value) <= 1e-5 * std::abs(value);
  }
  /// The other operand of a two-operand node whose one operand is a constant near `value`; kNone otherwise.
  ValueId with_constant(const Node* node, std::string_view op, double value) const {
    if (!is(node, op) || node->inputs.size() != 2) return kNone;
    if (near(rewrite.constant(node->inputs[1]), value)) return node->inputs[0];
    if (op != "Div" && op != "Sub" && op != "Pow" && near(rewrite.constant(node->inputs[0]), value))
      return node->inputs[1];
    return kNone;
  }
  bool same_shape(ValueId a, ValueId b) const { return rewrite.shape(a) == rewrite.shape(b); }

  /// The node becomes this operator of x.
  void become(Node& node, std::string op, std::string domain, std::vector<ValueId> inputs,
              std::vector<NamedAttribute> attributes) {
    rewrite.set_inputs(node, std::move(inputs));
    node.op = std::move(op);
    node.domain = std::move(domain);
    node.attributes = std::move(attributes);
    ++changed;
  }
  bool silu(Node& node);
  bool hard_swish(Node& node);
  bool gelu(Node& node);
  bool layer_norm(Node& node);
  bool scale_and_bias(Node& node);
  int changed = 0;
  bool microsoft = false;  ///< the graph needs the import
};

// x * Sigmoid(x).
bool Match::silu(Node& node) {
  for (const std::size_t i : {0u, 1u}) {
    const Node* gate = rewrite.producer(node.inputs[i]);
    const ValueId x = node.inputs[1 - i];
    if (!is(gate, "Sigmoid") || gate->inputs[0] != x) continue;
    become(node, "QuickGelu", std::string(kMicrosoft), {x}, {{"alpha", 1.0f}});
    microsoft = true;
    return true;
  }
  return false;
}

// x * HardSigmoid(x) with alpha 1/6 and beta 1/2; x * Clip(x + 3, 0, 6) / 6 and its orders.
bool Match::hard_swish(Node& node) {
  if (rewrite.graph.opset < 14) return false;
  const auto relu6_of = [&](ValueId value) {
    const Node* clip = rewrite.producer(value);
    if (!is(clip, "Clip") || clip->inputs.size() != 3 || clip->inputs[1] == kNone || clip->inputs[2] == kNone)
      return kNone;
    const auto low = scalar_of(rewrite.constant(clip->inputs[1]));
    if (!low || *low != 0 || !near(rewrite.constant(clip->inputs[2]), 6)) return kNone;
    return with_constant(rewrite.producer(clip->inputs[0]), "Add", 3);
  };
  const auto sixth_of = [&](ValueId value) {
    const Node* node_of = rewrite.producer(value);
    const ValueId by = with_constant(node_of, "Div", 6);
    return by != kNone ? by : with_constant(node_of, "Mul", 1.0 / 6);
  };
  if (node.op == "Mul")
    for (const std::size_t i : {0u, 1u}) {
      const ValueId x = node.inputs[1 - i];
      const Node* gate = rewrite.producer(node.inputs[i]);
      const bool hard = is(gate, "HardSigmoid") && gate->inputs[0] == x &&
                        std::abs(gate->real("alpha", 0.2f) - 1.0f / 6) < 1e-6f &&
                        gate->real("beta", 0.5f) == 0.5f;
      const ValueId inner = sixth_of(node.inputs[i]);
      if (!hard && !(inner != kNone && relu6_of(inner) == x)) continue;
      become(node, "HardSwish", "", {x}, {});
      return true;
    }
  // (x * Clip(x + 3, 0, 6)) / 6.
  ValueId whole = with_constant(&node, "Div", 6);
  if (whole == kNone) whole = with_constant(&node, "Mul", 1.0 / 6);
  const Node* product = whole == kNone ? nullptr : rewrite.producer(whole);
  if (!is(product, "Mul")) return false;
  for (const std::size_t i : {0u, 1u}) {
    const ValueId x = product->inputs[1 - i];
    if (relu6_of(product->inputs[i]) != x) continue;
    become(node, "HardSwish", "", {x}, {});
    return true;
  }
  return false;
}

// The factors of a product tree, constants multiplied together.
void factors_of(Rewrite& rewrite, ValueId value, int depth, std::vector<ValueId>* factors, double* constant) {
  if (const auto number = scalar_of(rewrite.constant(value))) {
    *constant *= *number;
    return;
  }
  const Node* node = rewrite.producer(value);
  if (depth < 4 && node != nullptr && node->domain.empty() && node->op == "Mul") {
    factors_of(rewrite, node->inputs[0], depth + 1, factors, constant);
    factors_of(rewrite, node->inputs[1], depth + 1, factors, constant);
    return;
  }
  if (depth < 4 && node != nullptr && node->domain.empty() && node->op == "Div") {
    if (const auto number = scalar_of(rewrite.constant(node->inputs[1])); number && *number != 0) {
      *constant /= *number;
      factors_of(rewrite, node->inputs[0], depth + 1, factors, constant);
      return;
    }
  }
  factors->push_back(value);
}

// 0.5 x (1 + erf(x / sqrt 2)), or with tanh(sqrt(2/pi) (x + 0.044715 x^3)).
bool Match::gelu(Node& node) {
  std::vector<ValueId> factors;
  double constant = 1;
  factors_of(rewrite, node.outputs[0], 0, &factors, &constant);
  if (factors.size() != 2 || std::abs(constant - 0.5) > 1e-6) return false;
  for (const std::size_t i : {0u, 1u}) {
    const ValueId x = factors[1 - i], gate = with_constant(rewrite.producer(factors[i]), "Add", 1);
    const Node* function = gate == kNone ? nullptr : rewrite.producer(gate);
    if (!is(function, "Erf") && !is(function, "Tanh")) continue;
    if (!same_shape(x, node.outputs[0])) continue;
    std::vector<ValueId> inner;
    double scale = 1;
    factors_of(rewrite, function->inputs[0], 0, &inner, &scale);
    if (is(function, "Erf")) {
      if (inner.size() != 1 || inner[0] != x || std::abs(scale - std::sqrt(0.5)) > 1e-5) continue;
      become(node, "Gelu", std::string(kMicrosoft), {x}, {});
      microsoft = true;
      return true;
    }
    const Node* sum = inner.size() == 1 ? rewrite.producer(inner[0]) : nullptr;
    if (!is(sum, "Add") || std::abs(scale - 0.7978845608) > 1e-5) continue;
    for (const std::size_t k : {0u, 1u}) {
      std::vector<ValueId> cube;
      double small = 1;
      factors_of(rewrite, sum->inputs[k], 0, &cube, &small);
      const bool power = cube.size() == 1 && with_constant(rewrite.producer(cube[0]), "Pow", 3) == x;
      const bool product = cube.size() == 3 && cube[0] == x && cube[1] == x && cube[2] == x;
      if (sum->inputs[1 - k] != x || std::abs(small - 0.044715) > 1e-6 || (!power && !product)) continue;
      become(node, "Gelu", std::string(kMicrosoft), {x}, {{"approximate", std::string("tanh")}});
      microsoft = true;
      return true;
    }
  }
  return false;
}

// Whether a ReduceMean runs over the last dimension alone.
bool over_last(const Rewrite& rewrite, const Node& node) {
  std::vector<std::int64_t> axes = node.integers("axes");
  if (node.inputs.size() > 1 && node.inputs[1] != kNone) {
    const Tensor* given = rewrite.constant(node.inputs[1]);
    if (given == nullptr) return false;
    axes = ints_of(*given);
  }
  const auto rank = static_cast<std::int64_t>(rewrite.shape(node.inputs[0]).size());
  return axes.size() == 1 && (axes[0] == -1 || axes[0] == rank - 1) && node.integer("keepdims", 1) != 0;
}

// d / sqrt(mean(d^2) + epsilon) with d = x - mean(x), over the last dimension.
bool Match::layer_norm(Node& node) {
  if (node.op != "Div") return false;
  const Node* centred = rewrite.producer(node.inputs[0]);
  const Node* root = rewrite.producer(node.inputs[1]);
  if (!is(centred, "Sub") || !is(root, "Sqrt")) return false;
  const Node* mean = rewrite.producer(centred->inputs[1]);
  const ValueId x = centred->inputs[0];
  if (!is(mean, "ReduceMean") || mean->inputs[0] != x || !over_last(rewrite, *mean)) return false;
  const Node* sum = rewrite.producer(root->inputs[0]);
  if (!is(sum, "Add")) return false;
  for (const std::size_t i : {0u, 1u}) {
    const auto epsilon = scalar_of(rewrite.constant(sum->inputs[i]));
    const Node* variance = rewrite.producer(sum->inputs[1 - i]);
    if (!epsilon || !is(variance, "ReduceMean") || !over_last(rewrite, *variance)) continue;
    const Node* square = rewrite.producer(variance->inputs[0]);
    const bool power = with_constant(square, "Pow", 2) == node.inputs[0];
    const bool product =
        is(square, "Mul") && square->inputs[0] == node.inputs[0] && square->inputs[1] == node.inputs[0];
    if (!power && !product) continue;
    const std::int64_t n = rewrite.shape(x).back();
    const std::vector<float> ones(static_cast<std::size_t>(n), 1.0f);
    const ValueId scale =
        rewrite.add_constant(node.name + "/scale", Tensor::make(DType::f32, {n}, ones.data(), ones.size()));
    become(node, "LayerNormalization", "", {x, scale},
           {{"axis", std::int64_t{-1}}, {"epsilon", static_cast<float>(*epsilon)}});
    return true;
  }
  return false;
}

// LayerNormalization followed by Mul or Add of a constant over the last dimension.
bool Match::scale_and_bias(Node& node) {
  if (node.op != "LayerNormalization" || node.integer("axis", -1) != -1 || node.outputs.size() > 1)
    return false;
  const ValueId out = node.outputs[0];
  Node* next = rewrite.only_user(out);
  if (next == nullptr || !next->domain.empty() || (next->op != "Mul" && next->op != "Add") ||
      next->inputs.size() != 2 || rewrite.uses(out) != 1)
    return false;
  const Tensor* given = rewrite.constant(next->inputs[next->inputs[0] == out ? 1 : 0]);
  const std::int64_t n = rewrite.shape(out).back();
  if (given == nullptr || given->dtype != DType::f32 || given->shape != Shape{n}) return false;
  const bool biased = node.inputs.size() > 2 && node.inputs[2] != kNone;
  if (next->op == "Mul" && biased) return false;
  const std::size_t place = next->op == "Mul" ? 1 : 2;
  if (place == 2 && biased) return false;
  if (place == 1) {
    const Tensor* old = rewrite.constant(node.inputs[1]);
    if (old == nullptr) return false;
    for (const float v : floats_of(*old))
      if (v != 1) return false;
  }
  rewrite.set_input(node, place, rewrite.add_constant(node.name + (place == 1 ? "/gamma" : "/beta"), *given));
  const ValueId end = next->outputs[0];
  rewrite.kill(*next);
  rewrite.replace(end, out);
  ++changed;
  return true;
}

}  // namespace

int recognise_patterns(Graph& graph) {
  Rewrite rewrite(graph);
  Match match{rewrite};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (!Rewrite::alive(node) || !node.domain.empty() || node.outputs.empty()) continue;
    if (node.op == "LayerNormalization") match.scale_and_bias(node);
    if ((node.op != "Mul" && node.op != "Div") || node.inputs.size() != 2) continue;
    // Float only, and no operand that broadcasting widens.
    if (rewrite.dtype(node.outputs[0]) != DType::f32) continue;
    if (node.op == "Mul" && match.silu(node)) continue;
    if (match.hard_swish(node) || match.gelu(node)) continue;
    if (match.layer_norm(node))
      while (match.scale_and_bias(node)) {
      }
  }
  if (match.microsoft && graph.opset_of(kMicrosoft) == 0)
    graph.other_opsets.emplace_back(std::string(kMicrosoft), 1);
  rewrite.sweep();
  return match.changed;
}

}  // namespace bondline::inference
