#include <algorithm>
#include <cmath>
#include <sstream>

#include "activation_reference.h"
#include "checks.h"
#include "conv_cases.h"

namespace kernel_checks {
namespace {

struct F32Case {
  ConvF32 conv;
  std::vector<float> weights, bias;
};

double sum_of(const F32Case& c, const float* in, int n, int y, int x, int o, double& magnitude) {
  const ConvShape& s = c.conv.shape;
  const int per = s.in.c / s.groups, first = o / (s.out.c / s.groups) * per;
  double sum = c.bias[static_cast<std::size_t>(o)];
  magnitude = std::fabs(sum);
  for (int ky = 0; ky < s.kernel_h; ++ky)
    for (int kx = 0; kx < s.kernel_w; ++kx) {
      const int iy = y * s.stride_h - s.pad_top + ky * s.dilation_h,
                ix = x * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (iy < 0 || iy >= s.in.h || ix < 0 || ix >= s.in.w) continue;
      for (int i = 0; i < per; ++i) {
        const double w =
            c.weights[static_cast<std::size_t>(((o * per + i) * s.kernel_h + ky) * s.kernel_w + kx)];
        const double term = w * in[at(s.in, n, iy, ix, first + i)];
        sum += term;
        magnitude += std::fabs(term);
      }
    }
  return sum;
}

std::string check(Random& random, F32Case& c) {
  if (const char* why = problem(c.conv)) return std::string(why) + ": " + text_of(c.conv.shape);
  const ConvShape& s = c.conv.shape;
  Guarded<float> in(static_cast<std::size_t>(span_of(s.in))), out(static_cast<std::size_t>(span_of(s.out)));
  Guarded<float> residual(static_cast<std::size_t>(span_of(c.conv.residual_at)));
  Guarded<std::uint8_t> packed((packed_bytes(c.conv) + 63) / 64 * 64);
  for (std::size_t i = 0; i < in.size(); ++i) in.data()[i] = random.real(-1, 1);
  for (std::size_t i = 0; i < residual.size(); ++i) residual.data()[i] = random.real(-1, 1);
  pack(c.conv, {c.weights.data(), c.bias.data()}, packed.data());
  // A sum may be written over one of its terms.
  const bool in_place = c.conv.residual && same_places(c.conv.residual_at, s.out);
  if (in_place) copy_elements(s.out, residual, out);
  run_all(random, c.conv,
          {in.data(), packed.data(), out.data(), in_place ? out.data() : residual.data(), nullptr});
  const bool winograd = std::string(variant_name(c.conv)).find("winograd") != std::string::npos;
  const ActivationOf& act = c.conv.activation;
  double largest = 0;
  struct Miss {
    double got, want, allowed;
  };
  std::vector<Miss> misses;
  for (int n = 0; n < s.out.n; ++n)
    for (int y = 0; y < s.out.h; ++y)
      for (int x = 0; x < s.out.w; ++x)
        for (int o = 0; o < s.out.c; ++o) {
          double magnitude = 0, want = sum_of(c, in.data(), n, y, x, o, magnitude);
          const double added = c.conv.residual ? residual[at(c.conv.residual_at, n, y, x, o)] : 0;
          largest = std::max(largest, std::fabs(want));
          want = c.conv.residual_after ? activation_reference(act, want) + added
                                       : activation_reference(act, want + added);
          // Rounding of each partial sum: a few units in the last place of the terms' magnitude.
          misses.push_back({out[at(s.out, n, y, x, o)], want, 4e-6 * (magnitude + std::fabs(added) + 1)});
        }
  for (const Miss& m : misses) {
    const double allowed = winograd ? 1e-3 * largest + 1e-5 : m.allowed;
    if (!(std::fabs(m.got - m.want) <= allowed)) {
      std::ostringstream t;
      t << m.got << " instead of " << m.want << " (" << allowed << ") in " << text_of(s) << " "
        << variant_name(c.conv) << " activation " << int(act.kind);
      return t.str();
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, out.data() + i, 4);
    const std::int64_t place = static_cast<std::int64_t>(i);
    const std::int64_t in_image = place % s.out.image, in_row = in_image % s.out.row,
                       in_pixel = in_row % s.out.pixel;
    const bool gap =
        in_pixel >= s.out.c || in_row >= s.out.w * s.out.pixel || in_image >= s.out.h * s.out.row;
    if (gap && bits != 0xa5a5a5a5u) return "wrote between the pixels of " + text_of(s);
  }
  return "";
}

}  // namespace

std::string conv_f32_is_close(Isa isa, int cases, std::uint64_t seed) {
  Random random(seed);
  static const Activation kKinds[] = {Activation::none, Activation::relu,       Activation::clip,
                                      Activation::silu, Activation::leaky_relu, Activation::hard_swish};
  for (int i = 0; i < cases; ++i) {
    F32Case c;
    c.conv.isa = isa;
    c.conv.shape = random_shape(random, random.chance(25));
    ConvShape& s = c.conv.shape;
    if (random.chance(25) && s.groups == 1) {  // what Winograd takes
      s.kernel_h = s.kernel_w = 3;
      s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = 1;
      s.pad_top = random.between(0, 1);
      s.pad_left = random.between(0, 1);
      s.out = random_view(random, s.in.n, std::max(1, s.in.h - 2 + s.pad_top + random.between(0, 1)),
                          std::max(1, s.in.w - 2 + s.pad_left + random.between(0, 1)), s.out.c,
                          random.chance(40));
    }
    c.conv.activation = {kKinds[random.between(0, 5)], random.chance(50) ? -0.5f : 0.1f, 0.75f};
    c.conv.residual = random.chance(40);
    c.conv.residual_after = random.chance(50);
    c.conv.residual_at = random_view(random, s.out.n, s.out.h, s.out.w, s.out.c, random.chance(40));
    if (random.chance(30)) c.conv.residual_at = s.out;
    c.conv.variant = static_cast<std::uint8_t>(random.between(0, variants(c.conv) - 1));
    c.weights.resize(static_cast<std::size_t>(s.in.c / s.groups * s.kernel_h * s.kernel_w) *
                     static_cast<std::size_t>(s.out.c));
    for (float& w : c.weights) w = random.real(-1, 1);
    for (int o = 0; o < s.out.c; ++o) c.bias.push_back(random.real(-1, 1));
    if (std::string why = check(random, c); !why.empty()) return "case " + std::to_string(i) + ": " + why;
  }
  return "";
}

std::string activations_are_accurate(Isa isa) {
  // Relative error allowed where the result is not tiny, absolute below.
  struct Row {
    Activation kind;
    double relative, absolute;
    float low, high;
  };
  static const Row kRows[] = {{Activation::relu, 0, 0, -9, 9},
                              {Activation::clip, 0, 0, -9, 9},
                              {Activation::leaky_relu, 1e-7, 0, -9, 9},
                              {Activation::silu, 5e-7, 1e-30, -60, 60},
                              {Activation::sigmoid, 3e-7, 1e-37, -86, 86},
                              {Activation::hard_swish, 3e-7, 1e-7, -9, 9},
                              {Activation::hard_sigmoid, 3e-7, 1e-7, -9, 9},
                              {Activation::gelu, 1e-6, 1e-6, -9, 9},
                              {Activation::gelu_tanh, 1e-6, 2e-6, -9, 9},
                              {Activation::tanh, 3e-7, 1e-37, -12, 12},
                              {Activation::elu, 3e-7, 1e-7, -9, 9},
                              {Activation::softplus, 1e-6, 2e-7, -20, 20},
                              {Activation::mish, 2e-6, 1e-6, -18, 30},
                              {Activation::exp, 3e-7, 1e-37, -87, 88},
                              {Activation::log, 3e-7, 1e-7, 1e-30f, 1e30f},
                              {Activation::sqrt, 1e-7, 0, 0, 1e20f},
                              {Activation::reciprocal, 1e-7, 0, 0.001f, 100},
                              {Activation::erf, 5e-7, 3e-7, -6, 6},
                              {Activation::abs, 0, 0, -9, 9},
                              {Activation::neg, 0, 0, -9, 9},
                              {Activation::floor, 0, 0, -9, 9},
                              {Activation::ceil, 0, 0, -9, 9},
                              {Activation::round, 0, 0, -9, 9},
                              {Activation::square, 1e-7, 0, -9, 9},
                              {Activation::none, 0, 0, -9, 9}};
  Random random(11);
  const int n = 4099;  // a tail for every width
  Guarded<float> in(n), out(n);
  for (const Row& row : kRows) {
    for (int i = 0; i < n; ++i)
      in[i] = row.kind == Activation::log ? std::exp(random.real(-60, 60)) : random.real(row.low, row.high);
    if (row.low < 0) in[0] = 0;
    Unary u;
    u.in = u.out = dense(1, 1, n, 1);
    u.isa = isa;
    u.activation = {row.kind, row.kind == Activation::clip ? -0.5f : 0.2f, 0.5f};
    run(u, in.data(), nullptr, out.data(), 0, work_items(u));
    for (int i = 0; i < n; ++i) {
      const double want = activation_reference(u.activation, in[i]);
      if (!(std::fabs(out[i] - want) <= row.relative * std::fabs(want) + row.absolute)) {
        std::ostringstream t;
        t.precision(9);
        t << "activation " << int(row.kind) << " of " << in[i] << " is " << out[i] << " instead of " << want;
        return t.str();
      }
    }
  }
  // What lies at the ends.
  const float ends[] = {-200, 200, -1e30f, 1e30f, INFINITY, -INFINITY, NAN};
  for (const Activation kind : {Activation::sigmoid, Activation::silu, Activation::tanh, Activation::exp,
                                Activation::mish, Activation::softplus, Activation::gelu}) {
    Unary u;
    u.in = u.out = dense(1, 1, 7, 1);
    u.isa = isa;
    u.activation.kind = kind;
    run(u, ends, nullptr, out.data(), 0, 1);
    for (int i = 0; i < 7; ++i) {
      const double want = activation_reference(u.activation, ends[i]);
      const bool same = std::isnan(want)   ? true
                        : std::isinf(want) ? out[i] == want
                                           : std::fabs(out[i] - want) <= 1e-6 * std::fabs(want) + 1e-6;
      if (!same || (i < 6 && std::isnan(out[i]) && !std::isnan(want))) {
        std::ostringstream t;
        t << "activation " << int(kind) << " of " << ends[i] << " is " << out[i] << " instead of " << want;
        return t.str();
      }
    }
  }
  return "";
}

}  // namespace kernel_checks
