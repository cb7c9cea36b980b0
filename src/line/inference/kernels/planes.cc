#include "line/inference/kernels/kernels.h"

namespace bondline::inference::kernels {

Plane dense(std::int32_t n, std::int32_t h, std::int32_t w, std::int32_t c) {
  const std::int64_t row = std::int64_t{w} * c;
  return {n, h, w, c, c, row, row * h};
}

Plane slice_channels(const Plane& plane, std::int32_t count) {
  Plane p = plane;
  p.c = count;
  return p;
}

std::int64_t span_of(const Plane& p) {
  return (p.n - 1) * p.image + (p.h - 1) * p.row + (p.w - 1) * p.pixel + p.c;
}

ConvShape product_shape(std::int32_t rows, std::int32_t k, std::int32_t columns) {
  ConvShape s;
  s.in = dense(1, 1, rows, k);
  s.out = dense(1, 1, rows, columns);
  return s;
}

std::int64_t macs_of(const ConvShape& s) {
  return std::int64_t{s.out.n} * s.out.h * s.out.w * s.out.c * (s.in.c / s.groups) * s.kernel_h * s.kernel_w;
}

QuantisedAdd quantised_add(float scale_q, int zero_q, float scale_r, int zero_r, float scale_out,
                           int zero_out) {
  QuantisedAdd a;
  a.ratio_q = scale_q / scale_out;
  a.ratio_r = scale_r / scale_out;
  a.fixed = -(a.ratio_q * static_cast<float>(zero_q) + a.ratio_r * static_cast<float>(zero_r));
  a.zero = static_cast<std::uint8_t>(zero_out);
  return a;
}

}  // namespace bondline::inference::kernels
