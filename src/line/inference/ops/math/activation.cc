// Activations: one float in, one float out, with parameters.
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

template <class F>
bool map(const OpCall& call, F f) {
  const std::int64_t n = call.out[0].elements();
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = call.in[0].as<const T>();
    T* y = call.out[0].as<T>();
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(f(static_cast<Arithmetic<T>>(x[i])));
    return true;
  });
}

template <class T>
T sigmoid(T x) {
  // The form that cannot overflow on either side.
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const T e = std::exp(x);
  return e / (1 + e);
}

template <class T>
T softplus(T x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

bool run_relu(const OpCall& call, std::string*) {
  if (map(call, [](auto x) { return x < 0 ? decltype(x)(0) : x; })) return true;
  return with_integer(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t i = 0, n = call.out[0].elements(); i < n; ++i)
      call.out[0].as<T>()[i] = std::max(call.in[0].as<const T>()[i], T{0});
    return true;
  });
}

bool run_leaky(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 0.01f);
  return map(call, [=](auto x) { return x < 0 ? static_cast<decltype(x)>(alpha * x) : x; });
}
bool run_elu(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 1);
  return map(call, [=](auto x) { return x < 0 ? static_cast<decltype(x)>(alpha * std::expm1(x)) : x; });
}
bool run_selu(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 1.67326319217681884765625f);
  const float gamma = call.node.real("gamma", 1.05070102214813232421875f);
  return map(call, [=](auto x) {
    return static_cast<decltype(x)>(x <= 0 ? gamma * (alpha * std::exp(x) - alpha) : gamma * x);
  });
}
bool run_celu(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 1);
  return map(call,
             [=](auto x) { return static_cast<decltype(x)>(x > 0 ? x : alpha * std::expm1(x / alpha)); });
}
bool run_sigmoid(const OpCall& call, std::string*) {
  return map(call, [](auto x) { return sigmoid(x); });
}
bool run_hard_sigmoid(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 0.2f), beta = call.node.real("beta", 0.5f);
  return map(call, [=](auto x) {
    using T = decltype(x);
    return std::min(std::max(static_cast<T>(alpha * x + beta), T(0)), T(1));  // what is no number stays none
  });
}
bool run_hard_swish(const OpCall& call, std::string*) {
  return map(call, [](auto x) {
    using T = decltype(x);
    return x * std::max(T(0), std::min(T(1), x / 6 + T(0.5)));
  });
}
bool run_softplus(const OpCall& call, std::string*) {
  return map(call, [](auto x) { return softplus(x); });
}
bool run_softsign(const OpCall& call, std::string*) {
  return map(call, [](auto x) { return x / (1 + std::abs(x)); });
}
bool run_thresholded(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 1);
  return map(call, [=](auto x) { return x > alpha ? x : decltype(x)(0); });
}
bool run_mish(const OpCall& call, std::string*) {
  return map(call, [](auto x) { return x * std::tanh(softplus(x)); });
}
// Hendrycks and Gimpel 2016: x Phi(x), or its tanh approximation.
bool run_gelu(const OpCall& call, std::string*) {
  if (text_of(call.node, "approximate", "none") == "tanh")
    return map(call, [](auto x) {
      using T = decltype(x);
      return T(0.5) * x * (1 + std::tanh(T(0.7978845608028654) * (x + T(0.044715) * x * x * x)));
    });
  return map(call, [](auto x) {
    using T = decltype(x);
    return T(0.5) * x * (1 + std::erf(x * T(0.70710678118654752)));
  });
}
bool run_quick_gelu(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 1.702f);
  return map(call, [=](auto x) { return x * sigmoid(static_cast<decltype(x)>(alpha * x)); });
}

bool run_shrink(const OpCall& call, std::string*) {
  const double bias = call.node.real("bias", 0), lambd = call.node.real("lambd", 0.5f);
  const std::int64_t n = call.out[0].elements();
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto x = static_cast<double>(static_cast<Arithmetic<T>>(call.in[0].as<const T>()[i]));
      const double y = x < -lambd ? x + bias : x > lambd ? x - bias : 0;
      call.out[0].as<T>()[i] = static_cast<T>(static_cast<Arithmetic<T>>(y));
    }
    return true;
  });
}

// Clip: bounds are attributes before opset 11, optional scalar inputs after.
bool infer_clip(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, call.opset < 11 ? 1 : 3, problem) || !check_number(call, 0, problem))
    return false;
  for (std::size_t i = 1; i < call.in.size(); ++i)
    if (has(call.in, i) && (!check_same(call, 0, i, problem) || elements_of(call.in[i].shape) != 1))
      return problem->empty() ? fail(problem, "input " + std::to_string(i) + " (a bound) must be a scalar")
                              : false;
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_clip(const OpCall& call, std::string*) {
  const std::int64_t n = call.out[0].elements();
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    A low = std::numeric_limits<A>::lowest(), high = std::numeric_limits<A>::max();
    if constexpr (std::is_floating_point_v<A>) {
      low = -std::numeric_limits<A>::infinity();
      high = std::numeric_limits<A>::infinity();
      if (call.opset < 11 && call.node.find("min")) low = call.node.real("min", 0);
      if (call.opset < 11 && call.node.find("max")) high = call.node.real("max", 0);
    }
    if (has(call.in, 1)) low = static_cast<A>(*call.in[1].as<const T>());
    if (has(call.in, 2)) high = static_cast<A>(*call.in[2].as<const T>());
    for (std::int64_t i = 0; i < n; ++i) {
      A x = static_cast<A>(call.in[0].as<const T>()[i]);
      if (x < low) x = low;
      if (x > high) x = high;  // high wins when the bounds cross, as in numpy
      call.out[0].as<T>()[i] = static_cast<T>(x);
    }
    return true;
  });
}

bool infer_prelu(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 2, problem) || !check_number(call, 0, problem) ||
      !check_same(call, 0, 1, problem))
    return false;
  Shape wide;
  Shape slope = call.in[1].shape;
  // Before opset 7 a one-dimensional slope stands for the channels.
  if (call.opset < 7 && slope.size() == 1 && slope[0] != 1 && call.in[0].shape.size() > 2)
    slope.resize(call.in[0].shape.size() - 1, 1);
  if (!broadcast(call.in[0].shape, slope, &wide, problem)) return false;
  if (wide != call.in[0].shape) return fail(problem, "slope does not broadcast to the input's shape");
  return give(out, 0, call.in[0].dtype, std::move(wide));
}

bool run_prelu(const OpCall& call, std::string*) {
  const Ints wide = call.out[0].shape;
  Indices slope = {};
  if (call.opset < 7 && call.in[1].shape.size() == 1 && call.in[1].shape[0] != 1 && wide.size() > 2)
    slope[1] = 1;
  else
    slope = broadcast_strides(call.in[1].shape, wide);
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    const T *x = call.in[0].as<const T>(), *s = call.in[1].as<const T>();
    T* y = call.out[0].as<T>();
    each_row(wide, strides_of(wide), slope,
             [&](std::int64_t o, std::int64_t n, std::int64_t a, std::int64_t da, std::int64_t b,
                 std::int64_t db) {
               for (std::int64_t i = 0; i < n; ++i) {
                 const A v = static_cast<A>(x[a + i * da]);
                 y[o + i] = static_cast<T>(static_cast<A>(v < 0 ? v * static_cast<A>(s[b + i * db]) : v));
               }
             });
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Relu", 1, 21, infer_same, run_relu},
                           {"", "LeakyRelu", 1, 21, infer_same_float, run_leaky},
                           {"", "Elu", 1, 21, infer_same_float, run_elu},
                           {"", "Selu", 1, 21, infer_same_float, run_selu},
                           {"", "Celu", 12, 21, infer_same_float, run_celu},
                           {"", "Sigmoid", 1, 21, infer_same_float, run_sigmoid},
                           {"", "HardSigmoid", 1, 21, infer_same_float, run_hard_sigmoid},
                           {"", "HardSwish", 14, 21, infer_same_float, run_hard_swish},
                           {"", "Softplus", 1, 21, infer_same_float, run_softplus},
                           {"", "Softsign", 1, 21, infer_same_float, run_softsign},
                           {"", "ThresholdedRelu", 10, 21, infer_same_float, run_thresholded},
                           {"", "Mish", 18, 21, infer_same_float, run_mish},
                           {"", "Gelu", 20, 21, infer_same_float, run_gelu},
                           {kMicrosoft, "Gelu", 1, 1, infer_same_float, run_gelu},
                           {kMicrosoft, "QuickGelu", 1, 1, infer_same_float, run_quick_gelu},
                           {"", "Shrink", 9, 21, infer_same, run_shrink},
                           {"", "Clip", 1, 21, infer_clip, run_clip},
                           {"", "PRelu", 1, 21, infer_prelu, run_prelu}};

}  // namespace

std::span<const OpInfo> activation_ops() {
  return kOps;
}

}  // namespace bondline::inference
