// Tensors from parameters: Constant, ConstantOfShape, Range, EyeLike.
#include <cmath>
#include <cstring>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

bool infer_constant(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 0, 0, problem)) return false;
  const Node& node = call.node;
  if (const Tensor* tensor = tensor_of(node, "value")) return give(out, 0, tensor->dtype, tensor->shape);
  if (node.find("value_float")) return give(out, 0, DType::f32, {});
  if (node.find("value_int")) return give(out, 0, DType::i64, {});
  if (node.find("value_string")) return give(out, 0, DType::string, {});
  const auto count = [](auto list) { return Shape{static_cast<std::int64_t>(list.size())}; };
  if (node.find("value_floats")) return give(out, 0, DType::f32, count(reals_of(node, "value_floats")));
  if (node.find("value_ints")) return give(out, 0, DType::i64, count(ints_of(node, "value_ints")));
  if (const Attribute* list = node.find("value_strings"))
    if (const auto* strings = std::get_if<std::vector<std::string>>(list))
      return give(out, 0, DType::string, count(*strings));
  return fail(problem, "has no value, or one of a kind that is not supported");
}

bool run_constant(const OpCall& call, std::string*) {
  const Node& node = call.node;
  const OpTensor& out = call.out[0];
  if (const Tensor* tensor = tensor_of(node, "value")) {
    if (tensor->dtype == DType::string)
      std::copy(tensor->strings.begin(), tensor->strings.end(), out.as<std::string>());
    else if (out.elements() > 0)
      std::memcpy(out.data, tensor->bytes->data(), tensor->bytes->size());
  } else if (node.find("value_float")) {
    *out.as<float>() = node.real("value_float", 0);
  } else if (node.find("value_int")) {
    *out.as<std::int64_t>() = node.integer("value_int", 0);
  } else if (node.find("value_string")) {
    *out.as<std::string>() = node.text("value_string", "");
  } else if (node.find("value_floats")) {
    std::copy_n(reals_of(node, "value_floats").data(), out.elements(), out.as<float>());
  } else if (node.find("value_ints")) {
    std::copy_n(ints_of(node, "value_ints").data(), out.elements(), out.as<std::int64_t>());
  } else if (const auto* strings = std::get_if<std::vector<std::string>>(node.find("value_strings"))) {
    std::copy(strings->begin(), strings->end(), out.as<std::string>());
  }
  return true;
}

bool infer_of_shape(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> shape;
  if (!check_inputs(call, 1, 1, problem) || !constant_ints(call, 0, "shape", &shape, problem)) return false;
  if (shape.size() > kMaxRank) return fail(problem, "the result has more than 12 dimensions");
  for (const std::int64_t size : shape)
    if (size < 0) return fail(problem, "shape holds the dimension " + std::to_string(size));
  const Tensor* value = tensor_of(call.node, "value");
  if (value != nullptr && (value->elements() != 1 || value->dtype == DType::string))
    return fail(problem, "attribute value must be one number");
  return give(out, 0, value ? value->dtype : DType::f32, std::move(shape));
}

bool run_of_shape(const OpCall& call, std::string*) {
  const Tensor* value = tensor_of(call.node, "value");
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, std::string>)
      std::fill_n(call.out[0].as<T>(), call.out[0].elements(), value ? *value->data<T>() : T{});
    return true;
  });
}

// max(ceil((limit - start) / delta), 0) elements.
bool infer_range(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 3, 3, problem) || !check_number(call, 0, problem) ||
      !check_same(call, 0, 1, problem) || !check_same(call, 0, 2, problem))
    return false;
  std::vector<double> start, limit, delta;
  if (!constant_reals(call, 0, "start", &start, problem) ||
      !constant_reals(call, 1, "limit", &limit, problem) ||
      !constant_reals(call, 2, "delta", &delta, problem))
    return false;
  if (start.size() != 1 || limit.size() != 1 || delta.size() != 1 || delta[0] == 0)
    return fail(problem, "start, limit and delta must be one number each, delta not 0");
  const double count = std::ceil((limit[0] - start[0]) / delta[0]);
  if (!(count < 1e10)) return fail(problem, "the range has over 10 thousand million elements");
  return give(out, 0, call.in[0].dtype, {static_cast<std::int64_t>(std::max(count, 0.0))});
}

bool run_range(const OpCall& call, std::string*) {
  const std::int64_t n = call.out[0].elements();
  return with_number(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    const A start = static_cast<A>(*call.in[0].as<const T>()),
            delta = static_cast<A>(*call.in[2].as<const T>());
    A value = start;
    for (std::int64_t i = 0; i < n; ++i) {
      call.out[0].as<T>()[i] = static_cast<T>(value);
      if constexpr (std::is_floating_point_v<A>)
        value = static_cast<A>(value + delta);
      else
        value = static_cast<A>(static_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(delta));
    }
    return true;
  });
}

constexpr DType kNumbers[] = {DType::undefined, DType::f32, DType::u8,  DType::i8,        DType::u16,
                              DType::i16,       DType::i32, DType::i64, DType::undefined, DType::boolean,
                              DType::f16,       DType::f64, DType::u32, DType::u64,       DType::undefined,
                              DType::undefined, DType::bf16};

bool infer_eye(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !check_rank(call, 0, 2, 2, problem)) return false;
  DType type = call.in[0].dtype;
  if (call.node.find("dtype")) {
    const std::int64_t number = call.node.integer("dtype", 0);
    type = number >= 0 && number < 17 ? kNumbers[number] : DType::undefined;
  }
  if (type == DType::undefined || type == DType::string)
    return fail(problem, "attribute dtype is not supported");
  return give(out, 0, type, call.in[0].shape);
}

bool run_eye(const OpCall& call, std::string*) {
  const std::int64_t k = call.node.integer("k", 0);
  const std::int64_t rows = call.out[0].shape[0], columns = call.out[0].shape[1];
  const auto fill = [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < columns; ++c)
        call.out[0].as<T>()[r * columns + c] = static_cast<T>(static_cast<Arithmetic<T>>(c - r == k ? 1 : 0));
    return true;
  };
  return call.out[0].dtype == DType::boolean ? fill(TypeTag<std::uint8_t>())
                                             : with_number(call.out[0].dtype, fill);
}

constexpr OpInfo kOps[] = {{"", "Constant", 1, 21, infer_constant, run_constant},
                           {"", "ConstantOfShape", 9, 21, infer_of_shape, run_of_shape},
                           {"", "Range", 11, 21, infer_range, run_range},
                           {"", "EyeLike", 9, 21, infer_eye, run_eye}};

}  // namespace

std::span<const OpInfo> generate_ops() {
  return kOps;
}

}  // namespace bondline::inference
