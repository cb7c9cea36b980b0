// Activations in double precision, by definition.
#pragma once
#include <algorithm>
#include <cmath>

#include "line/inference/kernels/kernels.h"

namespace kernel_checks {

inline double activation_reference(const bondline::inference::kernels::ActivationOf& act, double x) {
  using bondline::inference::kernels::Activation;
  const double a = act.a, b = act.b;
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  const auto softplus = [](double v) { return std::max(v, 0.0) + std::log1p(std::exp(-std::fabs(v))); };
  switch (act.kind) {
    case Activation::none:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::clip:
      return std::min(std::max(x, a), b);
    case Activation::leaky_relu:
      return x < 0 ? a * x : x;
    case Activation::silu:
      return x * sigmoid(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::hard_swish:
      return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
    case Activation::hard_sigmoid:
      return std::clamp(a * x + b, 0.0, 1.0);
    case Activation::gelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
    case Activation::tanh:
      return std::tanh(x);
    case Activation::elu:
      return x < 0 ? a * std::expm1(x) : x;
    case Activation::softplus:
      return softplus(x);
    case Activation::mish:
      return x * std::tanh(softplus(x));
    case Activation::exp:
      return std::exp(x) > 3.4028235e38 ? INFINITY : std::exp(x);
    case Activation::log:
      return std::log(x);
    case Activation::sqrt:
      return std::sqrt(x);
    case Activation::reciprocal:
      return 1 / x;
    case Activation::erf:
      return std::erf(x);
    case Activation::abs:
      return std::fabs(x);
    case Activation::neg:
      return -x;
    case Activation::floor:
      return std::floor(x);
    case Activation::ceil:
      return std::ceil(x);
    case Activation::round:
      return std::nearbyint(x);
    case Activation::square:
      return x * x;
  }
  return x;
}

}  // namespace kernel_checks
