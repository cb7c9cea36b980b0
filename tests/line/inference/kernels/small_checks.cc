#include <algorithm>
#include <cmath>
#include <sstream>

#include "checks.h"
#include "conv_cases.h"

namespace kernel_checks {
namespace {

struct Places {
  const Plane& p;
  template <class F>
  bool all(F f) const {
    for (int n = 0; n < p.n; ++n)
      for (int y = 0; y < p.h; ++y)
        for (int x = 0; x < p.w; ++x)
          for (int c = 0; c < p.c; ++c)
            if (!f(n, y, x, c)) return false;
    return true;
  }
};

int to_u8(float f, int zero, int lo, int hi) {
  return std::clamp(static_cast<int>(std::nearbyintf(std::clamp(f, -1e6f, 1e6f))) + zero, lo, hi);
}

Pool random_pool(Random& random, Isa isa, Type type) {
  Pool p;
  p.isa = isa;
  p.type = type;
  p.kind = random.chance(50) ? Pool::Kind::max : Pool::Kind::average;
  p.count_padding = random.chance(50);
  p.kernel_h = random.between(1, 5);
  p.kernel_w = random.between(1, 5);
  p.stride_h = random.between(1, 3);
  p.stride_w = random.between(1, 3);
  p.dilation_h = p.dilation_w = random.chance(80) ? 1 : 2;
  p.pad_top = random.between(0, (p.kernel_h - 1) / 2);
  p.pad_left = random.between(0, (p.kernel_w - 1) / 2);
  p.pad_bottom = p.pad_top;
  p.pad_right = p.pad_left;
  const int h = random.between(9, 20), w = random.between(9, 20), c = random.between(1, 200);
  p.in = random_view(random, random.between(1, 2), h, w, c, random.chance(40));
  const int oh = (h + 2 * p.pad_top - (p.kernel_h - 1) * p.dilation_h - 1) / p.stride_h + 1;
  const int ow = (w + 2 * p.pad_left - (p.kernel_w - 1) * p.dilation_w - 1) / p.stride_w + 1;
  p.out = random_view(random, p.in.n, oh, ow, c, random.chance(40));
  p.ratio = random.real(0.3f, 2);
  p.in_zero = static_cast<std::uint8_t>(random.between(0, 255));
  p.out_zero = static_cast<std::uint8_t>(random.between(0, 255));
  return p;
}

template <class T>
double pooled(const Pool& p, const T* in, int n, int y, int x, int c) {
  double best = -1e30, sum = 0;
  int real = 0, all = 0;
  for (int ky = 0; ky < p.kernel_h; ++ky)
    for (int kx = 0; kx < p.kernel_w; ++kx) {
      const int iy = y * p.stride_h - p.pad_top + ky * p.dilation_h,
                ix = x * p.stride_w - p.pad_left + kx * p.dilation_w;
      if (iy < p.in.h + p.pad_bottom && ix < p.in.w + p.pad_right) ++all;
      if (iy < 0 || ix < 0 || iy >= p.in.h || ix >= p.in.w) continue;
      ++real;
      const double v = in[at(p.in, n, iy, ix, c)];
      best = std::max(best, v);
      sum += sizeof(T) == 1 ? v - p.in_zero : v;
    }
  if (p.kind == Pool::Kind::max) return best;
  const int count = p.count_padding ? all : real;
  if (sizeof(T) == 4) return sum / count;
  return to_u8(static_cast<float>(sum) * (p.ratio / static_cast<float>(count)), p.out_zero, 0, 255);
}

template <class T>
void fill(Random& random, Guarded<T>& g) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    if constexpr (sizeof(T) == 1)
      g.data()[i] = static_cast<T>(random.bits());
    else
      g.data()[i] = random.real(-4, 4);
  }
}

template <class T>
std::string check_pool(Random& random, Isa isa) {
  const Pool p = random_pool(random, isa, sizeof(T) == 1 ? Type::u8 : Type::f32);
  if (const char* why = problem(p)) return why;
  Guarded<T> in(static_cast<std::size_t>(span_of(p.in))), out(static_cast<std::size_t>(span_of(p.out)));
  fill(random, in);
  run(p, in.data(), out.data(), 0, work_items(p));
  const bool ok = Places{p.out}.all([&](int n, int y, int x, int c) {
    return std::fabs(out[at(p.out, n, y, x, c)] - pooled(p, in.data(), n, y, x, c)) <=
           (sizeof(T) == 1 ? 0 : 1e-5);
  });
  return ok ? "" : "pooling is off";
}

Plane broadcast_view(Random& random, const Plane& out, bool gaps) {
  Plane p = random_view(random, out.n, out.h, out.w, random.chance(25) ? 1 : out.c, gaps);
  const int kind = random.between(0, 5);
  if (kind == 0) p.pixel = p.row = p.image = 0, p.h = p.w = p.n = 1;  // a vector of channels, or a scalar
  if (kind == 1) p.row = p.image = 0, p.h = p.n = 1;                  // one row for all
  return p;
}

std::int64_t span_as(const Plane& p, const Plane& out) {  // the repeated places are not there
  Plane q = p;
  if (q.image == 0) q.n = 1;
  if (q.row == 0) q.h = 1;
  if (q.pixel == 0) q.w = 1;
  (void)out;
  return span_of(q);
}

template <class T>
T operand(const Guarded<T>& g, const Plane& p, int n, int y, int x, int c) {
  return g[n * p.image + y * p.row + x * p.pixel + (p.c == 1 ? 0 : c)];
}

template <class T>
std::string check_elementwise(Random& random, Isa isa) {
  Elementwise e;
  e.isa = isa;
  e.type = sizeof(T) == 1 ? Type::u8 : Type::f32;
  e.out = random_view(random, random.between(1, 2), random.between(1, 5), random.between(1, 9),
                      random.between(1, 150), random.chance(40));
  e.a = broadcast_view(random, e.out, random.chance(40));
  e.b = broadcast_view(random, e.out, random.chance(40));
  static const Binary kU8[] = {Binary::add, Binary::mul, Binary::sub};
  static const Binary kF32[] = {Binary::add, Binary::sub, Binary::mul, Binary::div, Binary::max, Binary::min};
  e.op = sizeof(T) == 1 ? kU8[random.between(0, 2)] : kF32[random.between(0, 5)];
  e.add = quantised_add(random.real(0.1f, 2), random.between(0, 255), random.real(0.1f, 2),
                        random.between(0, 255), random.real(0.1f, 2), random.between(0, 255));
  if (e.op == Binary::sub && sizeof(T) == 1) e.add.ratio_r = -e.add.ratio_r;
  e.ratio_mul = random.real(0.001f, 0.05f);
  e.a_zero = static_cast<std::uint8_t>(random.between(0, 255));
  e.b_zero = static_cast<std::uint8_t>(random.between(0, 255));
  e.out_zero = static_cast<std::uint8_t>(random.between(0, 255));
  if (sizeof(T) == 4 && random.chance(30)) e.activation.kind = Activation::relu;
  if (const char* why = problem(e)) return why;
  Guarded<T> a(static_cast<std::size_t>(span_as(e.a, e.out))),
      b(static_cast<std::size_t>(span_as(e.b, e.out)));
  Guarded<T> out(static_cast<std::size_t>(span_of(e.out)));
  fill(random, a);
  fill(random, b);
  run(e, a.data(), b.data(), out.data(), 0, work_items(e));
  const bool ok = Places{e.out}.all([&](int n, int y, int x, int c) {
    const T p = operand(a, e.a, n, y, x, c), q = operand(b, e.b, n, y, x, c);
    const T got = out[at(e.out, n, y, x, c)];
    if constexpr (sizeof(T) == 1) {
      if (e.op == Binary::mul)
        return got == to_u8(static_cast<float>((p - e.a_zero) * (q - e.b_zero)) * e.ratio_mul, e.out_zero,
                            e.add.lo, e.add.hi);
      return got == to_u8(std::fma(static_cast<float>(p), e.add.ratio_q,
                                   std::fma(static_cast<float>(q), e.add.ratio_r, e.add.fixed)),
                          e.add.zero, e.add.lo, e.add.hi);
    } else {
      float want = 0;
      switch (e.op) {
        case Binary::add:
          want = p + q;
          break;
        case Binary::sub:
          want = p - q;
          break;
        case Binary::mul:
          want = p * q;
          break;
        case Binary::div:
          want = p / q;
          break;
        case Binary::max:
          want = std::max(p, q);
          break;
        default:
          want = std::min(p, q);
      }
      if (e.activation.kind == Activation::relu) want = std::max(want, 0.0f);
      return got == want;
    }
  });
  return ok ? "" : "arithmetic " + std::to_string(int(e.op)) + " is off";
}

template <class T>
std::string check_resize(Random& random, Isa isa) {
  Resize r;
  r.isa = isa;
  r.type = sizeof(T) == 1 ? Type::u8 : Type::f32;
  r.linear = random.chance(50);
  const int c = random.between(1, 70);
  r.in = random_view(random, random.between(1, 2), random.between(1, 9), random.between(1, 9), c,
                     random.chance(40));
  r.out = random_view(random, r.in.n, random.between(1, 20), random.between(1, 20), c, random.chance(40));
  std::vector<std::int32_t> lower, upper;
  std::vector<float> weight;
  for (const auto& [size, from] : {std::pair{r.out.h, r.in.h}, std::pair{r.out.w, r.in.w}})
    for (int i = 0; i < size; ++i) {
      lower.push_back(random.between(0, from - 1));
      upper.push_back(std::min(lower.back() + 1, from - 1));
      weight.push_back(random.real(0, 1));
    }
  Guarded<T> in(static_cast<std::size_t>(span_of(r.in))), out(static_cast<std::size_t>(span_of(r.out)));
  fill(random, in);
  ResizeTables tables;  // the nearest pixel needs one of the three: the others stay null
  tables.lower = lower.data();
  if (r.linear) tables.upper = upper.data(), tables.weight = weight.data();
  run(r, in.data(), tables, out.data(), 0, work_items(r));
  const bool ok = Places{r.out}.all([&](int n, int y, int x, int j) {
    const std::size_t v = static_cast<std::size_t>(y), u = static_cast<std::size_t>(r.out.h + x);
    const auto pixel = [&](int iy, int ix) { return static_cast<double>(in[at(r.in, n, iy, ix, j)]); };
    double want = pixel(lower[v], lower[u]);
    if (r.linear) {
      const double wx = weight[u], wy = weight[v];
      const double a = pixel(lower[v], lower[u]) * (1 - wx) + pixel(lower[v], upper[u]) * wx;
      const double b = pixel(upper[v], lower[u]) * (1 - wx) + pixel(upper[v], upper[u]) * wx;
      want = a * (1 - wy) + b * wy;
    }
    return std::fabs(out[at(r.out, n, y, x, j)] - want) <= (sizeof(T) == 1 ? (r.linear ? 0.501 : 0) : 1e-5);
  });
  return ok ? "" : "resizing is off";
}

std::string check_lookup(Random& random, Isa isa) {
  Unary u;
  u.isa = isa;
  u.type = Type::u8;
  u.in = random_view(random, 2, 3, random.between(1, 9), random.between(1, 200), random.chance(50));
  u.out = random_view(random, 2, 3, u.in.w, u.in.c, random.chance(50));
  Guarded<std::uint8_t> in(static_cast<std::size_t>(span_of(u.in))),
      out(static_cast<std::size_t>(span_of(u.out))), table(256);
  fill(random, in);
  fill(random, table);
  run(u, in.data(), table.data(), out.data(), 0, work_items(u));
  const bool ok = Places{u.out}.all([&](int n, int y, int x, int c) {
    return out[at(u.out, n, y, x, c)] == table[in[at(u.in, n, y, x, c)]];
  });
  return ok ? "" : "the table is read wrongly";
}

std::string check_softmax(Random& random, Isa isa) {
  Softmax s;
  s.isa = isa;
  s.from = random.chance(50) ? Type::u8 : Type::f32;
  s.to = random.chance(50) ? Type::u8 : Type::f32;
  s.logarithm = s.to == Type::f32 && s.from == Type::f32 && random.chance(40);
  s.scale = 0.05f;
  s.out_scale = 1 / 255.0f;
  s.out_zero = static_cast<std::uint8_t>(random.between(0, 9));
  s.in = random_view(random, 1, 3, random.between(1, 5), random.between(1, 100), random.chance(50));
  s.out = random_view(random, 1, 3, s.in.w, s.in.c, random.chance(50));
  Guarded<std::uint8_t> in8(static_cast<std::size_t>(span_of(s.in))),
      out8(static_cast<std::size_t>(span_of(s.out)));
  Guarded<float> in(static_cast<std::size_t>(span_of(s.in))), out(static_cast<std::size_t>(span_of(s.out)));
  fill(random, in8);
  fill(random, in);
  const bool bytes = s.from == Type::u8, to_bytes = s.to == Type::u8;
  run(s, bytes ? static_cast<const void*>(in8.data()) : in.data(),
      to_bytes ? static_cast<void*>(out8.data()) : out.data(), 0, work_items(s));
  const auto value = [&](int n, int y, int x, int c) {
    const std::int64_t i = at(s.in, n, y, x, c);
    return bytes ? static_cast<double>(in8[i]) * s.scale : static_cast<double>(in[i]);
  };
  const bool ok = Places{s.out}.all([&](int n, int y, int x, int c) {
    double sum = 0;
    for (int j = 0; j < s.in.c; ++j) sum += std::exp(value(n, y, x, j) - value(n, y, x, c));
    const double p = s.logarithm ? -std::log(sum) : 1 / sum;
    const std::int64_t o = at(s.out, n, y, x, c);
    if (to_bytes) return std::fabs(out8[o] - std::min(255.0, p * 255 + s.out_zero)) <= 0.51;
    return std::fabs(out[o] - p) <= 2e-6 * std::max(1.0, std::fabs(p));
  });
  return ok ? "" : "softmax is off";
}

std::string check_dfl_norm_argmax(Random& random, Isa isa) {
  Dfl d;
  d.isa = isa;
  d.bins = random.chance(70) ? 16 : random.between(2, 33);
  d.from = random.chance(50) ? Type::u8 : Type::f32;
  d.scale = 0.04f;
  d.out = random_view(random, 1, 2, random.between(1, 5), 4, random.chance(50));
  d.in = random_view(random, 1, 2, d.out.w, 4 * d.bins, random.chance(50));
  Guarded<std::uint8_t> in8(static_cast<std::size_t>(span_of(d.in)));
  Guarded<float> in(static_cast<std::size_t>(span_of(d.in))), out(static_cast<std::size_t>(span_of(d.out)));
  fill(random, in8);
  fill(random, in);
  const bool bytes = d.from == Type::u8;
  run(d, bytes ? static_cast<const void*>(in8.data()) : in.data(), out.data(), 0, work_items(d));
  bool ok = Places{d.out}.all([&](int n, int y, int x, int c) {
    double sum = 0, weighted = 0;
    for (int j = 0; j < d.bins; ++j) {
      const std::int64_t i = at(d.in, n, y, x, c * d.bins + j);
      const double e = std::exp(bytes ? in8[i] * static_cast<double>(d.scale) - 10 : in[i]);
      sum += e;
      weighted += j * e;
    }
    return std::fabs(out[at(d.out, n, y, x, c)] - weighted / sum) <= 1e-5 * d.bins;
  });
  if (!ok) return "the DFL tail is off";

  LayerNorm l;
  l.isa = isa;
  l.in = d.in;
  l.out = random_view(random, 1, 2, l.in.w, l.in.c, random.chance(50));
  Guarded<float> gamma(static_cast<std::size_t>(l.in.c)), beta(static_cast<std::size_t>(l.in.c)),
      normal(static_cast<std::size_t>(span_of(l.out)));
  fill(random, gamma);
  fill(random, beta);
  const bool scaled = random.chance(70), shifted = random.chance(70);  // either may be absent
  run(l, in.data(), scaled ? gamma.data() : nullptr, shifted ? beta.data() : nullptr, normal.data(), 0,
      work_items(l));
  ok = Places{l.out}.all([&](int n, int y, int x, int c) {
    double mean = 0, variance = 0;
    for (int j = 0; j < l.in.c; ++j) mean += in[at(l.in, n, y, x, j)];
    mean /= l.in.c;
    for (int j = 0; j < l.in.c; ++j) variance += std::pow(in[at(l.in, n, y, x, j)] - mean, 2);
    const double want = (in[at(l.in, n, y, x, c)] - mean) / std::sqrt(variance / l.in.c + l.epsilon) *
                            (scaled ? gamma[c] : 1.0f) +
                        (shifted ? beta[c] : 0.0f);
    return std::fabs(normal[at(l.out, n, y, x, c)] - want) <= 1e-4;
  });
  if (!ok) return "layer norm is off";

  ArgMax m;
  m.isa = isa;
  m.type = Type::u8;
  m.in = d.in;
  m.last_of_equals = random.chance(50);
  Guarded<std::int32_t> which(static_cast<std::size_t>(m.in.h * m.in.w));
  run(m, in8.data(), which.data(), 0, work_items(m));
  for (int y = 0; y < m.in.h; ++y)
    for (int x = 0; x < m.in.w; ++x)
      for (int c = 0; c < m.in.c; ++c) {
        const int best = which[y * m.in.w + x];
        const int a = in8[at(m.in, 0, y, x, c)], b = in8[at(m.in, 0, y, x, best)];
        if (a > b || (a == b && (m.last_of_equals ? c > best : c < best))) return "argmax is off";
      }
  return "";
}

std::string check_transpose(Random& random, Isa isa) {
  ConvTransposeF32 t;
  t.isa = isa;
  ConvShape& s = t.shape;
  s.kernel_h = random.between(1, 4);
  s.kernel_w = random.between(1, 4);
  s.stride_h = random.between(1, 3);
  s.stride_w = random.between(1, 3);
  s.pad_top = random.between(0, s.kernel_h - 1);
  s.pad_left = random.between(0, s.kernel_w - 1);
  s.groups = random.between(1, 2);
  s.in = random_view(random, 1, random.between(1, 5), random.between(1, 5), s.groups * random.between(1, 9),
                     random.chance(40));
  const int oh = (s.in.h - 1) * s.stride_h + s.kernel_h - s.pad_top,
            ow = (s.in.w - 1) * s.stride_w + s.kernel_w - s.pad_left;
  s.out = random_view(random, 1, oh, ow, s.groups * random.between(1, 9), random.chance(40));
  const int co = s.out.c / s.groups, ci = s.in.c / s.groups;
  Guarded<float> in(static_cast<std::size_t>(span_of(s.in))), out(static_cast<std::size_t>(span_of(s.out)));
  Guarded<float> w(static_cast<std::size_t>(s.in.c * co * s.kernel_h * s.kernel_w)),
      bias(static_cast<std::size_t>(s.out.c));
  fill(random, in);
  fill(random, w);
  fill(random, bias);
  const bool biased = random.chance(70);
  run(t, in.data(), w.data(), biased ? bias.data() : nullptr, out.data(), 0, work_items(t));
  std::vector<double> want(static_cast<std::size_t>(oh * ow * s.out.c));
  const auto place = [&](int y, int x, int o) -> double& {
    return want[static_cast<std::size_t>((y * ow + x) * s.out.c + o)];
  };
  for (int y = 0; y < s.in.h; ++y)
    for (int x = 0; x < s.in.w; ++x)
      for (int c = 0; c < s.in.c; ++c)
        for (int o = 0; o < co; ++o)
          for (int ky = 0; ky < s.kernel_h; ++ky)
            for (int kx = 0; kx < s.kernel_w; ++kx) {
              const int oy = y * s.stride_h - s.pad_top + ky, ox = x * s.stride_w - s.pad_left + kx;
              if (oy < 0 || oy >= oh || ox < 0 || ox >= ow) continue;
              place(oy, ox, c / ci * co + o) += static_cast<double>(in[at(s.in, 0, y, x, c)]) *
                                                w[((c * co + o) * s.kernel_h + ky) * s.kernel_w + kx];
            }
  const bool ok = Places{s.out}.all([&](int n, int y, int x, int o) {
    return std::fabs(out[at(s.out, n, y, x, o)] - place(y, x, o) - (biased ? bias[o] : 0.0f)) <= 1e-3;
  });
  return ok ? "" : "the transposed convolution is off";
}

template <class Check>
std::string many(int cases, std::uint64_t seed, Check check) {
  Random random(seed);
  for (int i = 0; i < cases; ++i)
    if (std::string why = check(random); !why.empty()) return "case " + std::to_string(i) + ": " + why;
  return "";
}

}  // namespace

std::string u8_operations_equal_reference(Isa isa, int cases, std::uint64_t seed) {
  return many(cases, seed, [&](Random& random) {
    std::string why = check_pool<std::uint8_t>(random, isa);
    if (why.empty()) why = check_elementwise<std::uint8_t>(random, isa);
    if (why.empty()) why = check_lookup(random, isa);
    if (why.empty()) why = check_resize<std::uint8_t>(random, isa);
    return why;
  });
}

std::string f32_operations_are_close(Isa isa, int cases, std::uint64_t seed) {
  return many(cases, seed, [&](Random& random) {
    std::string why = check_pool<float>(random, isa);
    if (why.empty()) why = check_elementwise<float>(random, isa);
    if (why.empty()) why = check_resize<float>(random, isa);
    if (why.empty()) why = check_softmax(random, isa);
    if (why.empty()) why = check_dfl_norm_argmax(random, isa);
    if (why.empty()) why = check_transpose(random, isa);
    return why;
  });
}

std::string conversions_round_trip(Isa isa, int cases, std::uint64_t seed) {
  return many(cases, seed, [&](Random& random) -> std::string {
    Convert v;
    v.isa = isa;
    v.from = random.chance(60) ? Type::f32 : Type::u8;
    v.to = random.chance(60) ? Type::u8 : Type::f32;
    v.in_nchw = random.chance(50);
    v.out_nchw = random.chance(40);
    v.scale = random.real(0.01f, 0.1f);
    v.zero = static_cast<std::uint8_t>(random.between(0, 255));
    const int groups = random.chance(20) ? random.between(2, 4) : 1;
    const int c = random.chance(30) ? 3 * groups : groups * random.between(1, 70), h = random.between(1, 5),
              w = random.between(1, 300);
    v.shuffle_groups = groups;
    v.in = v.in_nchw ? dense(2, h, w, c) : random_view(random, 2, h, w, c, random.chance(50));
    v.out = v.out_nchw ? dense(2, h, w, c) : random_view(random, 2, h, w, c, random.chance(50));
    if (const char* why = problem(v)) return why;
    Guarded<std::uint8_t> in8(static_cast<std::size_t>(span_of(v.in))),
        out8(static_cast<std::size_t>(span_of(v.out)));
    Guarded<float> in(static_cast<std::size_t>(span_of(v.in))), out(static_cast<std::size_t>(span_of(v.out)));
    fill(random, in8);
    fill(random, in);
    for (std::size_t i = 0; i < in.size(); ++i)  // ties, and their neighbours
      if (random.chance(30)) {
        const float tie = (static_cast<float>(random.between(-300, 300)) + 0.5f) * v.scale;
        in.data()[i] = random.chance(33) ? tie : std::nextafter(tie, random.chance(50) ? 100.0f : -100.0f);
      }
    const bool bytes = v.from == Type::u8, to_bytes = v.to == Type::u8;
    run(v, bytes ? static_cast<const void*>(in8.data()) : in.data(),
        to_bytes ? static_cast<void*>(out8.data()) : out.data(), 0, work_items(v));
    const auto index = [&](const Plane& p, bool nchw, int n, int y, int x, int j) {
      return nchw ? ((std::int64_t{n} * c + j) * h + y) * w + x : at(p, n, y, x, j);
    };
    const bool ok = Places{v.out}.all([&](int n, int y, int x, int j) {
      const std::int64_t i = index(v.in, v.in_nchw, n, y, x, j % groups * (c / groups) + j / groups);
      const std::int64_t o = index(v.out, v.out_nchw, n, y, x, j);
      if (bytes && to_bytes) return out8[o] == in8[i];
      if (!bytes && !to_bytes) return out[o] == in[i];
      if (to_bytes) return out8[o] == to_u8(in[i] / v.scale, v.zero, 0, 255);
      return out[o] == static_cast<float>(in8[i] - v.zero) * v.scale;
    });
    return ok ? "" : "a conversion is off";
  });
}

}  // namespace kernel_checks
