#include "line/gateway/store/value_codec.h"

namespace bondline::store {

Coding first_coding(tags::ValueType type) {
  switch (type) {
    case tags::ValueType::boolean:
    case tags::ValueType::i64:
    case tags::ValueType::u64:
      return Coding::delta;
    case tags::ValueType::f32:
      return Coding::xor32;
    case tags::ValueType::f64:
      return Coding::xor64;
    case tags::ValueType::text:
      break;
  }
  return Coding::text;
}

Suited suit(tags::ValueType type, std::uint64_t bits) {
  if (type == tags::ValueType::f64)
    for (int k = 0; k <= kMostDecimals; ++k)
      if (std::int64_t n; detail::as_decimal(bits, k, n))
        return {static_cast<Coding>(static_cast<int>(Coding::decimal_0) + k), static_cast<std::uint64_t>(n)};
  return {first_coding(type), bits};
}

}  // namespace bondline::store
