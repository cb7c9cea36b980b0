// The operations between the convolutions: what is checked, how rows are shared, which set runs them.
#include <algorithm>
#include <cmath>

#include "line/inference/kernels/conv_plan.h"
#include "line/inference/kernels/copy_pixels.h"
#include "line/inference/kernels/kernels.h"
#include "line/inference/kernels/tables.h"

namespace bondline::inference::kernels {
namespace {

const char* planes(const Plane& a, const Plane& b, Isa isa) {
  if (static_cast<int>(isa) >= kIsas) return "unknown instruction set";
  if (const char* why = problem_of_plane(a)) return why;
  return problem_of_plane(b);
}
bool same_pixels(const Plane& a, const Plane& b) {
  return a.n == b.n && a.h == b.h && a.w == b.w;
}
bool same_shape(const Plane& a, const Plane& b) {
  return same_pixels(a, b) && a.c == b.c;
}
bool fits(const Plane& side, const Plane& out) {
  return (side.n == out.n || side.image == 0) && (side.h == out.h || side.row == 0) &&
         (side.w == out.w || side.pixel == 0) && (side.c == out.c || side.c == 1);
}
std::int64_t rows_of(const Plane& p) {
  return std::int64_t{p.n} * p.h;
}

}  // namespace

const char* problem(const Pool& p) {
  if (const char* why = planes(p.in, p.out, p.isa)) return why;
  if (p.in.n != p.out.n || p.in.c != p.out.c) return "pooling keeps images and channels";
  for (const std::int32_t v : {p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w})
    if (v < 1 || v > (1 << 20)) return "a window size, stride or dilation is out of range";
  for (const std::int32_t v : {p.pad_top, p.pad_left, p.pad_bottom, p.pad_right})
    if (v < 0 || v > (1 << 20)) return "padding is out of range";
  if (p.kind == Pool::Kind::average && p.type == Type::u8 &&
      static_cast<double>(p.kernel_h) * p.kernel_w > 8e6)
    return "the window's sum would not fit";
  return nullptr;
}
const char* problem(const Elementwise& e) {
  if (const char* why = planes(e.a, e.out, e.isa)) return why;
  if (const char* why = problem_of_plane(e.b)) return why;
  if (!fits(e.a, e.out) || !fits(e.b, e.out)) return "an operand does not broadcast to the output";
  if (e.type == Type::u8 && e.op != Binary::add && e.op != Binary::sub && e.op != Binary::mul)
    return "u8 arithmetic is add, sub or mul";
  if (e.op > Binary::pow || e.activation.kind > Activation::square) return "unknown operation";
  if (e.add.lo > e.add.hi) return "the clamp is empty";
  return nullptr;
}
const char* problem(const Unary& u) {
  if (const char* why = planes(u.in, u.out, u.isa)) return why;
  if (u.activation.kind > Activation::square) return "unknown activation";
  return same_shape(u.in, u.out) ? nullptr : "input and output differ in shape";
}
const char* problem(const Convert& v) {
  if (const char* why = planes(v.in, v.out, v.isa)) return why;
  if (!same_shape(v.in, v.out)) return "input and output differ in shape";
  if (v.in_plane < 0 || (v.in_plane > 0 && !v.in_nchw) || v.out_plane < 0 || (v.out_plane > 0 && !v.out_nchw))
    return "the stride of channels makes no sense";
  if (v.shuffle_groups < 1 || v.in.c % v.shuffle_groups) return "channels are not a multiple of the groups";
  return v.from == v.to || v.scale > 0 ? nullptr : "the scale is not positive";
}
const char* problem(const Resize& r) {
  if (const char* why = planes(r.in, r.out, r.isa)) return why;
  return r.in.n == r.out.n && r.in.c == r.out.c ? nullptr : "resizing keeps images and channels";
}
const char* problem(const Softmax& s) {
  if (const char* why = planes(s.in, s.out, s.isa)) return why;
  if (s.logarithm && s.to != Type::f32) return "the logarithm of softmax is float32";
  return same_shape(s.in, s.out) ? nullptr : "input and output differ in shape";
}
const char* problem(const Dfl& d) {
  if (const char* why = planes(d.in, d.out, d.isa)) return why;
  if (!same_pixels(d.in, d.out)) return "input and output differ in shape";
  if (d.out_plane < 0) return "the stride of channels makes no sense";
  return d.bins > 0 && d.in.c == std::int64_t{d.out.c} * d.bins ? nullptr
                                                                : "channels are not sides times bins";
}
const char* problem(const ArgMax& a) {
  return planes(a.in, a.in, a.isa);
}
const char* problem(const LayerNorm& l) {
  if (const char* why = planes(l.in, l.out, l.isa)) return why;
  return same_shape(l.in, l.out) ? nullptr : "input and output differ in shape";
}
const char* problem(const ConvTransposeF32& t) {
  if (static_cast<int>(t.isa) >= kIsas) return "unknown instruction set";
  return problem_of_shape(t.shape);
}

std::int64_t work_items(const Pool& p) {
  return rows_of(p.out);
}
std::int64_t work_items(const Elementwise& e) {
  return rows_of(e.out);
}
std::int64_t work_items(const Unary& u) {
  return rows_of(u.out);
}
std::int64_t work_items(const Convert& v) {
  return rows_of(v.in);
}
std::int64_t work_items(const Resize& r) {
  return rows_of(r.out);
}
std::int64_t work_items(const Softmax& s) {
  return rows_of(s.in);
}
std::int64_t work_items(const Dfl& d) {
  return rows_of(d.in);
}
std::int64_t work_items(const ArgMax& a) {
  return rows_of(a.in);
}
std::int64_t work_items(const LayerNorm& l) {
  return rows_of(l.in);
}
std::int64_t work_items(const ConvTransposeF32& t) {
  return rows_of(t.shape.out);
}

void run(const Pool& p, const void* in, void* out, std::int64_t first, std::int64_t last) {
  const KernelTable& k = table_of(p.isa);
  (p.type == Type::u8 ? k.pool_u8 : k.pool_f32)(p, in, out, first, last);
}
void run(const Elementwise& e, const void* a, const void* b, void* out, std::int64_t first,
         std::int64_t last) {
  const KernelTable& k = table_of(e.isa);
  (e.type == Type::u8 ? k.elementwise_u8 : k.elementwise_f32)(e, a, b, out, first, last);
}
namespace {

// Bytes of pixels with gaps go through a buffer, so that the table is read for whole vectors.
void look_up_row(const Unary& u, const KernelTable& k, const std::uint8_t* in, const std::uint8_t* table,
                 std::uint8_t* out) {
  constexpr long kBuffer = 4096;
  std::uint8_t buffer[kBuffer];
  const long c = u.in.c, most = std::max<long>(1, kBuffer / c);
  for (long x = 0; x < u.in.w; x += most) {
    const long n = std::min(most, u.in.w - x);
    if (n * c > kBuffer) {
      k.finish_u8(c, in + x * u.in.pixel, table, nullptr, QuantisedAdd{}, out + x * u.out.pixel);
      continue;
    }
    const std::uint8_t* from = in + x * u.in.pixel;
    if (u.in.pixel != c) {
      copy_pixels(n, c, from, u.in.pixel, buffer, c);
      from = buffer;
    }
    if (u.out.pixel == c) {
      k.finish_u8(n * c, from, table, nullptr, QuantisedAdd{}, out + x * c);
    } else {
      k.finish_u8(n * c, from, table, nullptr, QuantisedAdd{}, buffer);
      copy_pixels(n, c, buffer, c, out + x * u.out.pixel, u.out.pixel);
    }
  }
}

}  // namespace

void run(const Unary& u, const void* in, const std::uint8_t* table, void* out, std::int64_t first,
         std::int64_t last) {
  const KernelTable& k = table_of(u.isa);
  const bool dense = u.in.pixel == u.in.c && u.out.pixel == u.out.c;
  const long n = dense ? long{u.in.c} * u.in.w : u.in.c;
  for (std::int64_t row = first; row < last; ++row) {
    const std::int64_t from = row / u.in.h * u.in.image + row % u.in.h * u.in.row;
    const std::int64_t to = row / u.out.h * u.out.image + row % u.out.h * u.out.row;
    if (u.type == Type::u8) {
      look_up_row(u, k, static_cast<const std::uint8_t*>(in) + from, table,
                  static_cast<std::uint8_t*>(out) + to);
      continue;
    }
    for (long x = 0; x < (dense ? 1 : u.in.w); ++x)
      k.finish_f32(n, static_cast<const float*>(in) + from + x * u.in.pixel, nullptr, false, u.activation,
                   static_cast<float*>(out) + to + x * u.out.pixel);
  }
}
void run(const Convert& v, const void* in, void* out, std::int64_t first, std::int64_t last,
         const float* table) {
  table_of(v.isa).convert(v, in, table, out, first, last);
}
void run(const Resize& r, const void* in, const ResizeTables& tables, void* out, std::int64_t first,
         std::int64_t last) {
  table_of(r.isa).resize(r, in, tables, out, first, last);
}
void run(const Softmax& s, const void* in, void* out, std::int64_t first, std::int64_t last) {
  table_of(s.isa).softmax(s, in, out, first, last);
}
void run(const Dfl& d, const void* in, float* out, std::int64_t first, std::int64_t last) {
  table_of(d.isa).dfl(d, in, out, first, last);
}
void run(const LayerNorm& l, const float* in, const float* gamma, const float* beta, float* out,
         std::int64_t first, std::int64_t last) {
  table_of(l.isa).layer_norm(l, in, gamma, beta, out, first, last);
}

namespace {

template <class T>
std::int32_t largest(const T* values, long n, bool last_of_equals) {
  long best = 0;
  for (long i = 1; i < n; ++i)
    if (values[i] > values[best] || (last_of_equals && values[i] == values[best])) best = i;
  return static_cast<std::int32_t>(best);
}

}  // namespace

void run(const ArgMax& a, const void* in, std::int32_t* out, std::int64_t first, std::int64_t last) {
  for (std::int64_t row = first; row < last; ++row)
    for (long x = 0; x < a.in.w; ++x) {
      const std::int64_t at = row / a.in.h * a.in.image + row % a.in.h * a.in.row + x * a.in.pixel;
      out[row * a.in.w + x] =
          a.type == Type::u8 ? largest(static_cast<const std::uint8_t*>(in) + at, a.in.c, a.last_of_equals)
                             : largest(static_cast<const float*>(in) + at, a.in.c, a.last_of_equals);
    }
}

void run(const ConvTransposeF32& t, const float* in, const float* weights, const float* bias, float* out,
         std::int64_t first, std::int64_t last) {
  const ConvShape& s = t.shape;
  const KernelTable& k = table_of(t.isa);
  const long ci = s.in.c / s.groups, co = s.out.c / s.groups, window = long{s.kernel_h} * s.kernel_w;
  for (std::int64_t row = first; row < last; ++row) {
    const long image = row / s.out.h, y = row % s.out.h;
    float* to = out + image * s.out.image + y * s.out.row;
    for (long x = 0; x < s.out.w; ++x, to += s.out.pixel) {
      for (long o = 0; o < s.out.c; ++o) to[o] = bias ? bias[o] : 0;
      for (long ky = 0; ky < s.kernel_h; ++ky) {
        const long iy = y + s.pad_top - ky * s.dilation_h;
        if (iy < 0 || iy % s.stride_h || iy / s.stride_h >= s.in.h) continue;
        for (long kx = 0; kx < s.kernel_w; ++kx) {
          const long ix = x + s.pad_left - kx * s.dilation_w;
          if (ix < 0 || ix % s.stride_w || ix / s.stride_w >= s.in.w) continue;
          const float* from =
              in + image * s.in.image + iy / s.stride_h * s.in.row + ix / s.stride_w * s.in.pixel;
          for (long c = 0; c < s.in.c; ++c) {
            const float* w = weights + c * co * window + ky * s.kernel_w + kx;
            float* at = to + c / ci * co;
            for (long o = 0; o < co; ++o) at[o] += from[c] * w[o * window];
          }
        }
      }
      if (t.activation.kind != Activation::none) k.finish_f32(s.out.c, to, nullptr, false, t.activation, to);
    }
  }
}

}  // namespace bondline::inference::kernels
