#include <sstream>

#include "checks.h"
#include "conv_cases.h"

namespace kernel_checks {

std::string pair_equals_its_parts(Isa isa, int cases, std::uint64_t seed) {
  Random random(seed);
  for (int i = 0; i < cases; ++i) {
    Int8Case a = random_int8(random, isa, random.chance(50));
    Int8Case b = random_int8(random, isa, false);
    ConvShape& s = b.conv.shape;
    // The second reads what the first writes: its input side is remade, its window kept.
    a.conv.float_out = false;
    const Plane middle =
        dense(a.conv.shape.out.n, a.conv.shape.out.h, a.conv.shape.out.w, a.conv.shape.out.c);
    a.conv.shape.out = s.in = middle;
    const bool depthwise = random.chance(40);
    s.groups = depthwise ? middle.c : 1;
    const int out_c = depthwise ? middle.c : s.out.c;
    const auto out = [](int size, int pad, int kernel, int stride, int dilation) {
      const int room = size + 2 * pad - dilation * (kernel - 1) - 1;
      return room < 0 ? 1 : room / stride + 1;
    };
    s.out = random_view(random, middle.n, out(middle.h, s.pad_top, s.kernel_h, s.stride_h, s.dilation_h),
                        out(middle.w, s.pad_left, s.kernel_w, s.stride_w, s.dilation_w), out_c,
                        random.chance(40));
    b.conv.residual_at = random_view(random, s.out.n, s.out.h, s.out.w, s.out.c, false);
    const bool in_place = b.conv.residual && random.chance(50);  // the sum over one of its terms
    if (in_place) b.conv.residual_at = s.out;
    b.weights.resize(static_cast<std::size_t>(middle.c / s.groups * s.kernel_h * s.kernel_w) *
                     static_cast<std::size_t>(out_c));
    for (auto& w : b.weights) w = static_cast<std::int8_t>(random.between(-128, 127));
    b.bias.assign(static_cast<std::size_t>(out_c), 100);
    b.multiplier.assign(static_cast<std::size_t>(out_c), 1e-4f);
    b.conv.variant = 0;

    Guarded<std::uint8_t> in(static_cast<std::size_t>(span_of(a.conv.shape.in))),
        between(static_cast<std::size_t>(span_of(middle)));
    Guarded<std::uint8_t> r1(static_cast<std::size_t>(span_of(a.conv.residual_at))),
        r2(static_cast<std::size_t>(span_of(b.conv.residual_at)));
    const std::size_t bytes = static_cast<std::size_t>(span_of(s.out)) * (b.conv.float_out ? 4 : 1);
    Guarded<std::uint8_t> apart(bytes), fused(bytes);
    for (auto* g : {&in, &r1, &r2})
      for (std::size_t j = 0; j < g->size(); ++j) g->data()[j] = static_cast<std::uint8_t>(random.bits());
    Guarded<std::uint8_t> p1((packed_bytes(a.conv) + 63) / 64 * 64),
        p2((packed_bytes(b.conv) + 63) / 64 * 64);
    pack(a.conv, {a.weights.data(), a.bias.data(), a.multiplier.data()}, p1.data());
    pack(b.conv, {b.weights.data(), b.bias.data(), b.multiplier.data()}, p2.data());
    run_all(random, a.conv, {in.data(), p1.data(), between.data(), r1.data(), a.table});
    run_all(random, b.conv, {between.data(), p2.data(), apart.data(), r2.data(), b.table});

    const ConvPairInt8 pair{a.conv, b.conv};
    if (const char* why = problem(pair)) return why;
    ConvPairBuffers buffers;
    buffers.in = in.data();
    buffers.first_packed = p1.data();
    buffers.first_table = a.table;
    buffers.first_residual = r1.data();
    buffers.second = {nullptr, p2.data(), fused.data(), in_place ? fused.data() : r2.data(), b.table};
    if (in_place) copy_elements(s.out, r2, fused);
    Guarded<std::uint8_t> scratch((scratch_bytes(pair) + 63) / 64 * 64);
    run(pair, buffers, 0, work_items(pair), scratch.data());
    if (std::memcmp(apart.data(), fused.data(), bytes) != 0)
      return "case " + std::to_string(i) + ": " + text_of(a.conv.shape) + " then " + text_of(s);
  }
  return "";
}

}  // namespace kernel_checks
