// Along one axis: which is largest (ArgMax, ArgMin, TopK), running sums (CumSum).
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

struct Axis {
  std::int64_t outer, n, inner;
};

Axis axis_of(Ints shape, std::int64_t axis) {
  const auto a = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis);
  return {product(shape, 0, a), shape[a], product(shape, a + 1, shape.size())};
}

bool infer_arg(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  if (!check_inputs(call, 1, 1, problem) || !check_number(call, 0, problem) ||
      !settle_axis(call.node.integer("axis", 0), call.in[0].shape.size(), &axis, problem))
    return false;
  Shape shape = call.in[0].shape;
  if (shape[axis] == 0) return fail(problem, "the axis to search has no elements");
  if (call.node.integer("keepdims", 1) != 0)
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return give(out, 0, DType::i64, std::move(shape));
}

bool run_arg(const OpCall& call, bool largest) {
  const Axis axis = axis_of(call.in[0].shape, call.node.integer("axis", 0));
  const bool last = call.node.integer("select_last_index", 0) != 0;
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    const T* x = call.in[0].as<const T>();
    for (std::int64_t o = 0; o < axis.outer; ++o)
      for (std::int64_t i = 0; i < axis.inner; ++i) {
        const T* row = x + o * axis.n * axis.inner + i;
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < axis.n; ++k) {
          const A value = static_cast<A>(row[k * axis.inner]), held = static_cast<A>(row[best * axis.inner]);
          if ((largest ? value > held : value < held) || (last && value == held)) best = k;
        }
        call.out[0].as<std::int64_t>()[o * axis.inner + i] = best;
      }
    return true;
  });
}
bool run_arg_max(const OpCall& call, std::string*) {
  return run_arg(call, true);
}
bool run_arg_min(const OpCall& call, std::string*) {
  return run_arg(call, false);
}

bool infer_top(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, call.opset < 10 ? 1 : 2, problem) || !check_number(call, 0, problem))
    return false;
  std::vector<std::int64_t> k = {call.node.integer("k", -1)};
  if (call.opset >= 10 && (!check_inputs(call, 2, 2, problem) || !constant_ints(call, 1, "k", &k, problem)))
    return false;
  std::size_t axis = 0;
  if (!settle_axis(call.node.integer("axis", -1), call.in[0].shape.size(), &axis, problem)) return false;
  Shape shape = call.in[0].shape;
  if (k.size() != 1 || k[0] < 0 || k[0] > shape[axis])
    return fail(problem, "k is not one number from 0 to the axis's " + std::to_string(shape[axis]));
  shape[axis] = k[0];
  give(out, 0, call.in[0].dtype, shape);
  return give(out, 1, DType::i64, std::move(shape));
}

std::size_t scratch_top(const Node& node, std::int64_t, std::span<const OpTensor> in,
                        std::span<const OpTensor>) {
  if (in[0].elements() == 0) return 0;
  return static_cast<std::size_t>(axis_of(in[0].shape, node.integer("axis", -1)).n) * sizeof(std::int64_t);
}

bool run_top(const OpCall& call, std::string*) {
  if (call.out[0].elements() == 0) return true;
  const std::int64_t which = call.node.integer("axis", -1);
  const Axis axis = axis_of(call.in[0].shape, which);
  const std::int64_t k = axis_of(call.out[0].shape, which).n;
  const bool largest = call.node.integer("largest", 1) != 0;
  auto* order = reinterpret_cast<std::int64_t*>(call.scratch.data());
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    for (std::int64_t o = 0; o < axis.outer; ++o)
      for (std::int64_t i = 0; i < axis.inner; ++i) {
        const T* row = call.in[0].as<const T>() + o * axis.n * axis.inner + i;
        for (std::int64_t j = 0; j < axis.n; ++j) order[j] = j;
        std::partial_sort(order, order + k, order + axis.n, [&](std::int64_t a, std::int64_t b) {
          const A x = static_cast<A>(row[a * axis.inner]), y = static_cast<A>(row[b * axis.inner]);
          if (x != x || y != y) return x != x && y != y ? a < b : (x != x) == largest;  // NaN as the largest
          return x == y ? a < b : largest ? x > y : x < y;
        });
        for (std::int64_t j = 0; j < k; ++j) {
          const std::int64_t to = (o * k + j) * axis.inner + i;
          call.out[0].as<T>()[to] = row[order[j] * axis.inner];
          if (call.out.size() > 1 && call.out[1].present()) call.out[1].as<std::int64_t>()[to] = order[j];
        }
      }
    return true;
  });
}

bool infer_cumsum(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> axis;
  std::size_t settled = 0;
  if (!check_inputs(call, 2, 2, problem) || !check_number(call, 0, problem) ||
      !constant_ints(call, 1, "axis", &axis, problem))
    return false;
  if (axis.size() != 1) return fail(problem, "input 1 (axis) must be one number");
  return settle_axis(axis[0], call.in[0].shape.size(), &settled, problem) &&
         give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_cumsum(const OpCall& call, std::string*) {
  const Axis axis = axis_of(call.in[0].shape, int_at(call.in[1], 0));
  const bool exclusive = call.node.integer("exclusive", 0) != 0,
             reverse = call.node.integer("reverse", 0) != 0;
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    using S = std::conditional_t<std::is_floating_point_v<A>, A, std::uint64_t>;
    for (std::int64_t o = 0; o < axis.outer; ++o)
      for (std::int64_t i = 0; i < axis.inner; ++i) {
        S sum = 0;
        for (std::int64_t j = 0; j < axis.n; ++j) {
          const std::int64_t at = (o * axis.n + (reverse ? axis.n - 1 - j : j)) * axis.inner + i;
          const S x = static_cast<S>(static_cast<A>(call.in[0].as<const T>()[at]));
          call.out[0].as<T>()[at] = static_cast<T>(static_cast<A>(exclusive ? sum : static_cast<S>(sum + x)));
          sum = static_cast<S>(sum + x);
        }
      }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "ArgMax", 1, 21, infer_arg, run_arg_max},
                           {"", "ArgMin", 1, 21, infer_arg, run_arg_min},
                           {"", "TopK", 1, 21, infer_top, run_top, scratch_top},
                           {"", "CumSum", 11, 21, infer_cumsum, run_cumsum}};

}  // namespace

std::span<const OpInfo> order_ops() {
  return kOps;
}

}  // namespace bondline::inference
