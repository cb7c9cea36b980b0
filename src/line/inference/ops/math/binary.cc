// Two broadcast operands: arithmetic, logic, comparison.
#include <cmath>
#include <limits>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

// Before opset 7 the second operand is laid over the first from attribute axis on, when broadcast is set.
Shape second_shape(const Node& node, std::int64_t opset, Ints a, Ints b) {
  Shape shape(b.begin(), b.end());
  if (opset >= 7 || node.integer("broadcast", 0) == 0 || node.find("axis") == nullptr) return shape;
  const std::int64_t axis = node.integer("axis", 0);
  const auto rank = static_cast<std::int64_t>(a.size());
  const std::int64_t begin = axis < 0 ? axis + rank : axis;
  for (std::int64_t i = begin + static_cast<std::int64_t>(b.size()); i < rank && shape.size() < kMaxRank; ++i)
    shape.push_back(1);
  return shape;
}

bool infer_wide(const InferCall& call, Shape* wide, std::string* problem) {
  return check_inputs(call, 2, 2, problem) && check_same(call, 0, 1, problem) &&
         broadcast(call.in[0].shape, second_shape(call.node, call.opset, call.in[0].shape, call.in[1].shape),
                   wide, problem);
}

bool infer_arithmetic(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  return infer_wide(call, &wide, problem) && check_number(call, 0, problem) &&
         give(out, 0, call.in[0].dtype, std::move(wide));
}

bool infer_power(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  return check_inputs(call, 2, 2, problem) && check_number(call, 0, problem) &&
         check_number(call, 1, problem) &&
         broadcast(call.in[0].shape, second_shape(call.node, call.opset, call.in[0].shape, call.in[1].shape),
                   &wide, problem) &&
         give(out, 0, call.in[0].dtype, std::move(wide));
}

bool infer_integers(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  if (!infer_wide(call, &wide, problem)) return false;
  if (!is_integer(call.in[0].dtype)) return fail(problem, "inputs must be integers");
  return give(out, 0, call.in[0].dtype, std::move(wide));
}

bool infer_logic(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  return infer_wide(call, &wide, problem) && check_type(call, 0, {DType::boolean}, problem) &&
         give(out, 0, DType::boolean, std::move(wide));
}

bool infer_equal(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  return infer_wide(call, &wide, problem) && give(out, 0, DType::boolean, std::move(wide));
}

bool infer_order(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  return infer_wide(call, &wide, problem) && check_number(call, 0, problem) &&
         give(out, 0, DType::boolean, std::move(wide));
}

struct Walk {
  Indices a, b;
};

Walk walk(const OpCall& call) {
  const Ints wide = call.out[0].shape;
  Walk w{broadcast_strides(call.in[0].shape, wide), {}};
  const std::int64_t opset = call.opset;
  if (opset < 7 && call.node.find("axis") && call.node.integer("broadcast", 0) != 0) {
    const std::int64_t axis = call.node.integer("axis", 0);
    const std::size_t begin =
        static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(wide.size()) : axis);
    const Indices own = strides_of(call.in[1].shape);
    for (std::size_t i = 0; i < call.in[1].shape.size() && begin + i < wide.size(); ++i)
      w.b[begin + i] = call.in[1].shape[i] == 1 ? 0 : own[i];
  } else {
    w.b = broadcast_strides(call.in[1].shape, wide);
  }
  return w;
}

// y = f(a, b) over arithmetic values of T, with the three shapes of row that matter written out.
template <class T, class U, class Out, class F>
void apply(const OpCall& call, F f) {
  const Walk w = walk(call);
  const T* a = call.in[0].as<const T>();
  const U* b = call.in[1].as<const U>();
  Out* y = call.out[0].as<Out>();
  const auto one = [&](std::int64_t i, std::int64_t j) {
    return f(static_cast<Arithmetic<T>>(a[i]), static_cast<Arithmetic<U>>(b[j]));
  };
  each_row(
      call.out[0].shape, w.a, w.b,
      [&](std::int64_t o, std::int64_t n, std::int64_t i, std::int64_t di, std::int64_t j, std::int64_t dj) {
        if (di == 1 && dj == 1)
          for (std::int64_t k = 0; k < n; ++k) y[o + k] = static_cast<Out>(one(i + k, j + k));
        else
          for (std::int64_t k = 0; k < n; ++k) y[o + k] = static_cast<Out>(one(i + k * di, j + k * dj));
      });
}

// Integers wrap around: calculated unsigned, so that overflow is defined.
template <class A, class F>
auto wrapping(F f) {
  return [f](A x, A y) {
    if constexpr (std::is_integral_v<A>) {
      using U = std::conditional_t<(sizeof(A) < 8), std::uint32_t, std::uint64_t>;
      return static_cast<A>(f(static_cast<U>(x), static_cast<U>(y)));
    } else {
      return f(x, y);
    }
  };
}

template <class F>
bool arithmetic(const OpCall& call, F f) {
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    apply<T, T, T>(call, wrapping<Arithmetic<T>>(f));
    return true;
  });
}

bool run_add(const OpCall& call, std::string*) {
  return arithmetic(call, [](auto x, auto y) { return x + y; });
}
bool run_sub(const OpCall& call, std::string*) {
  return arithmetic(call, [](auto x, auto y) { return x - y; });
}
bool run_mul(const OpCall& call, std::string*) {
  return arithmetic(call, [](auto x, auto y) { return x * y; });
}

bool has_zero(const OpTensor& t) {
  bool found = false;
  with_integer(t.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = t.as<const T>();
    found = std::find(x, x + t.elements(), T{0}) != x + t.elements();
    return true;
  });
  return found;
}

bool run_div(const OpCall& call, std::string* problem) {
  if (has_zero(call.in[1])) return fail(problem, "divides an integer by zero");
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    apply<T, T, T>(call, [](auto x, auto y) {
      using A = decltype(x);
      if constexpr (std::is_integral_v<A> && std::is_signed_v<A>)
        return y == A(-1) ? static_cast<A>(A(0) - static_cast<std::make_unsigned_t<A>>(x))
                          : static_cast<A>(x / y);
      else
        return static_cast<A>(x / y);
    });
    return true;
  });
}

// fmod = 0: the sign of the divisor (Python's %), integers only; fmod = 1: the sign of the dividend (C's
// fmod).
bool run_mod(const OpCall& call, std::string* problem) {
  if (has_zero(call.in[1])) return fail(problem, "divides an integer by zero");
  const bool c_style = call.node.integer("fmod", 0) != 0;
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    apply<T, T, T>(call, [c_style](auto x, auto y) {
      using A = decltype(x);
      if constexpr (std::is_floating_point_v<A>) {
        const A r = std::fmod(x, y);
        return !c_style && r != 0 && (r < 0) != (y < 0) ? r + y : r;
      } else {
        if constexpr (std::is_signed_v<A>) {
          if (y == A(-1)) return A(0);
        }
        const A r = static_cast<A>(x % y);
        return !c_style && r != 0 && (r < 0) != (y < 0) ? static_cast<A>(r + y) : r;
      }
    });
    return true;
  });
}

template <class B, class E>
B power(B base, E exponent) {
  if constexpr (std::is_integral_v<B> && std::is_integral_v<E>) {
    if constexpr (std::is_signed_v<E>) {
      if (exponent < 0) return base == 1 ? B(1) : base == B(-1) ? (exponent % 2 == 0 ? B(1) : B(-1)) : B(0);
    }
    std::uint64_t result = 1, factor = static_cast<std::uint64_t>(base);
    for (auto e = static_cast<std::uint64_t>(exponent); e != 0; e >>= 1, factor *= factor)
      if (e & 1) result *= factor;
    return static_cast<B>(result);
  } else if constexpr (std::is_same_v<B, float>) {
    return std::pow(base, static_cast<float>(exponent));
  } else {
    const double result = std::pow(static_cast<double>(base), static_cast<double>(exponent));
    if constexpr (std::is_integral_v<B>)
      return result > -9.2e18 && result < 9.2e18 ? static_cast<B>(static_cast<std::int64_t>(result)) : B(0);
    else
      return result;
  }
}

bool run_pow(const OpCall& call, std::string*) {
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return with_number(call.in[1].dtype, [&](auto other) {
      using U = typename decltype(other)::type;
      apply<T, U, T>(call, [](auto x, auto y) { return power(x, y); });
      return true;
    });
  });
}

template <class F>
bool integers(const OpCall& call, F f) {
  return with_integer(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    apply<T, T, T>(call, f);
    return true;
  });
}

bool infer_shift(const InferCall& call, Outputs* out, std::string* problem) {
  const std::string direction = call.node.text("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return fail(problem, "attribute direction must be LEFT or RIGHT");
  return infer_integers(call, out, problem);
}

bool run_shift(const OpCall& call, std::string*) {
  const bool left = text_of(call.node, "direction", "LEFT") == "LEFT";
  return integers(call, [left](auto x, auto y) {
    using T = decltype(x);
    const auto places = static_cast<std::uint64_t>(y);
    if (places >= 8 * sizeof(T)) return T(0);
    return left ? static_cast<T>(static_cast<std::uint64_t>(x) << places) : static_cast<T>(x >> places);
  });
}

bool run_and(const OpCall& call, std::string*) {
  apply<std::uint8_t, std::uint8_t, std::uint8_t>(call, [](auto x, auto y) { return (x != 0) & (y != 0); });
  return true;
}
bool run_or(const OpCall& call, std::string*) {
  apply<std::uint8_t, std::uint8_t, std::uint8_t>(call, [](auto x, auto y) { return (x != 0) | (y != 0); });
  return true;
}
bool run_xor(const OpCall& call, std::string*) {
  apply<std::uint8_t, std::uint8_t, std::uint8_t>(call, [](auto x, auto y) { return (x != 0) != (y != 0); });
  return true;
}
bool run_bit_and(const OpCall& call, std::string*) {
  return integers(call, [](auto x, auto y) { return x & y; });
}
bool run_bit_or(const OpCall& call, std::string*) {
  return integers(call, [](auto x, auto y) { return x | y; });
}
bool run_bit_xor(const OpCall& call, std::string*) {
  return integers(call, [](auto x, auto y) { return x ^ y; });
}

template <class F>
bool compare(const OpCall& call, F f) {
  if (call.in[0].dtype == DType::boolean) {
    apply<std::uint8_t, std::uint8_t, std::uint8_t>(call, f);
    return true;
  }
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    apply<T, T, std::uint8_t>(call, f);
    return true;
  });
}

bool run_equal(const OpCall& call, std::string*) {
  if (call.in[0].dtype == DType::string) {
    const Walk w = walk(call);
    each_row(call.out[0].shape, w.a, w.b,
             [&](std::int64_t o, std::int64_t n, std::int64_t i, std::int64_t di, std::int64_t j,
                 std::int64_t dj) {
               for (std::int64_t k = 0; k < n; ++k)
                 call.out[0].as<std::uint8_t>()[o + k] = call.in[0].as<const std::string>()[i + k * di] ==
                                                         call.in[1].as<const std::string>()[j + k * dj];
             });
    return true;
  }
  return compare(call, [](auto x, auto y) { return x == y; });
}
bool run_greater(const OpCall& call, std::string*) {
  return compare(call, [](auto x, auto y) { return x > y; });
}
bool run_less(const OpCall& call, std::string*) {
  return compare(call, [](auto x, auto y) { return x < y; });
}
bool run_greater_equal(const OpCall& call, std::string*) {
  return compare(call, [](auto x, auto y) { return x >= y; });
}
bool run_less_equal(const OpCall& call, std::string*) {
  return compare(call, [](auto x, auto y) { return x <= y; });
}

constexpr OpInfo kArithmetic[] = {{"", "Add", 1, 21, infer_arithmetic, run_add},
                                  {"", "Sub", 1, 21, infer_arithmetic, run_sub},
                                  {"", "Mul", 1, 21, infer_arithmetic, run_mul},
                                  {"", "Div", 1, 21, infer_arithmetic, run_div},
                                  {"", "Mod", 10, 21, infer_arithmetic, run_mod},
                                  {"", "Pow", 1, 21, infer_power, run_pow},
                                  {"", "BitShift", 11, 21, infer_shift, run_shift},
                                  {"", "BitwiseAnd", 18, 21, infer_integers, run_bit_and},
                                  {"", "BitwiseOr", 18, 21, infer_integers, run_bit_or},
                                  {"", "BitwiseXor", 18, 21, infer_integers, run_bit_xor}};

constexpr OpInfo kCompare[] = {{"", "And", 1, 21, infer_logic, run_and},
                               {"", "Or", 1, 21, infer_logic, run_or},
                               {"", "Xor", 1, 21, infer_logic, run_xor},
                               {"", "Equal", 1, 21, infer_equal, run_equal},
                               {"", "Greater", 1, 21, infer_order, run_greater},
                               {"", "Less", 1, 21, infer_order, run_less},
                               {"", "GreaterOrEqual", 12, 21, infer_order, run_greater_equal},
                               {"", "LessOrEqual", 12, 21, infer_order, run_less_equal}};

}  // namespace

std::span<const OpInfo> binary_ops() {
  return kArithmetic;
}
std::span<const OpInfo> compare_ops() {
  return kCompare;
}

}  // namespace bondline::inference
