// The same elements under another shape, and the shape itself as a tensor.
#include <cstring>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

bool infer_reshape(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> wanted = call.node.integers("shape");  // an attribute before opset 5
  if (!check_inputs(call, 1, 2, problem)) return false;
  if (call.opset >= 5 &&
      (!check_inputs(call, 2, 2, problem) || !constant_ints(call, 1, "shape", &wanted, problem)))
    return false;
  const Shape& from = call.in[0].shape;
  const bool allow_zero = call.node.integer("allowzero", 0) != 0;
  Shape shape;
  std::size_t free = SIZE_MAX;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::int64_t size = wanted[i];
    if (size == 0 && !allow_zero) {
      if (i >= from.size())
        return fail(problem, "shape copies dimension " + std::to_string(i) + ", which is not there");
      size = from[i];
    }
    if (size < -1) return fail(problem, "shape has the dimension " + std::to_string(size));
    if (size == -1) {
      if (free != SIZE_MAX) return fail(problem, "shape has more than one -1");
      free = i;
      size = 1;
    }
    shape.push_back(size);
  }
  const std::int64_t all = elements_of(from), rest = elements_of(shape);
  if (free != SIZE_MAX) {
    if (rest == 0 || all % rest != 0)
      return fail(problem, "cannot reshape " + to_string(from) + " to " + to_string(wanted));
    shape[free] = all / rest;
  } else if (all != rest) {
    return fail(problem, "cannot reshape " + to_string(from) + " to " + to_string(wanted));
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool infer_flatten(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  if (!check_inputs(call, 1, 1, problem)) return false;
  const auto& shape = call.in[0].shape;
  if (!settle_axis(call.node.integer("axis", 1), shape.size(), &axis, problem, true)) return false;
  return give(out, 0, call.in[0].dtype, {product(shape, 0, axis), product(shape, axis, shape.size())});
}

// Axes are an attribute before opset 13, an input since.
bool read_axes(const InferCall& call, std::vector<std::int64_t>* axes, std::string* problem) {
  if (!check_inputs(call, 1, call.opset < 13 ? 1 : 2, problem)) return false;
  *axes = call.node.integers("axes");
  return call.opset < 13 || !has(call.in, 1) || constant_ints(call, 1, "axes", axes, problem);
}

bool infer_squeeze(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> axes;
  if (!read_axes(call, &axes, problem)) return false;
  const Shape& from = call.in[0].shape;
  std::vector<char> gone(from.size(), 0);
  for (const std::int64_t axis : axes) {
    std::size_t a = 0;
    if (!settle_axis(axis, from.size(), &a, problem)) return false;
    if (from[a] != 1)
      return fail(problem, "dimension " + std::to_string(a) + " of " + to_string(from) + " is not 1");
    gone[a] = 1;
  }
  Shape shape;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (axes.empty() ? from[i] != 1 : gone[i] == 0) shape.push_back(from[i]);
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool infer_unsqueeze(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> axes;
  if (!read_axes(call, &axes, problem)) return false;
  const Shape& from = call.in[0].shape;
  const std::size_t rank = from.size() + axes.size();
  if (rank > kMaxRank) return fail(problem, "the result has more than 12 dimensions");
  std::vector<char> fresh(rank, 0);
  for (const std::int64_t axis : axes) {
    std::size_t a = 0;
    if (!settle_axis(axis, rank, &a, problem)) return false;
    if (fresh[a] != 0) return fail(problem, "axes names dimension " + std::to_string(a) + " twice");
    fresh[a] = 1;
  }
  Shape shape;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) shape.push_back(fresh[i] != 0 ? 1 : from[next++]);
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_copy(const OpCall& call, std::string*) {
  const std::int64_t n = call.out[0].elements();
  if (call.in[0].dtype == DType::string)
    std::copy_n(call.in[0].as<const std::string>(), n, call.out[0].as<std::string>());
  else if (n > 0)
    std::memcpy(call.out[0].data, call.in[0].data, static_cast<std::size_t>(n) * size_of(call.in[0].dtype));
  return true;
}

// start and end (opset 15) are clamped, as numpy's slices are.
std::pair<std::int64_t, std::int64_t> window(const Node& node, std::size_t dimensions) {
  const auto rank = static_cast<std::int64_t>(dimensions);
  const auto clamp = [&](std::int64_t i) { return std::clamp(i < 0 ? i + rank : i, std::int64_t{0}, rank); };
  const std::int64_t begin = clamp(node.integer("start", 0)), end = clamp(node.integer("end", rank));
  return {begin, std::max(begin, end)};
}

bool infer_shape(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem)) return false;
  const auto [begin, end] = window(call.node, call.in[0].shape.size());
  return give(out, 0, DType::i64, {end - begin});
}
bool run_shape(const OpCall& call, std::string*) {
  const auto [begin, end] = window(call.node, call.in[0].shape.size());
  std::copy(call.in[0].shape.begin() + begin, call.in[0].shape.begin() + end, call.out[0].as<std::int64_t>());
  return true;
}

bool infer_size(const InferCall& call, Outputs* out, std::string* problem) {
  return check_inputs(call, 1, 1, problem) && give(out, 0, DType::i64, {});
}
bool run_size(const OpCall& call, std::string*) {
  *call.out[0].as<std::int64_t>() = call.in[0].elements();
  return true;
}

constexpr OpInfo kOps[] = {
    {"", "Reshape", 1, 21, infer_reshape, run_copy}, {"", "Flatten", 1, 21, infer_flatten, run_copy},
    {"", "Squeeze", 1, 21, infer_squeeze, run_copy}, {"", "Unsqueeze", 1, 21, infer_unsqueeze, run_copy},
    {"", "Shape", 1, 21, infer_shape, run_shape},    {"", "Size", 1, 21, infer_size, run_size}};

}  // namespace

std::span<const OpInfo> view_ops() {
  return kOps;
}

}  // namespace bondline::inference
