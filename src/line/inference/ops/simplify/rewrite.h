// Tools of the passes: who uses a value, replacing it, killing nodes and sweeping them up.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "line/inference/graph/graph.h"

namespace bondline::inference {

class Rewrite {
 public:
  explicit Rewrite(Graph& graph);

  Graph& graph;

  /// The node that makes the value, if it is alive; null for inputs and constants.
  Node* producer(ValueId id);
  /// Uses as an input, a capture or an output of the graph.
  int uses(ValueId id) const { return uses_[static_cast<std::size_t>(id)]; }
  bool is_output(ValueId id) const;
  /// The only node that uses the value as an input, null when there are more or the value is an output.
  Node* only_user(ValueId id);
  std::vector<Node*> users(ValueId id);

  const Tensor* constant(ValueId id) const;
  const Shape& shape(ValueId id) const { return *graph.value(id).shape; }
  DType dtype(ValueId id) const { return graph.value(id).dtype; }

  /// A fresh constant value.
  ValueId add_constant(const std::string& name, Tensor tensor);
  ValueId add_ints(const std::string& name, const std::vector<std::int64_t>& values);
  ValueId add_value(const std::string& name, DType dtype, Shape shape);

  /// Every use of `from`, as an output too, becomes `to`. An output keeps its name: `to` takes it.
  void replace(ValueId from, ValueId to);
  /// Sets an input, keeping count.
  void set_input(Node& node, std::size_t i, ValueId id);
  void set_inputs(Node& node, std::vector<ValueId> ids);
  /// The node is gone at the next sweep; its inputs lose a use.
  void kill(Node& node);
  static bool alive(const Node& node) { return !node.op.empty(); }
  /// Adds a node; sweep() sorts it into place.
  Node& append(Node node);

  /// Drops dead nodes and values, sorts, renumbers. The object must not be used afterwards.
  void sweep();

 private:
  std::vector<int> uses_;
  std::vector<std::vector<NodeId>> users_;
};

/// One float (or double, half) of a one-element constant.
std::optional<double> scalar_of(const Tensor* tensor);
/// All elements of a float constant as float.
std::vector<float> floats_of(const Tensor& tensor);
/// The tensor's integers (int32, int64).
std::vector<std::int64_t> ints_of(const Tensor& tensor);
void set_attribute(Node& node, const std::string& name, Attribute value);
void remove_attribute(Node& node, const std::string& name);

}  // namespace bondline::inference
