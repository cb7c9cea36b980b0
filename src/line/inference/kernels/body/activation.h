// Activations on vectors. Errors stated are the largest seen against double precision over the whole range (a
// test holds them).
#include "line/inference/kernels/body/vector.h"

namespace bondline::inference::kernels {
namespace {

INLINE vf magnitude(vf v) {
  return reinterpret_cast<vf>(reinterpret_cast<vi>(v) & 0x7fffffff);
}

// e^r 2^n in its parts: n = rint(x / ln 2), e^r by the polynomial of Cephes expf (Moshier 1989), |r| <= ln 2
// / 2.
struct ExpParts {
  vf power;
  vi n;
};
INLINE ExpParts exp_parts(vf x) {
  const vf n = nearest(x * 1.44269504088896341f);
  const vf r = (x - n * 0.693359375f) - n * -2.12194440e-4f;  // ln 2 in two parts
  vf y = splat(1.9875691500e-4f);
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  return {y * (r * r) + r + 1.0f, to_i(n)};
}

// 2 ulp where the result is normal; 0 below -87.33, infinite above 88.72.
INLINE vf exp_of(vf x) {
  const ExpParts p = exp_parts(at_most(at_least(x, splat(-87.33654f)), splat(88.72283f)));
  const vi half = p.n >> 1;  // in two factors: n reaches 128
  vf y = p.power * reinterpret_cast<vf>((half + 127) << 23) * reinterpret_cast<vf>((p.n - half + 127) << 23);
  y = x > 88.72283f ? splat(__builtin_inff()) : y;
  y = x < -87.33654f ? splat(0) : y;
  return x == x ? y : x;
}

// 1 + e^-x for sigmoids, -x kept within +-86: beyond, the quotient is 0 or 1 to the last bit but one.
INLINE vf one_plus_exp_of_minus(vf x) {
  const ExpParts p = exp_parts(at_most(at_least(-x, splat(-86.0f)), splat(86.0f)));
  return 1.0f + p.power * reinterpret_cast<vf>((p.n + 127) << 23);
}

// Cephes logf (Moshier 1989); 2 ulp for x > 0. Subnormal x are scaled by 2^23 first.
INLINE vf log_of(vf x) {
  const vi tiny = x < 1.17549435e-38f;
  const vi bits = reinterpret_cast<vi>(tiny ? x * 8388608.0f : x);
  vi e = ((bits >> 23) & 255) - 126 - (tiny & 23);
  vf m = reinterpret_cast<vf>((bits & 0x7fffff) | 0x3f000000);  // [0.5, 1)
  const vi small = m < 0.70710678118654752f;
  e += small;  // minus one where true
  m = small ? m + m - 1.0f : m - 1.0f;
  const vf z = m * m;
  vf y = splat(7.0376836292e-2f);
  y = y * m - 1.1514610310e-1f;
  y = y * m + 1.1676998740e-1f;
  y = y * m - 1.2420140846e-1f;
  y = y * m + 1.4249322787e-1f;
  y = y * m - 1.6668057665e-1f;
  y = y * m + 2.0000714765e-1f;
  y = y * m - 2.4999993993e-1f;
  y = y * m + 3.3333331174e-1f;
  y = y * m * z;
  const vf ef = to_f(e);
  y = y + ef * -2.12194440e-4f - 0.5f * z;
  y = m + y + ef * 0.693359375f;
  y = x == 0.0f ? splat(-__builtin_inff()) : y;
  y = x < 0.0f ? splat(__builtin_nanf("")) : y;
  return x == __builtin_inff() || x != x ? x : y;
}

INLINE vf sigmoid_of(vf x) {
  const vf y = 1.0f / one_plus_exp_of_minus(x);
  return x == x ? y : x;
}

// Cephes tanhf (Moshier 1989): polynomial below 0.625, exponential above. 2 ulp.
INLINE vf tanh_of(vf x) {
  const vf a = magnitude(x), z = x * x;
  vf p = splat(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const vf near = x + x * z * p;
  const vf far = 1.0f - 2.0f / (exp_of(a + a) + 1.0f);
  return a < 0.625f ? near : x < 0.0f ? -far : x != x ? x : far;
}

// Rational approximation on [-4, 4] used by several open numeric libraries (Eigen's generic_fast_erf_float);
// absolute error 3e-7.
INLINE vf erf_of(vf v) {
  const vf x = v < -4.0f ? splat(-4.0f) : v > 4.0f ? splat(4.0f) : v, z = x * x;
  vf p = splat(-2.72614225801306e-10f);
  p = p * z + 2.77068142495902e-08f;
  p = p * z - 2.10102402082508e-06f;
  p = p * z - 5.69250639462346e-05f;
  p = p * z - 7.34990630326855e-04f;
  p = p * z - 2.95459980854025e-03f;
  p = p * z - 1.60960333262415e-02f;
  vf q = splat(-1.45660718464996e-05f);
  q = q * z - 2.13374055278905e-04f;
  q = q * z - 1.68282697438203e-03f;
  q = q * z - 7.37332916720468e-03f;
  q = q * z - 1.42647390514189e-02f;
  return x * p / q;
}

template <class F>
INLINE vf each(vf v, F f) {
  for (int i = 0; i < W; ++i) v[i] = f(v[i]);
  return v;
}

INLINE vf activation_of(Activation kind, float a, float b, vf x) {
  switch (kind) {
    case Activation::relu:
      return x < 0.0f ? splat(0) : x;
    case Activation::clip: {
      const vf y = x < a ? splat(a) : x;
      return y > b ? splat(b) : y;
    }
    case Activation::leaky_relu:
      return x < 0.0f ? x * a : x;
    case Activation::silu:
      return x / one_plus_exp_of_minus(x);
    case Activation::sigmoid:
      return sigmoid_of(x);
    case Activation::hard_swish:
      return x * at_most(at_least(x * (1.0f / 6) + 0.5f, splat(0)), splat(1));
    case Activation::hard_sigmoid: {
      const vf y = x * a + b, low = y < 0.0f ? splat(0) : y;
      return low > 1.0f ? splat(1) : low;  // what is no number stays none
    }
    case Activation::gelu:
      return 0.5f * x * (1.0f + erf_of(x * 0.70710678118654752f));
    case Activation::gelu_tanh:
      return 0.5f * x * (1.0f + tanh_of(0.79788456080286536f * (x + 0.044715f * x * x * x)));
    case Activation::tanh:
      return tanh_of(x);
    case Activation::elu:
      return x < 0.0f ? a * (exp_of(x) - 1.0f) : x;
    case Activation::softplus:
      return (x > 0.0f ? x : splat(0)) + log_of(1.0f + exp_of(-magnitude(x)));
    case Activation::mish: {  // x tanh(ln(1 + e^x)) = x n / (n + 2), n = e^x (e^x + 2)
      const vf e = exp_of(at_most(x, splat(20))), n = e * (e + 2.0f);
      return x > 20.0f ? x : x * n / (n + 2.0f);
    }
    case Activation::exp:
      return exp_of(x);
    case Activation::log:
      return log_of(x);
    case Activation::sqrt:
      return each(x, [](float y) { return __builtin_sqrtf(y); });
    case Activation::reciprocal:
      return 1.0f / x;
    case Activation::erf:
      return erf_of(x);
    case Activation::abs:
      return magnitude(x);
    case Activation::neg:
      return -x;
    case Activation::floor:
      return each(x, [](float y) { return __builtin_floorf(y); });
    case Activation::ceil:
      return each(x, [](float y) { return __builtin_ceilf(y); });
    case Activation::round:
      return each(x, [](float y) { return __builtin_rintf(y); });
    case Activation::square:
      return x * x;
    case Activation::none:
      break;
  }
  return x;
}

// One loop per kind: the switch is resolved at compile time.
template <Activation kind>
void finish_as(long n, const float* in, const float* residual, bool after, const ActivationOf& act,
               float* out) {
  const auto one = [&](vf x, vf r) {
    return residual && after ? activation_of(kind, act.a, act.b, x) + r
                             : activation_of(kind, act.a, act.b, x + r);
  };
  long i = 0;
  if (!residual)
    for (; i + W <= n; i += W) store_f(out + i, activation_of(kind, act.a, act.b, load_f(in + i)));
  for (; i + W <= n; i += W) store_f(out + i, one(load_f(in + i), load_f(residual + i)));
  if (i == n) return;
  vf x{}, r{};
  for (long j = 0; i + j < n; ++j) {
    x[j] = in[i + j];
    if (residual) r[j] = residual[i + j];
  }
  const vf y = residual ? one(x, r) : activation_of(kind, act.a, act.b, x);
  for (long j = 0; i + j < n; ++j) out[i + j] = y[j];
}

void finish_f32(long n, const float* in, const float* residual, bool after, const ActivationOf& act,
                float* out) {
  switch (act.kind) {
#define BONDLINE_CASE(kind) \
  case Activation::kind:    \
    return finish_as<Activation::kind>(n, in, residual, after, act, out)
    BONDLINE_CASE(none);
    BONDLINE_CASE(relu);
    BONDLINE_CASE(clip);
    BONDLINE_CASE(leaky_relu);
    BONDLINE_CASE(silu);
    BONDLINE_CASE(sigmoid);
    BONDLINE_CASE(hard_swish);
    BONDLINE_CASE(hard_sigmoid);
    BONDLINE_CASE(gelu);
    BONDLINE_CASE(gelu_tanh);
    BONDLINE_CASE(tanh);
    BONDLINE_CASE(elu);
    BONDLINE_CASE(softplus);
    BONDLINE_CASE(mish);
    BONDLINE_CASE(exp);
    BONDLINE_CASE(log);
    BONDLINE_CASE(sqrt);
    BONDLINE_CASE(reciprocal);
    BONDLINE_CASE(erf);
    BONDLINE_CASE(abs);
    BONDLINE_CASE(neg);
    BONDLINE_CASE(floor);
    BONDLINE_CASE(ceil);
    BONDLINE_CASE(round);
    BONDLINE_CASE(square);
#undef BONDLINE_CASE
  }
}

}  // namespace
}  // namespace bondline::inference::kernels
