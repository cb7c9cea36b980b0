#include "line/inference/graph/graph.h"

#include <cstring>
#include <limits>
#include <utility>

namespace bondline::inference {

std::size_t size_of(DType type) {
  switch (type) {
    case DType::f64:
    case DType::i64:
    case DType::u64:
      return 8;
    case DType::f32:
    case DType::i32:
    case DType::u32:
      return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
    case DType::u16:
      return 2;
    case DType::i8:
    case DType::u8:
    case DType::boolean:
      return 1;
    case DType::undefined:
    case DType::string:
      return 0;
  }
  return 0;
}

std::string_view name_of(DType type) {
  switch (type) {
    case DType::f32:
      return "float32";
    case DType::f64:
      return "float64";
    case DType::f16:
      return "float16";
    case DType::bf16:
      return "bfloat16";
    case DType::i8:
      return "int8";
    case DType::u8:
      return "uint8";
    case DType::i16:
      return "int16";
    case DType::u16:
      return "uint16";
    case DType::i32:
      return "int32";
    case DType::u32:
      return "uint32";
    case DType::i64:
      return "int64";
    case DType::u64:
      return "uint64";
    case DType::boolean:
      return "bool";
    case DType::string:
      return "string";
    case DType::undefined:
      return "undefined";
  }
  return "undefined";
}

std::int64_t elements_of(const Shape& shape) {
  std::int64_t product = 1;
  bool unknown = false;
  for (const std::int64_t size : shape) {
    if (size == 0) return 0;
    if (size < 0) {
      unknown = true;
      continue;
    }
    // A shape this large is no tensor; the saturated product fails every size check that follows.
    if (product > std::numeric_limits<std::int64_t>::max() / size)
      product = std::numeric_limits<std::int64_t>::max();
    else
      product *= size;
  }
  return unknown ? -1 : product;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 0) text += ", ";
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

Tensor Tensor::make(DType dtype, Shape shape, const void* values, std::size_t count) {
  auto bytes = std::make_shared<std::vector<std::byte>>(count * size_of(dtype));
  if (!bytes->empty()) std::memcpy(bytes->data(), values, bytes->size());
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.bytes = std::move(bytes);
  return tensor;
}

const Attribute* Node::find(std::string_view attribute) const {
  for (const NamedAttribute& named : attributes)
    if (named.name == attribute) return &named.value;
  return nullptr;
}

namespace {

template <class T>
const T* find_as(const Node& node, std::string_view attribute) {
  const Attribute* found = node.find(attribute);
  return found ? std::get_if<T>(found) : nullptr;
}

}  // namespace

std::int64_t Node::integer(std::string_view attribute, std::int64_t otherwise) const {
  const auto* value = find_as<std::int64_t>(*this, attribute);
  return value ? *value : otherwise;
}

float Node::real(std::string_view attribute, float otherwise) const {
  const auto* value = find_as<float>(*this, attribute);
  return value ? *value : otherwise;
}

std::string Node::text(std::string_view attribute, std::string_view otherwise) const {
  const auto* value = find_as<std::string>(*this, attribute);
  return value ? *value : std::string(otherwise);
}

std::vector<std::int64_t> Node::integers(std::string_view attribute,
                                         std::vector<std::int64_t> otherwise) const {
  const auto* value = find_as<std::vector<std::int64_t>>(*this, attribute);
  return value ? *value : otherwise;
}

std::vector<float> Node::reals(std::string_view attribute, std::vector<float> otherwise) const {
  const auto* value = find_as<std::vector<float>>(*this, attribute);
  return value ? *value : otherwise;
}

ValueId Graph::add(Value added) {
  values.push_back(std::move(added));
  return static_cast<ValueId>(values.size() - 1);
}

std::int64_t Graph::opset_of(std::string_view domain) const {
  if (domain.empty() || domain == "ai.onnx") return opset;
  for (const auto& [imported, version] : other_opsets)
    if (imported == domain) return version;
  return 0;
}

std::string to_string(const Node& node) {
  const std::string op = node.domain.empty() ? node.op : node.domain + "." + node.op;
  return "node \"" + node.name + "\" (" + op + ")";
}

}  // namespace bondline::inference
