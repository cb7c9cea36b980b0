// One number in, one number out: arithmetic and trigonometry. 16-bit floats are calculated in float.
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

template <class F>
bool map_floats(const OpCall& call, F f) {
  const std::int64_t n = call.out[0].elements();
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = call.in[0].as<const T>();
    T* y = call.out[0].as<T>();
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(f(static_cast<Arithmetic<T>>(x[i])));
    return true;
  });
}

template <class F>
bool map_numbers(const OpCall& call, F f) {
  if (map_floats(call, f)) return true;
  const std::int64_t n = call.out[0].elements();
  return with_integer(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = call.in[0].as<const T>();
    T* y = call.out[0].as<T>();
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(f(x[i]));
    return true;
  });
}

#define BONDLINE_UNARY(name, expression)                                                  \
  bool name(const OpCall& call, std::string*) {                                           \
    return map_floats(call, [](auto x) { return static_cast<decltype(x)>(expression); }); \
  }
BONDLINE_UNARY(run_sqrt, std::sqrt(x))
BONDLINE_UNARY(run_reciprocal, 1 / x)
BONDLINE_UNARY(run_exp, std::exp(x))
BONDLINE_UNARY(run_log, std::log(x))
BONDLINE_UNARY(run_sin, std::sin(x))
BONDLINE_UNARY(run_cos, std::cos(x))
BONDLINE_UNARY(run_tan, std::tan(x))
BONDLINE_UNARY(run_asin, std::asin(x))
BONDLINE_UNARY(run_acos, std::acos(x))
BONDLINE_UNARY(run_atan, std::atan(x))
BONDLINE_UNARY(run_sinh, std::sinh(x))
BONDLINE_UNARY(run_cosh, std::cosh(x))
BONDLINE_UNARY(run_tanh, std::tanh(x))
BONDLINE_UNARY(run_asinh, std::asinh(x))
BONDLINE_UNARY(run_acosh, std::acosh(x))
BONDLINE_UNARY(run_atanh, std::atanh(x))
BONDLINE_UNARY(run_erf, std::erf(x))
BONDLINE_UNARY(run_floor, std::floor(x))
BONDLINE_UNARY(run_ceil, std::ceil(x))
BONDLINE_UNARY(run_round, std::nearbyint(x))  // to nearest even, the default rounding mode
#undef BONDLINE_UNARY

bool run_abs(const OpCall& call, std::string*) {
  return map_numbers(call, [](auto x) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<T>(std::abs(x));
    else if constexpr (std::is_signed_v<T>)
      return static_cast<T>(x < 0 ? T{0} - static_cast<std::make_unsigned_t<T>>(x) : x);
    else
      return x;
  });
}

bool run_neg(const OpCall& call, std::string*) {
  return map_numbers(call, [](auto x) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<T>(-x);
    else
      return static_cast<T>(std::make_unsigned_t<T>{0} - static_cast<std::make_unsigned_t<T>>(x));
  });
}

bool run_sign(const OpCall& call, std::string*) {
  return map_numbers(call, [](auto x) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>)
      return std::isnan(x) ? x : static_cast<T>((x > 0) - (x < 0));
    else
      return static_cast<T>((x > 0) - (x < 0));
  });
}

bool infer_bool_of_float(const InferCall& call, Outputs* out, std::string* problem) {
  return check_inputs(call, 1, 1, problem) && check_float(call, 0, problem) &&
         give(out, 0, DType::boolean, call.in[0].shape);
}

template <class F>
bool test_floats(const OpCall& call, F f) {
  const std::int64_t n = call.out[0].elements();
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = call.in[0].as<const T>();
    auto* y = call.out[0].as<std::uint8_t>();
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(static_cast<Arithmetic<T>>(x[i])) ? 1 : 0;
    return true;
  });
}

bool run_is_nan(const OpCall& call, std::string*) {
  return test_floats(call, [](auto x) { return std::isnan(x); });
}

bool run_is_inf(const OpCall& call, std::string*) {
  const bool positive = call.node.integer("detect_positive", 1) != 0;
  const bool negative = call.node.integer("detect_negative", 1) != 0;
  return test_floats(call, [=](auto x) { return std::isinf(x) && (x > 0 ? positive : negative); });
}

bool infer_not(const InferCall& call, Outputs* out, std::string* problem) {
  return check_inputs(call, 1, 1, problem) && check_type(call, 0, {DType::boolean}, problem) &&
         give(out, 0, DType::boolean, call.in[0].shape);
}

bool run_not(const OpCall& call, std::string*) {
  const auto* x = call.in[0].as<const std::uint8_t>();
  auto* y = call.out[0].as<std::uint8_t>();
  for (std::int64_t i = 0, n = call.out[0].elements(); i < n; ++i) y[i] = x[i] == 0 ? 1 : 0;
  return true;
}

bool infer_bits(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem)) return false;
  if (!is_integer(call.in[0].dtype)) return fail(problem, "input 0 must be an integer");
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_bitwise_not(const OpCall& call, std::string*) {
  const std::int64_t n = call.out[0].elements();
  return with_integer(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t i = 0; i < n; ++i)
      call.out[0].as<T>()[i] = static_cast<T>(~call.in[0].as<const T>()[i]);
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Abs", 1, 21, infer_same, run_abs},
                           {"", "Neg", 1, 21, infer_same, run_neg},
                           {"", "Sign", 9, 21, infer_same, run_sign},
                           {"", "Sqrt", 1, 21, infer_same_float, run_sqrt},
                           {"", "Reciprocal", 1, 21, infer_same_float, run_reciprocal},
                           {"", "Exp", 1, 21, infer_same_float, run_exp},
                           {"", "Log", 1, 21, infer_same_float, run_log},
                           {"", "Sin", 7, 21, infer_same_float, run_sin},
                           {"", "Cos", 7, 21, infer_same_float, run_cos},
                           {"", "Tan", 7, 21, infer_same_float, run_tan},
                           {"", "Asin", 7, 21, infer_same_float, run_asin},
                           {"", "Acos", 7, 21, infer_same_float, run_acos},
                           {"", "Atan", 7, 21, infer_same_float, run_atan},
                           {"", "Sinh", 9, 21, infer_same_float, run_sinh},
                           {"", "Cosh", 9, 21, infer_same_float, run_cosh},
                           {"", "Tanh", 1, 21, infer_same_float, run_tanh},
                           {"", "Asinh", 9, 21, infer_same_float, run_asinh},
                           {"", "Acosh", 9, 21, infer_same_float, run_acosh},
                           {"", "Atanh", 9, 21, infer_same_float, run_atanh},
                           {"", "Erf", 9, 21, infer_same_float, run_erf},
                           {"", "Floor", 1, 21, infer_same_float, run_floor},
                           {"", "Ceil", 1, 21, infer_same_float, run_ceil},
                           {"", "Round", 11, 21, infer_same_float, run_round},
                           {"", "IsNaN", 9, 21, infer_bool_of_float, run_is_nan},
                           {"", "IsInf", 10, 21, infer_bool_of_float, run_is_inf},
                           {"", "Not", 1, 21, infer_not, run_not},
                           {"", "BitwiseNot", 18, 21, infer_bits, run_bitwise_not}};

}  // namespace

std::span<const OpInfo> unary_ops() {
  return kOps;
}

}  // namespace bondline::inference
