// u8 pooling and arithmetic, resizing: the exact ones, compiled without contraction.
#include "line/inference/kernels/body/convert.h"
#include "line/inference/kernels/body/finish_u8.h"
#include "line/inference/kernels/body/pool_max.h"
#include "line/inference/kernels/body/small.h"

namespace bondline::inference::kernels {
namespace {

template <long n>
struct Bytes {
  typedef unsigned char v __attribute__((vector_size(n)));
};
// The n channels from image + 0 on.
template <long n>
INLINE void max_chunk(const Pool& p, const Window& w, const unsigned char* image, unsigned char* out) {
  typename Bytes<n>::v best{};
  each_place(p, w, [&](long at) {
    typename Bytes<n>::v x;
    copy_in(&x, image + at, n);
    best = x > best ? x : best;
  });
  copy_in(out, &best, n);
}
// n channels, a vector of them or several at each place, so that its line is met once.
template <long n>
INLINE void mean_chunk(const Pool& p, const Window& w, const unsigned char* image, unsigned char* out) {
  constexpr long kVectors = n < W ? 1 : n / W;
  vi sum[kVectors] = {};
  int one = 0;  // of a single channel
  long real = 0;
  each_place(p, w, [&](long at) {
    if (n < W)
      one += image[at];
    else
      for (long k = 0; k < kVectors; ++k) sum[k] += widen(image + at + W * k);
    ++real;
  });
  const int zero = static_cast<int>(real) * p.in_zero;
  const float ratio = p.ratio / static_cast<float>(w.count > 0 ? w.count : 1);
  for (long i = 0; i < n; ++i)
    out[i] =
        to_byte(static_cast<float>((n < W ? one : sum[i / W][i % W]) - zero) * ratio, p.out_zero, 0, 255);
}

template <long n>
INLINE long pool_chunks(const Pool& p, const Window& w, const unsigned char* image, long c,
                        unsigned char* to) {
  for (; c + n <= p.out.c; c += n)
    p.kind == Pool::Kind::max ? max_chunk<n>(p, w, image + c, to + c)
                              : mean_chunk<n>(p, w, image + c, to + c);
  return c;
}

void pool_u8(const Pool& p, const void* in, void* out, long first, long last) {
  for (long row = first; row < last; ++row) {
    const unsigned char* image = static_cast<const unsigned char*>(in) + row / p.out.h * p.in.image;
    unsigned char* to = static_cast<unsigned char*>(out) + row_start(p.out, row, p.out.h);
    if (max_by_rows(p)) {
      max_row<unsigned char>(p, image, row % p.out.h, to, 0);
      continue;
    }
    for (long x = 0; x < p.out.w; ++x, to += p.out.pixel) {
      const Window w = window_of(p, row % p.out.h, x);
      long c = pool_chunks<64>(p, w, image, 0, to);
      c = pool_chunks<16>(p, w, image, c, to);
      pool_chunks<1>(p, w, image, c, to);
    }
  }
}

template <bool a_one, bool b_one>
void mul_u8(const Elementwise& e, long n, const unsigned char* a, const unsigned char* b,
            unsigned char* out) {
  const float ratio = e.ratio_mul, zero = e.out_zero, lo = e.add.lo, hi = e.add.hi;
  const int za = e.a_zero, zb = e.b_zero;
  for (long i = 0; i < n; ++i)
    out[i] =
        to_byte(static_cast<float>((a[a_one ? 0 : i] - za) * (b[b_one ? 0 : i] - zb)) * ratio, zero, lo, hi);
}
template <bool a_one, bool b_one>
void run_u8(const Elementwise& e, long n, const unsigned char* a, const unsigned char* b,
            unsigned char* out) {
  if (e.op == Binary::mul) return mul_u8<a_one, b_one>(e, n, a, b, out);
  if (!a_one && !b_one) return add_u8(n, a, b, e.add, out);
  const QuantisedAdd add = e.add;
  for (long i = 0; i < n; ++i) out[i] = add_one(a[a_one ? 0 : i], b[b_one ? 0 : i], add);
}

void elementwise_u8(const Elementwise& e, const void* pa, const void* pb, void* po, long first, long last) {
  const long c = e.out.c;
  const auto dense = [&](const Plane& p) { return p.pixel == c && p.c == c; };
  const auto constant = [&](const Plane& p) { return p.c == 1 && p.pixel == 0; };
  const bool whole = e.out.pixel == c && (dense(e.a) || constant(e.a)) && (dense(e.b) || constant(e.b));
  const bool a_one = e.a.c == 1 && (c > 1 || constant(e.a)), b_one = e.b.c == 1 && (c > 1 || constant(e.b));
  void (*const run)(const Elementwise&, long, const unsigned char*, const unsigned char*, unsigned char*) =
      a_one ? (b_one ? run_u8<true, true> : run_u8<true, false>)
            : (b_one ? run_u8<false, true> : run_u8<false, false>);
  for (long row = first; row < last; ++row) {
    const unsigned char* a = static_cast<const unsigned char*>(pa) + row_start(e.a, row, e.out.h);
    const unsigned char* b = static_cast<const unsigned char*>(pb) + row_start(e.b, row, e.out.h);
    unsigned char* out = static_cast<unsigned char*>(po) + row_start(e.out, row, e.out.h);
    if (whole) {
      run(e, c * e.out.w, a, b, out);
      continue;
    }
    for (long x = 0; x < e.out.w; ++x, a += e.a.pixel, b += e.b.pixel, out += e.out.pixel)
      run(e, c, a, b, out);
  }
}

INLINE unsigned char blended(float f, unsigned char) {
  return to_byte(f, 0, 0, 255);
}
INLINE float blended(float f, float) {
  return f;
}

template <class T>
void resize_rows(const Resize& r, const void* pin, const ResizeTables& tables, void* pout, long first,
                 long last) {
  const long c = r.out.c, beside = r.linear ? r.out.h : 0;  // nearest has no upper table and no weights
  const std::int32_t *ly = tables.lower, *lx = tables.lower + r.out.h;
  const std::int32_t *uy = tables.upper, *ux = tables.upper + beside;
  const float *wy = tables.weight, *wx = tables.weight + beside;
  for (long row = first; row < last; ++row) {
    const long y = row % r.out.h;
    const T* image = static_cast<const T*>(pin) + row / r.out.h * r.in.image;
    const T* top = image + ly[y] * r.in.row;
    T* out = static_cast<T*>(pout) + row_start(r.out, row, r.out.h);
    if (!r.linear) {
      for (long x = 0; x < r.out.w; ++x)
        copy_in(out + x * r.out.pixel, top + lx[x] * r.in.pixel, c * static_cast<long>(sizeof(T)));
      continue;
    }
    const T* bottom = image + uy[y] * r.in.row;
    const float v = wy[y];
    for (long x = 0; x < r.out.w; ++x) {
      const long left = lx[x] * r.in.pixel, right = ux[x] * r.in.pixel;
      const float u = wx[x];
      T* to = out + x * r.out.pixel;
      for (long i = 0; i < c; ++i) {
        const float a = static_cast<float>(top[left + i]) * (1 - u) + static_cast<float>(top[right + i]) * u;
        const float b =
            static_cast<float>(bottom[left + i]) * (1 - u) + static_cast<float>(bottom[right + i]) * u;
        to[i] = blended(a * (1 - v) + b * v, T{});
      }
    }
  }
}

void resize(const Resize& r, const void* in, const ResizeTables& tables, void* out, long first, long last) {
  if (r.type == Type::u8)
    resize_rows<unsigned char>(r, in, tables, out, first, last);
  else
    resize_rows<float>(r, in, tables, out, first, last);
}

}  // namespace
}  // namespace bondline::inference::kernels
