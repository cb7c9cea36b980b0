#include "line/inference/ops/support.h"

#include <utility>

namespace bondline::inference {

namespace {

std::string input_name(std::size_t i) {
  return "input " + std::to_string(i);
}

}  // namespace

bool check_inputs(const InferCall& call, std::size_t least, std::size_t most, std::string* problem) {
  if (call.in.size() > most)
    return fail(problem,
                "takes at most " + std::to_string(most) + " inputs, not " + std::to_string(call.in.size()));
  for (std::size_t i = 0; i < least; ++i)
    if (!has(call.in, i)) return fail(problem, input_name(i) + " is missing");
  return true;
}

bool check_type(const InferCall& call, std::size_t i, std::initializer_list<DType> types,
                std::string* problem) {
  if (std::find(types.begin(), types.end(), call.in[i].dtype) != types.end()) return true;
  return fail(problem, input_name(i) + " cannot be " + std::string(name_of(call.in[i].dtype)));
}

bool check_float(const InferCall& call, std::size_t i, std::string* problem) {
  return is_float(call.in[i].dtype) || fail(problem, input_name(i) + " must be of a float type, not " +
                                                         std::string(name_of(call.in[i].dtype)));
}

bool check_number(const InferCall& call, std::size_t i, std::string* problem) {
  return is_number(call.in[i].dtype) ||
         fail(problem, input_name(i) + " must be a number, not " + std::string(name_of(call.in[i].dtype)));
}

bool check_same(const InferCall& call, std::size_t i, std::size_t j, std::string* problem) {
  return call.in[i].dtype == call.in[j].dtype ||
         fail(problem, input_name(i) + " is " + std::string(name_of(call.in[i].dtype)) + ", " +
                           input_name(j) + " is " + std::string(name_of(call.in[j].dtype)) +
                           "; they must be alike");
}

bool check_rank(const InferCall& call, std::size_t i, std::size_t least, std::size_t most,
                std::string* problem) {
  const std::size_t rank = call.in[i].shape.size();
  if (rank >= least && rank <= most) return true;
  return fail(problem, input_name(i) + " of shape " + to_string(call.in[i].shape) + " must have " +
                           (least == most ? std::to_string(least)
                                          : std::to_string(least) + " to " + std::to_string(most)) +
                           " dimensions");
}

bool constant_ints(const InferCall& call, std::size_t i, std::string_view name,
                   std::vector<std::int64_t>* out, std::string* problem) {
  const Tensor* constant = call.in[i].constant;
  if (constant == nullptr)
    return fail(problem, "needs " + input_name(i) + " (" + std::string(name) + ") to be a constant");
  const auto n = static_cast<std::size_t>(constant->elements());
  if (constant->dtype == DType::i64)
    out->assign(constant->data<std::int64_t>(), constant->data<std::int64_t>() + n);
  else if (constant->dtype == DType::i32)
    out->assign(constant->data<std::int32_t>(), constant->data<std::int32_t>() + n);
  else
    return fail(problem, input_name(i) + " (" + std::string(name) + ") must be int64");
  return true;
}

bool constant_reals(const InferCall& call, std::size_t i, std::string_view name, std::vector<double>* out,
                    std::string* problem) {
  const Tensor* constant = call.in[i].constant;
  if (constant == nullptr)
    return fail(problem, "needs " + input_name(i) + " (" + std::string(name) + ") to be a constant");
  const auto n = constant->elements();
  const OpTensor view{constant->dtype, constant->shape,
                      const_cast<std::byte*>(constant->data<std::byte>())};  // NOLINT: only read
  out->clear();
  for (std::int64_t k = 0; k < n; ++k) out->push_back(real_at(view, k));
  return true;
}

double real_at(const OpTensor& t, std::int64_t i) {
  double value = 0;
  if (t.dtype == DType::boolean) return t.as<const std::uint8_t>()[i];
  with_number(t.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    value = static_cast<double>(static_cast<Arithmetic<T>>(t.as<const T>()[i]));
    return true;
  });
  return value;
}

bool settle_axis(std::int64_t axis, std::size_t rank, std::size_t* out, std::string* problem,
                 bool allow_end) {
  const auto r = static_cast<std::int64_t>(rank);
  if (axis < -r || axis > r || (axis == r && !allow_end))
    return fail(problem, "axis " + std::to_string(axis) + " is out of range for " + std::to_string(rank) +
                             " dimensions");
  *out = static_cast<std::size_t>(axis < 0 ? axis + r : axis);
  return true;
}

bool broadcast(const Shape& a, const Shape& b, Shape* out, std::string* problem) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape result(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t x = i < rank - a.size() ? 1 : a[i - (rank - a.size())];
    const std::int64_t y = i < rank - b.size() ? 1 : b[i - (rank - b.size())];
    if (x != y && x != 1 && y != 1)
      return fail(problem, "shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast");
    result[i] = x == 1 ? y : x;
  }
  *out = std::move(result);
  return true;
}

bool give(Outputs* out, std::size_t i, DType dtype, Shape shape) {
  if (i >= out->size()) return true;
  (*out)[i].dtype = dtype;
  (*out)[i].shape = std::move(shape);
  return true;
}

bool infer_same(const InferCall& call, Outputs* out, std::string* problem) {
  return check_inputs(call, 1, 1, problem) && check_number(call, 0, problem) &&
         give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool infer_same_float(const InferCall& call, Outputs* out, std::string* problem) {
  return check_inputs(call, 1, 1, problem) && check_float(call, 0, problem) &&
         give(out, 0, call.in[0].dtype, call.in[0].shape);
}

}  // namespace bondline::inference
