#include "conv_cases.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kernel_checks {

Plane random_view(Random& random, int n, int h, int w, int c, bool gaps) {
  Plane p = dense(n, h, w, c);
  if (!gaps) return p;
  p.pixel = c + random.between(0, 3) * random.between(0, 5);
  p.row = w * p.pixel + random.between(0, 7);
  p.image = h * p.row + random.between(0, 9);
  return p;
}

ConvShape random_shape(Random& random, bool depthwise) {
  ConvShape s;
  static const int kKernels[] = {1, 1, 1, 3, 3, 3, 5, 7, 2, 4};
  s.kernel_h = kKernels[random.between(0, 9)];
  s.kernel_w = random.chance(80) ? s.kernel_h : kKernels[random.between(0, 9)];
  s.stride_h = random.chance(60) ? 1 : random.between(1, 3);
  s.stride_w = random.chance(85) ? s.stride_h : random.between(1, 3);
  s.dilation_h = s.dilation_w = random.chance(80) ? 1 : random.between(1, 3);
  const int n = random.chance(80) ? 1 : random.between(1, 3);
  int h = random.between(1, 17), w = random.between(1, 33);
  int in_c = random.chance(30) ? random.between(1, 7) : random.between(1, 80), out_c = random.between(1, 100);
  if (random.chance(40)) in_c = (in_c + 3) / 4 * 4;
  if (random.chance(2)) {  // weights beyond the cache: blocks of columns, tiles whose strips are kept
    in_c = random.between(200, 300);
    out_c = random.between(250, 400);
    s.kernel_h = s.kernel_w = 3;
    h = random.between(1, 6), w = random.between(1, 17);  // the definition takes its time
  }
  if (depthwise) {
    in_c = out_c = random.chance(30) ? 2 << random.between(0, 5) : random.between(2, 150);
    s.groups = in_c;
  } else if (random.chance(20)) {
    s.groups = random.between(2, 4);
    in_c *= s.groups;
    out_c *= s.groups;
    if (s.groups == in_c && s.groups == out_c) out_c *= 2;
  }
  s.pad_top = random.between(0, (s.kernel_h - 1) * s.dilation_h);
  s.pad_left = random.between(0, (s.kernel_w - 1) * s.dilation_w);
  const int pad_bottom = random.between(0, (s.kernel_h - 1) * s.dilation_h);
  const int pad_right = random.between(0, (s.kernel_w - 1) * s.dilation_w);
  const auto out = [](int size, int pads, int kernel, int stride, int dilation) {
    const int room = size + pads - dilation * (kernel - 1) - 1;
    return room < 0 ? 1 : room / stride + 1;  // a window larger than all: one output, mostly padding
  };
  const int oh = out(h, s.pad_top + pad_bottom, s.kernel_h, s.stride_h, s.dilation_h);
  const int ow = out(w, s.pad_left + pad_right, s.kernel_w, s.stride_w, s.dilation_w);
  s.in = random_view(random, n, h, w, in_c, random.chance(40));
  s.out = random_view(random, n, oh, ow, out_c, random.chance(40));
  return s;
}

std::string text_of(const ConvShape& s) {
  std::ostringstream t;
  const auto plane = [&](const Plane& p) {
    t << p.n << "x" << p.h << "x" << p.w << "x" << p.c << "(" << p.pixel << "," << p.row << "," << p.image
      << ")";
  };
  plane(s.in);
  t << " -> ";
  plane(s.out);
  t << " g" << s.groups << " k" << s.kernel_h << "x" << s.kernel_w << " s" << s.stride_h << "x" << s.stride_w
    << " d" << s.dilation_h << " pad " << s.pad_top << "," << s.pad_left;
  return t.str();
}

Int8Case random_int8(Random& random, Isa isa, bool depthwise) {
  Int8Case c;
  ConvInt8& v = c.conv;
  v.isa = isa;
  v.shape = random_shape(random, depthwise);
  const ConvShape& s = v.shape;
  v.in_zero = static_cast<std::uint8_t>(random.between(0, 255));
  v.out_zero = static_cast<std::uint8_t>(random.between(0, 255));
  if (random.chance(30)) {
    v.lo = static_cast<std::uint8_t>(random.between(0, 255));
    v.hi = static_cast<std::uint8_t>(random.between(v.lo, 255));
  }
  v.float_out = random.chance(15);
  if (!v.float_out) {
    v.table = random.chance(35);
    v.residual = random.chance(35);
  }
  v.residual_at = random_view(random, s.out.n, s.out.h, s.out.w, s.out.c, random.chance(40));
  if (random.chance(40)) v.residual_at = s.out;
  v.add = quantised_add(random.real(0.001f, 2), random.between(0, 255), random.real(0.001f, 2),
                        random.between(0, 255), random.real(0.01f, 2), random.between(0, 255));
  if (random.chance(30)) v.add.lo = v.out_zero;
  v.variant = static_cast<std::uint8_t>(random.between(0, variants(v) - 1));
  const int per_output = s.in.c / s.groups * s.kernel_h * s.kernel_w;
  const bool extreme = random.chance(20);
  c.weights.resize(static_cast<std::size_t>(per_output) * static_cast<std::size_t>(s.out.c));
  for (auto& w : c.weights)
    w = static_cast<std::int8_t>(extreme ? (random.chance(50) ? -128 : 127) : random.between(-128, 127));
  for (int o = 0; o < s.out.c; ++o) {
    c.bias.push_back(random.chance(10) ? static_cast<std::int32_t>(random.bits())
                                       : random.between(-20000, 20000));
    // Mostly multipliers that use the whole range; sometimes ones that overflow int32.
    const float usual = 1.0f / (40.0f * std::sqrt(static_cast<float>(per_output)));
    c.multiplier.push_back(random.chance(5) ? random.real(1e3f, 1e6f) : usual * random.real(0.05f, 2));
  }
  for (auto& t : c.table) t = static_cast<std::uint8_t>(random.bits());
  return c;
}

namespace {

std::int32_t sum_of(const Int8Case& c, const std::uint8_t* in, int n, int y, int x, int o) {
  const ConvShape& s = c.conv.shape;
  const int per = s.in.c / s.groups, first = o / (s.out.c / s.groups) * per;
  std::uint32_t sum = static_cast<std::uint32_t>(c.bias[static_cast<std::size_t>(o)]);
  for (int ky = 0; ky < s.kernel_h; ++ky)
    for (int kx = 0; kx < s.kernel_w; ++kx) {
      const int iy = y * s.stride_h - s.pad_top + ky * s.dilation_h,
                ix = x * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (iy < 0 || iy >= s.in.h || ix < 0 || ix >= s.in.w)
        continue;  // padding is the zero point: no contribution
      for (int i = 0; i < per; ++i) {
        const int w =
            c.weights[static_cast<std::size_t>(((o * per + i) * s.kernel_h + ky) * s.kernel_w + kx)];
        sum += static_cast<std::uint32_t>((in[at(s.in, n, iy, ix, first + i)] - c.conv.in_zero) * w);
      }
    }
  return static_cast<std::int32_t>(sum);
}

int rounded(float f) {
  return static_cast<int>(std::nearbyintf(f));
}

}  // namespace

float reference_scaled(const Int8Case& c, const std::uint8_t* in, int n, int y, int x, int o) {
  return static_cast<float>(sum_of(c, in, n, y, x, o)) * c.multiplier[static_cast<std::size_t>(o)];
}

std::uint8_t reference_u8(const Int8Case& c, const std::uint8_t* in, const std::uint8_t* residual, int n,
                          int y, int x, int o) {
  const ConvInt8& v = c.conv;
  const float scaled = std::clamp(reference_scaled(c, in, n, y, x, o), -1e6f, 1e6f);
  int q = std::clamp(rounded(scaled) + v.out_zero, static_cast<int>(v.lo), static_cast<int>(v.hi));
  if (v.table) q = c.table[q];
  if (v.residual) {
    const float r = residual[at(v.residual_at, n, y, x, o)];
    const float f = std::fma(static_cast<float>(q), v.add.ratio_q, std::fma(r, v.add.ratio_r, v.add.fixed));
    q = std::clamp(rounded(std::clamp(f, -1e6f, 1e6f)) + v.add.zero, static_cast<int>(v.add.lo),
                   static_cast<int>(v.add.hi));
  }
  return static_cast<std::uint8_t>(q);
}

namespace {

template <class Conv>
void run_in_pieces(Random& random, const Conv& conv, const ConvBuffers& buffers) {
  const std::size_t bytes = (scratch_bytes(conv) + 63) / 64 * 64;
  Guarded<unsigned char> scratch(bytes);
  const std::int64_t items = work_items(conv);
  for (std::int64_t i = 0; i < items;) {
    const std::int64_t next =
        random.chance(50) ? items : std::min<std::int64_t>(items, i + random.between(1, 5));
    run(conv, buffers, i, next, scratch.data());
    i = next;
  }
}

}  // namespace

void run_all(Random& random, const ConvInt8& conv, const ConvBuffers& buffers) {
  run_in_pieces(random, conv, buffers);
}
void run_all(Random& random, const ConvF32& conv, const ConvBuffers& buffers) {
  run_in_pieces(random, conv, buffers);
}

}  // namespace kernel_checks
