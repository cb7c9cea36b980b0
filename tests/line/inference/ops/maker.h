// Graphs made by hand for tests: values by name, nodes in order.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "line/inference/graph/check.h"
#include "line/inference/ops/evaluate.h"
#include "line/inference/ops/prepare.h"

namespace bondline::inference::testing {

class Maker {
 public:
  explicit Maker(std::int64_t opset = 17) { graph.opset = opset; }

  void input(const std::string& name, Shape shape, DType dtype = DType::f32) {
    const ValueId id = value(name);
    graph.value(id).dtype = dtype;
    graph.value(id).shape = std::move(shape);
    graph.inputs.push_back(id);
  }
  void constant(const std::string& name, Tensor tensor) {
    Value& made = graph.value(value(name));
    made.dtype = tensor.dtype;
    made.shape = tensor.shape;
    made.constant = std::move(tensor);
  }
  template <class T>
  void constant(const std::string& name, DType dtype, Shape shape, const std::vector<T>& values) {
    constant(name, Tensor::make(dtype, std::move(shape), values.data(), values.size()));
  }
  void floats(const std::string& name, Shape shape, const std::vector<float>& values) {
    constant(name, DType::f32, std::move(shape), values);
  }
  void scalar(const std::string& name, float v) { floats(name, {}, {v}); }
  void ints(const std::string& name, const std::vector<std::int64_t>& values) {
    constant(name, DType::i64, {static_cast<std::int64_t>(values.size())}, values);
  }
  /// Seeded numbers in [-1, 1].
  void noise(const std::string& name, const Shape& shape, float offset = 0) {
    constant(name, random_tensor(shape, random_, offset));
  }
  /// Inputs by name, "" for one left out. The node is called after its first output.
  Node& node(const std::string& op, const std::vector<std::string>& inputs,
             const std::vector<std::string>& outputs, std::vector<NamedAttribute> attributes = {},
             const std::string& domain = "") {
    Node made;
    made.op = op;
    made.domain = domain;
    made.name = outputs[0];
    made.attributes = std::move(attributes);
    for (const auto& name : inputs) made.inputs.push_back(name.empty() ? kNone : value(name));
    for (const auto& name : outputs) {
      made.outputs.push_back(value(name));
      graph.value(made.outputs.back()).producer = static_cast<NodeId>(graph.nodes.size());
    }
    if (!domain.empty() && graph.opset_of(domain) == 0) graph.other_opsets.emplace_back(domain, 1);
    graph.nodes.push_back(std::move(made));
    return graph.nodes.back();
  }
  void output(const std::string& name) { graph.outputs.push_back(value(name)); }

  Graph prepared(PrepareOptions options = {}) const {
    Graph copy = graph;
    base::Diagnostics diagnostics;
    EXPECT_TRUE(prepare(copy, options, diagnostics));
    for (const auto& message : diagnostics.all()) ADD_FAILURE() << base::to_text(message);
    EXPECT_EQ(broken_promise(copy), "");
    return copy;
  }
  static Tensor random_tensor(const Shape& shape, std::mt19937& random, float offset = 0) {
    std::vector<float> values(static_cast<std::size_t>(elements_of(shape)));
    for (float& v : values) v = offset + static_cast<float>(random() % 20001) / 10000 - 1;
    return Tensor::make(DType::f32, shape, values.data(), values.size());
  }

  Graph graph;

 private:
  ValueId value(const std::string& name) {
    const auto found = ids_.find(name);
    if (found != ids_.end()) return found->second;
    Value made;
    made.name = name;
    return ids_[name] = graph.add(std::move(made));
  }
  std::map<std::string, ValueId> ids_;
  std::mt19937 random_{7};
};

/// Operators in order, as "Conv Relu".
inline std::string ops_of(const Graph& graph) {
  std::string all;
  for (const Node& node : graph.nodes) all += (all.empty() ? "" : " ") + node.op;
  return all;
}

inline std::vector<Tensor> run(const Graph& graph, const std::vector<Tensor>& inputs) {
  base::Diagnostics diagnostics;
  const auto outputs = evaluate(graph, std::span<const Tensor>(inputs), diagnostics);
  for (const auto& message : diagnostics.all()) ADD_FAILURE() << base::to_text(message);
  return outputs.value_or(std::vector<Tensor>{});
}

}  // namespace bondline::inference::testing
