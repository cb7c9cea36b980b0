// Reductions over axes. Floats are summed in double, integers in 64 bits with wrap-around.
#include <cmath>
#include <limits>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

// Axes are an input from opset 13 (ReduceSum) or 18 (the others) on.
bool axes_are_input(const Node& node, std::int64_t opset) {
  return opset >= 18 || (node.op == "ReduceSum" && opset >= 13);
}

bool infer_reduce(const InferCall& call, Outputs* out, std::string* problem) {
  const bool as_input = axes_are_input(call.node, call.opset);
  if (!check_inputs(call, 1, as_input ? 2 : 1, problem)) return false;
  const bool extreme = call.node.op == "ReduceMax" || call.node.op == "ReduceMin";
  if (!(extreme && call.in[0].dtype == DType::boolean) && !check_number(call, 0, problem)) return false;
  const Shape& shape = call.in[0].shape;
  std::vector<std::int64_t> axes = call.node.integers("axes");
  if (as_input) {
    axes.clear();
    if (has(call.in, 1) && !constant_ints(call, 1, "axes", &axes, problem)) return false;
  }
  std::vector<char> gone(shape.size(),
                         axes.empty() && call.node.integer("noop_with_empty_axes", 0) == 0 ? 1 : 0);
  for (const std::int64_t axis : axes) {
    std::size_t a = 0;
    if (!settle_axis(axis, shape.size(), &a, problem)) return false;
    gone[a] = 1;
  }
  const bool keep = call.node.integer("keepdims", 1) != 0;
  Shape result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (gone[i] == 0)
      result.push_back(shape[i]);
    else if (keep)
      result.push_back(1);
  }
  return give(out, 0, call.in[0].dtype, std::move(result));
}

// The dimensions that stay and those that go, with the input's strides.
struct Split {
  std::size_t kept = 0, gone = 0;
  Indices kept_shape{}, kept_step{}, gone_shape{}, gone_step{};
};

Split split_axes(const OpCall& call) {
  const Ints shape = call.in[0].shape;
  const Indices strides = strides_of(shape);
  std::array<bool, kMaxRank> gone{};
  const auto mark = [&](std::int64_t axis) {
    gone[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis)] = true;
  };
  std::int64_t count = 0;
  if (axes_are_input(call.node, call.opset)) {
    if (has(call.in, 1))
      for (; count < call.in[1].elements(); ++count) mark(int_at(call.in[1], count));
  } else {
    for (const std::int64_t axis : ints_of(call.node, "axes")) {
      mark(axis);
      ++count;
    }
  }
  if (count == 0 && call.node.integer("noop_with_empty_axes", 0) == 0) gone.fill(true);
  Split split;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    auto& n = gone[i] ? split.gone : split.kept;
    (gone[i] ? split.gone_shape : split.kept_shape)[n] = shape[i];
    (gone[i] ? split.gone_step : split.kept_step)[n++] = strides[i];
  }
  return split;
}

std::int64_t offset_of(const Indices& at, const Indices& step, std::size_t rank) {
  std::int64_t offset = 0;
  for (std::size_t d = 0; d < rank; ++d) offset += at[d] * step[d];
  return offset;
}

// Calls one(output index, begin) for each output; inside, each_gone(begin, f(offset)) walks what is reduced.
template <class Body>
void each_output(const Split& split, std::int64_t outputs, Body body) {
  if (outputs == 0) return;
  Indices at{};
  std::int64_t i = 0;
  do body(i++, offset_of(at, split.kept_step, split.kept));
  while (advance(&at, split.kept_shape, split.kept));
}

template <class F>
void each_gone(const Split& split, std::int64_t begin, F f) {
  if (product(Ints(split.gone_shape.data(), split.gone)) == 0) return;
  Indices at{};
  do f(begin + offset_of(at, split.gone_step, split.gone));
  while (advance(&at, split.gone_shape, split.gone));
}

template <class A>
using Sum = std::conditional_t<std::is_floating_point_v<A>, double, std::int64_t>;

// start, step(sum, x), finish(sum, count) in Sum<A>.
template <class Start, class Step, class Finish>
bool reduce(const OpCall& call, Start start, Step step, Finish finish) {
  const Split split = split_axes(call);
  const std::int64_t outputs = call.out[0].elements();
  const std::int64_t count = product(Ints(split.gone_shape.data(), split.gone));
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using S = Sum<Arithmetic<T>>;
    const T* x = call.in[0].as<const T>();
    T* y = call.out[0].as<T>();
    each_output(split, outputs, [&](std::int64_t o, std::int64_t begin) {
      S sum = static_cast<S>(start);
      each_gone(split, begin, [&](std::int64_t i) {
        sum = static_cast<S>(step(sum, static_cast<S>(static_cast<Arithmetic<T>>(x[i]))));
      });
      y[o] = static_cast<T>(static_cast<Arithmetic<T>>(finish(sum, count)));
    });
    return true;
  });
}

template <class S>
S wrapped(S a, S b, bool times) {
  if constexpr (std::is_integral_v<S>) {
    const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
    return static_cast<S>(times ? x * y : x + y);
  } else {
    return times ? a * b : a + b;
  }
}

constexpr auto kAsIs = [](auto sum, std::int64_t) { return sum; };

bool run_sum(const OpCall& call, std::string*) {
  return reduce(
      call, 0, [](auto s, auto x) { return wrapped(s, x, false); }, kAsIs);
}
bool run_prod(const OpCall& call, std::string*) {
  return reduce(
      call, 1, [](auto s, auto x) { return wrapped(s, x, true); }, kAsIs);
}
bool run_mean(const OpCall& call, std::string*) {
  return reduce(
      call, 0, [](auto s, auto x) { return wrapped(s, x, false); },
      [](auto s, std::int64_t n) {
        using S = decltype(s);
        if constexpr (std::is_integral_v<S>)
          return n == 0 ? S(0) : static_cast<S>(s / n);
        else
          return s / static_cast<S>(n);
      });
}
bool run_l1(const OpCall& call, std::string*) {
  return reduce(
      call, 0,
      [](auto s, auto x) {
        return wrapped(s, x < 0 ? wrapped(x, static_cast<decltype(x)>(-1), true) : x, false);
      },
      kAsIs);
}
bool run_sum_square(const OpCall& call, std::string*) {
  return reduce(
      call, 0, [](auto s, auto x) { return wrapped(s, wrapped(x, x, true), false); }, kAsIs);
}
bool run_l2(const OpCall& call, std::string*) {
  return reduce(
      call, 0, [](auto s, auto x) { return wrapped(s, wrapped(x, x, true), false); },
      [](auto s, std::int64_t) { return from_real<decltype(s)>(std::sqrt(static_cast<double>(s))); });
}
bool run_log_sum(const OpCall& call, std::string*) {
  return reduce(
      call, 0, [](auto s, auto x) { return wrapped(s, x, false); },
      [](auto s, std::int64_t) { return from_real<decltype(s)>(std::log(static_cast<double>(s))); });
}

bool run_log_sum_exp(const OpCall& call, std::string*) {
  const Split split = split_axes(call);
  const std::int64_t outputs = call.out[0].elements();
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = call.in[0].as<const T>();
    each_output(split, outputs, [&](std::int64_t o, std::int64_t begin) {
      // The largest is taken out so that exp cannot overflow.
      double largest = -std::numeric_limits<double>::infinity();
      each_gone(split, begin, [&](std::int64_t i) {
        largest = std::max(largest, static_cast<double>(static_cast<Arithmetic<T>>(x[i])));
      });
      const double shift = std::isfinite(largest) ? largest : 0;
      double sum = 0;
      each_gone(split, begin, [&](std::int64_t i) {
        sum += std::exp(static_cast<double>(static_cast<Arithmetic<T>>(x[i])) - shift);
      });
      call.out[0].as<T>()[o] = static_cast<T>(from_real<Arithmetic<T>>(std::log(sum) + shift));
    });
    return true;
  });
}

template <class T>
T lowest() {
  using A = Arithmetic<T>;
  if constexpr (std::is_floating_point_v<A>)
    return static_cast<T>(-std::numeric_limits<A>::infinity());
  else
    return std::numeric_limits<A>::lowest();
}
template <class T>
T highest() {
  using A = Arithmetic<T>;
  if constexpr (std::is_floating_point_v<A>)
    return static_cast<T>(std::numeric_limits<A>::infinity());
  else
    return std::numeric_limits<A>::max();
}

bool run_extreme(const OpCall& call, bool largest) {
  const Split split = split_axes(call);
  const std::int64_t outputs = call.out[0].elements();
  const auto body = [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    const T* x = call.in[0].as<const T>();
    each_output(split, outputs, [&](std::int64_t o, std::int64_t begin) {
      A best = static_cast<A>(largest ? lowest<T>() : highest<T>());
      if (call.in[0].dtype == DType::boolean) best = static_cast<A>(largest ? 0 : 1);
      each_gone(split, begin, [&](std::int64_t i) {
        const A value = static_cast<A>(x[i]);
        if (value != value || (largest ? value > best : value < best)) best = value;  // NaN is kept
      });
      call.out[0].as<T>()[o] = static_cast<T>(best);
    });
    return true;
  };
  return call.in[0].dtype == DType::boolean ? body(TypeTag<std::uint8_t>())
                                            : with_number(call.in[0].dtype, body);
}
bool run_max(const OpCall& call, std::string*) {
  return run_extreme(call, true);
}
bool run_min(const OpCall& call, std::string*) {
  return run_extreme(call, false);
}

constexpr OpInfo kOps[] = {{"", "ReduceSum", 1, 21, infer_reduce, run_sum},
                           {"", "ReduceProd", 1, 21, infer_reduce, run_prod},
                           {"", "ReduceMean", 1, 21, infer_reduce, run_mean},
                           {"", "ReduceL1", 1, 21, infer_reduce, run_l1},
                           {"", "ReduceL2", 1, 21, infer_reduce, run_l2},
                           {"", "ReduceSumSquare", 1, 21, infer_reduce, run_sum_square},
                           {"", "ReduceLogSum", 1, 21, infer_reduce, run_log_sum},
                           {"", "ReduceLogSumExp", 1, 21, infer_reduce, run_log_sum_exp},
                           {"", "ReduceMax", 1, 21, infer_reduce, run_max},
                           {"", "ReduceMin", 1, 21, infer_reduce, run_min}};

}  // namespace

std::span<const OpInfo> reduction_ops() {
  return kOps;
}

}  // namespace bondline::inference
