#include <cmath>
#include <cstring>
#include <sstream>

#include "checks.h"
#include "conv_cases.h"

namespace kernel_checks {
namespace {

std::string compare(const Int8Case& c, const Guarded<std::uint8_t>& in, const Guarded<std::uint8_t>& residual,
                    const Guarded<std::uint8_t>& out) {
  const Plane& o = c.conv.shape.out;
  const int size = c.conv.float_out ? 4 : 1;
  std::vector<bool> touched(out.size());
  std::ostringstream why;
  for (int n = 0; n < o.n; ++n)
    for (int y = 0; y < o.h; ++y)
      for (int x = 0; x < o.w; ++x)
        for (int j = 0; j < o.c; ++j) {
          const std::int64_t i = at(o, n, y, x, j);
          for (int k = 0; k < size; ++k) touched[static_cast<std::size_t>(i * size + k)] = true;
          if (c.conv.float_out) {
            const float want = reference_scaled(c, in.data(), n, y, x, j);
            float got;
            std::memcpy(&got, out.data() + i * 4, 4);
            if (std::memcmp(&got, &want, 4) != 0) why << "float " << got << " instead of " << want;
          } else {
            const int want = reference_u8(c, in.data(), residual.data(), n, y, x, j), got = out[i];
            if (got != want) why << got << " instead of " << want;
          }
          if (!why.str().empty()) {
            why << " at " << n << "," << y << "," << x << "," << j << " of " << text_of(c.conv.shape)
                << " variant " << int{c.conv.variant} << " table " << c.conv.table << " residual "
                << c.conv.residual;
            return why.str();
          }
        }
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!touched[i] && out[static_cast<std::int64_t>(i)] != 0xa5)
      return "wrote between the pixels of " + text_of(c.conv.shape);
  return "";
}

std::string check(Random& random, const Int8Case& c, bool extreme_input) {
  if (const char* why = problem(c.conv)) return std::string(why) + ": " + text_of(c.conv.shape);
  const ConvShape& s = c.conv.shape;
  Guarded<std::uint8_t> in(static_cast<std::size_t>(span_of(s.in)));
  Guarded<std::uint8_t> residual(static_cast<std::size_t>(span_of(c.conv.residual_at)));
  Guarded<std::uint8_t> out(static_cast<std::size_t>(span_of(s.out)) * (c.conv.float_out ? 4 : 1));
  Guarded<std::uint8_t> table(256), packed((packed_bytes(c.conv) + 63) / 64 * 64);
  for (std::size_t i = 0; i < in.size(); ++i)
    in.data()[i] = extreme_input ? (random.chance(80) ? 255 : 0) : static_cast<std::uint8_t>(random.bits());
  for (std::size_t i = 0; i < residual.size(); ++i)
    residual.data()[i] = static_cast<std::uint8_t>(random.bits());
  std::memcpy(table.data(), c.table, 256);
  pack(c.conv, {c.weights.data(), c.bias.data(), c.multiplier.data()}, packed.data());
  // A sum may be written over one of its terms.
  const bool in_place = c.conv.residual && same_places(c.conv.residual_at, s.out) && random.chance(50);
  if (in_place) copy_elements(s.out, residual, out);
  run_all(random, c.conv,
          {in.data(), packed.data(), out.data(), in_place ? out.data() : residual.data(), table.data()});
  return compare(c, in, residual, out);
}

}  // namespace

std::string conv_int8_equals_reference(Isa isa, int cases, std::uint64_t seed) {
  Random random(seed);
  for (int i = 0; i < cases; ++i) {
    const Int8Case c = random_int8(random, isa, false);
    if (std::string why = check(random, c, random.chance(20)); !why.empty())
      return "case " + std::to_string(i) + ": " + why;
  }
  return "";
}

std::string depthwise_int8_equals_reference(Isa isa, int cases, std::uint64_t seed) {
  Random random(seed);
  for (int i = 0; i < cases; ++i) {
    const Int8Case c = random_int8(random, isa, true);
    if (std::string why = check(random, c, random.chance(20)); !why.empty())
      return "case " + std::to_string(i) + ": " + why;
  }
  return "";
}

std::string extremes_do_not_saturate_inside(Isa isa) {
  Random random(7);
  for (const int weight : {-128, 127})
    for (const int k : {4, 1024, 4608}) {  // 4608 * 255 * 128 = 1.5e8; pairs of products leave 16 bits
      Int8Case c = random_int8(random, isa, false);
      c.conv = ConvInt8{};
      c.conv.isa = isa;
      c.conv.shape = product_shape(17, k, 40);
      c.conv.residual_at = c.conv.shape.out;
      c.weights.assign(static_cast<std::size_t>(k) * 40, static_cast<std::int8_t>(weight));
      c.bias.assign(40, 0);
      c.multiplier.assign(40, 127.0f / (255.0f * 128.0f * static_cast<float>(k)));
      c.conv.out_zero = 128;
      Guarded<std::uint8_t> in(static_cast<std::size_t>(17 * k)), out(17 * 40), none(17 * 40);
      std::memset(in.data(), 255, in.size());
      Guarded<std::uint8_t> packed((packed_bytes(c.conv) + 63) / 64 * 64);
      pack(c.conv, {c.weights.data(), c.bias.data(), c.multiplier.data()}, packed.data());
      run_all(random, c.conv, {in.data(), packed.data(), out.data(), nullptr, nullptr});
      if (std::string why = compare(c, in, none, out); !why.empty()) return why;
      const int want =
          static_cast<int>(std::nearbyintf(static_cast<float>(255 * weight * k) * c.multiplier[0])) + 128;
      if (out[0] != want) return "the extreme product is " + std::to_string(out[0]);
    }
  return "";
}

}  // namespace kernel_checks
