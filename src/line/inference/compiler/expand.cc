// QOperator models as QDQ models.
#include <cstring>
#include <set>

#include "line/inference/compiler/passes.h"
#include "line/inference/compiler/rewire.h"

namespace bondline::inference::lowering {
namespace {

class Expander {
 public:
  explicit Expander(Graph& graph) : graph_(graph) {}

  void run() {
    const std::vector<Node> nodes = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (const Node& node : nodes) {
      if (!expand(node)) graph_.nodes.push_back(node);
    }
    link_producers(graph_);
  }

 private:
  ValueId in(const Node& node, std::size_t i) const {
    return i < node.inputs.size() ? node.inputs[i] : kNone;
  }

  ValueId fresh(const std::string& name) {
    bondline::inference::Value v;
    v.name = name;
    v.dtype = DType::f32;
    return graph_.add(std::move(v));
  }

  ValueId dequantise(const Node& node, std::size_t x, std::size_t scale, std::size_t zero,
                     std::int64_t axis) {
    Node dq;
    dq.op = "DequantizeLinear";
    dq.name = node.name + "/dequantize " + std::to_string(x);
    dq.inputs = {in(node, x), in(node, scale)};
    if (in(node, zero) != kNone) dq.inputs.push_back(in(node, zero));
    dq.outputs = {fresh(graph_.value(in(node, x)).name + " dequantized for " + node.name)};
    dq.attributes.push_back({"axis", axis});
    dq.byte_offset = node.byte_offset;
    graph_.nodes.push_back(dq);
    return dq.outputs[0];
  }

  void quantise(const Node& node, ValueId x, std::size_t scale, std::size_t zero) {
    Node q;
    q.op = "QuantizeLinear";
    q.name = node.name + "/quantize";
    q.inputs = {x, in(node, scale)};
    if (in(node, zero) != kNone) q.inputs.push_back(in(node, zero));
    q.outputs = {node.outputs[0]};
    q.byte_offset = node.byte_offset;
    graph_.nodes.push_back(q);
  }

  ValueId between(const Node& node, const std::string& op, std::vector<ValueId> inputs) {
    Node real = node;
    real.op = op;
    real.domain.clear();
    real.inputs = std::move(inputs);
    real.outputs = {fresh(graph_.value(node.outputs[0]).name + " before quantization")};
    graph_.nodes.push_back(real);
    return real.outputs[0];
  }

  const Tensor* f32(ValueId id) const {
    if (id == kNone) return nullptr;
    const auto& c = graph_.value(id).constant;
    return c && c->dtype == DType::f32 ? &*c : nullptr;
  }

  /// The int32 bias dequantised by x_scale w_scale, as a constant behind a DequantizeLinear.
  ValueId bias(const Node& node, std::size_t at, std::size_t x_scale, std::size_t w_scale, bool* good) {
    if (in(node, at) == kNone) return kNone;
    const Tensor *xs = f32(in(node, x_scale)), *ws = f32(in(node, w_scale));
    if (xs == nullptr || ws == nullptr || xs->elements() != 1) {
      *good = false;
      return kNone;
    }
    std::vector<float> scale;
    for (std::int64_t i = 0; i < ws->elements(); ++i)
      scale.push_back(xs->data<float>()[0] * ws->data<float>()[i]);
    bondline::inference::Value v;
    v.name = graph_.value(in(node, at)).name + " scale for " + node.name;
    v.dtype = DType::f32;
    const bool one = scale.size() == 1;
    v.shape = one ? Shape{} : Shape{static_cast<std::int64_t>(scale.size())};
    v.constant = Tensor::make(DType::f32, *v.shape, scale.data(), scale.size());
    Node dq;
    dq.op = "DequantizeLinear";
    dq.name = node.name + "/dequantize bias";
    dq.inputs = {in(node, at), graph_.add(std::move(v))};
    dq.outputs = {fresh(graph_.value(in(node, at)).name + " dequantized for " + node.name)};
    dq.attributes.push_back({"axis", std::int64_t{0}});
    graph_.nodes.push_back(dq);
    return dq.outputs[0];
  }

  bool expand(const Node& node) {
    static const std::set<std::string, std::less<>> kKnown = {
        "QLinearConv",       "QLinearMatMul",  "QLinearAdd",
        "QLinearMul",        "QLinearSigmoid", "QLinearLeakyRelu",
        "QLinearConcat",     "QGemm",          "QLinearGlobalAveragePool",
        "QLinearAveragePool"};
    if (!kKnown.contains(node.op) || node.outputs.size() != 1) return false;
    if (node.integer("channels_last", 0) != 0) return false;
    bool good = true;
    if (node.op == "QLinearConv" || node.op == "QGemm") {
      const bool conv = node.op == "QLinearConv";
      const std::size_t b = conv ? 8 : 6, ys = conv ? 6 : 7, yz = conv ? 7 : 8;
      if (!conv && (in(node, 7) == kNone || node.integer("transA", 0) != 0 || node.real("alpha", 1) != 1))
        return false;
      const ValueId shift = bias(node, b, 1, 4, &good);
      if (!good) return false;
      const std::int64_t axis = conv || node.integer("transB", 0) != 0 ? 0 : 1;
      const ValueId x = dequantise(node, 0, 1, 2, 1), w = dequantise(node, 3, 4, 5, axis);
      std::vector<ValueId> inputs = {x, w};
      if (shift != kNone) inputs.push_back(shift);
      quantise(node, between(node, conv ? "Conv" : "Gemm", inputs), ys, yz);
      return true;
    }
    if (node.op == "QLinearMatMul") {
      const Tensor* ws = f32(in(node, 4));
      if (ws == nullptr) return false;
      const ValueId x = dequantise(node, 0, 1, 2, 1), w = dequantise(node, 3, 4, 5, 1);
      quantise(node, between(node, "MatMul", {x, w}), 6, 7);
      return true;
    }
    if (node.op == "QLinearAdd" || node.op == "QLinearMul") {
      const ValueId a = dequantise(node, 0, 1, 2, 1), b = dequantise(node, 3, 4, 5, 1);
      quantise(node, between(node, node.op.substr(7), {a, b}), 6, 7);
      return true;
    }
    if (node.op == "QLinearConcat") {
      std::vector<ValueId> inputs;
      for (std::size_t i = 2; i + 2 < node.inputs.size(); i += 3)
        inputs.push_back(dequantise(node, i, i + 1, i + 2, 1));
      quantise(node, between(node, "Concat", inputs), 0, 1);
      return true;
    }
    // One input: X, its scale and zero point, the output's.
    const ValueId x = dequantise(node, 0, 1, 2, 1);
    quantise(node, between(node, node.op.substr(7), {x}), 3, 4);
    return true;
  }

  Graph& graph_;
};

}  // namespace

void link_producers(Graph& graph) {
  for (auto& v : graph.values) v.producer = kNone;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].outputs) {
      if (id != kNone) graph.value(id).producer = static_cast<NodeId>(i);
    }
  }
}

void expand_quantised_operators(Graph& graph) {
  Expander(graph).run();
}

}  // namespace bondline::inference::lowering
