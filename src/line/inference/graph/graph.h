// A network as ONNX means it: values joined by nodes, everything typed, nothing executed here. The reader
// makes one, the passes rewrite it, the compiler lowers it. Names are kept for messages only; indices join
// the parts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bondline::inference {

/// Element types by their ONNX names (TensorProto.DataType); complex types are refused by the reader.
enum class DType : std::uint8_t {
  undefined,
  f32,
  f64,
  f16,
  bf16,
  i8,
  u8,
  i16,
  u16,
  i32,
  u32,
  i64,
  u64,
  boolean,
  string
};

/// Bytes of one element; 0 for undefined and string.
std::size_t size_of(DType type);
/// "float32", "uint8", ... (numpy's names; "bfloat16", "string").
std::string_view name_of(DType type);

using Shape = std::vector<std::int64_t>;       ///< -1: not known at this place; empty: a scalar
std::int64_t elements_of(const Shape& shape);  ///< product; -1 when a dimension is unknown
std::string to_string(const Shape& shape);     ///< "[1, 3, 224, 224]", "?" for unknown

/// A tensor with its data, row-major, little-endian. Data is shared and never changed once it is in a graph.
struct Tensor {
  DType dtype = DType::undefined;
  Shape shape;
  std::shared_ptr<const std::vector<std::byte>> bytes;
  std::vector<std::string> strings;  ///< for DType::string only

  std::int64_t elements() const { return elements_of(shape); }
  template <class T>
  const T* data() const {
    return bytes ? reinterpret_cast<const T*>(bytes->data()) : nullptr;
  }
  /// Makes a tensor of `count` elements copied from `values`.
  static Tensor make(DType dtype, Shape shape, const void* values, std::size_t count);
};

struct Graph;
using Attribute = std::variant<std::int64_t, float, std::string, Tensor, std::vector<std::int64_t>,
                               std::vector<float>, std::vector<std::string>, std::shared_ptr<const Graph>>;
struct NamedAttribute {
  std::string name;
  Attribute value;
};

using ValueId = std::int32_t;  ///< index into Graph::values; kNone: an optional input or output left out
using NodeId = std::int32_t;   ///< index into Graph::nodes
inline constexpr std::int32_t kNone = -1;

/// What a value is: the compiler takes tensors only; the evaluator also knows the other two.
enum class ValueKind : std::uint8_t { tensor, sequence, optional };

struct Value {
  std::string name;
  ValueKind kind = ValueKind::tensor;
  DType dtype = DType::undefined;  ///< of a sequence or optional: of its elements
  std::optional<Shape> shape;      ///< nullopt: even the rank is unknown
  std::optional<Tensor> constant;  ///< initializer, folded constant
  NodeId producer = kNone;         ///< kNone: graph input or constant
};

struct Node {
  std::string op, domain, name;  ///< domain "" is ai.onnx; name as in the file, or "OP_17" when it has none
  std::vector<ValueId> inputs, outputs;
  std::vector<NamedAttribute> attributes;
  /// Values of this graph that the node's subgraphs (If, Loop, Scan) use without being handed them: inputs as
  /// well. Each subgraph lists in Graph::captured, in the same order, what it calls them.
  std::vector<ValueId> captures;
  std::size_t byte_offset = 0;  ///< where the node stands in the file, for messages

  const Attribute* find(std::string_view attribute) const;  ///< null when absent
  std::int64_t integer(std::string_view attribute, std::int64_t otherwise) const;
  float real(std::string_view attribute, float otherwise) const;
  std::string text(std::string_view attribute, std::string_view otherwise) const;
  std::vector<std::int64_t> integers(std::string_view attribute,
                                     std::vector<std::int64_t> otherwise = {}) const;
  std::vector<float> reals(std::string_view attribute, std::vector<float> otherwise = {}) const;
};

struct Graph {
  std::string name, producer;  ///< producer: program that wrote the file
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;                                          ///< of ai.onnx
  std::vector<std::pair<std::string, std::int64_t>> other_opsets;  ///< "com.microsoft", 1 ...
  std::vector<Value> values;
  std::vector<Node> nodes;      ///< in an order in which every input is made before it is used
  std::vector<ValueId> inputs;  ///< without initializers
  std::vector<ValueId> outputs;
  std::vector<ValueId>
      captured;  ///< subgraph only: its own id for each of Node::captures; kNone: not used here

  const Value& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  Value& value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
  /// Adds a value and returns its id.
  ValueId add(Value added);
  /// The version of the operator set of a domain ("" or "ai.onnx": opset); 0 when the file does not import
  /// it.
  std::int64_t opset_of(std::string_view domain) const;
};

/// `node "conv1" (Conv)`, with the domain when it is not ai.onnx: how messages call a node.
std::string to_string(const Node& node);

}  // namespace bondline::inference
