#include "line/inference/compiler/timing.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace bondline::inference::lowering {
namespace {

template <class Run>
double least(Run run) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity(), spent = 0;
  for (int i = 0; i < 40 && (i < 4 || spent < 3e-3); ++i) {
    const auto start = Clock::now();
    run();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::min(best, seconds);
    spent += seconds;
  }
  return best;
}

std::size_t span(const kernels::Plane& plane) {
  return static_cast<std::size_t>(kernels::span_of(plane)) * 4 + 64;
}

template <class Conv>
double time_of_conv(const Conv& conv) {
  Block in(span(conv.shape.in)), out(span(conv.shape.out)),
      residual(conv.residual ? span(conv.residual_at) : 64);
  Block packed(kernels::packed_bytes(conv)), scratch(kernels::scratch_bytes(conv)), lookup(256);
  kernels::ConvBuffers buffers;
  buffers.in = in.data();
  buffers.packed = packed.data();
  buffers.out = out.data();
  buffers.residual = residual.data();
  buffers.table = reinterpret_cast<const std::uint8_t*>(lookup.data());
  const std::int64_t items = kernels::work_items(conv);
  return least([&] { kernels::run(conv, buffers, 0, items, scratch.data()); });
}

template <class Conv>
double best_variant(Conv conv) {
  double best = std::numeric_limits<double>::infinity();
  for (int v = 0; v < kernels::variants(conv); ++v) {
    conv.variant = static_cast<std::uint8_t>(v);
    if (kernels::problem(conv) == nullptr) best = std::min(best, time_of_conv(conv));
  }
  return best;
}

void make_dense(kernels::Plane& p) {
  p.pixel = p.c;
  p.row = p.pixel * p.w;
  p.image = p.row * p.h;
}

}  // namespace

double time_of(const kernels::ConvInt8& conv) {
  return time_of_conv(conv);
}
double time_of(const kernels::ConvF32& conv) {
  return time_of_conv(conv);
}

double time_of(const kernels::Convert& convert) {
  Block in(span(convert.in)), out(span(convert.out));
  const std::int64_t items = kernels::work_items(convert);
  return least([&] { kernels::run(convert, in.data(), out.data(), 0, items); });
}

bool float_is_faster(kernels::ConvShape shape, kernels::Isa isa) {
  make_dense(shape.in);
  make_dense(shape.out);
  kernels::ConvInt8 integer;
  integer.shape = shape;
  integer.isa = isa;
  kernels::ConvF32 real;
  real.shape = shape;
  real.isa = isa;
  if (kernels::problem(integer) != nullptr || kernels::problem(real) != nullptr) return false;
  kernels::Convert in, out;
  in.in = in.out = shape.in;
  in.from = kernels::Type::u8;
  out.in = out.out = shape.out;
  out.to = kernels::Type::u8;
  in.isa = out.isa = isa;
  return best_variant(real) + time_of(in) + time_of(out) < best_variant(integer);
}

}  // namespace bondline::inference::lowering
