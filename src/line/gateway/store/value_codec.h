// How one value becomes a few bytes: its difference from the tag's reference value, which a snapshot frame
// holds, so that every data frame can be read with its snapshot alone. Integers by their difference, floats
// by XOR (Pelkonen et al., "Gorilla", VLDB 2015), doubles that are short decimals as integers (Afroozeh et
// al., "ALP", SIGMOD 2024). A four-bit control says how many bytes follow. docs/formats/log.md has the table.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "line/gateway/store/bytes.h"
#include "line/tags/tag.h"

namespace bondline::store {

/// How a tag's values are coded in the frames of one snapshot. decimal_0 + k: multiples of 10^-k.
enum class Coding : std::uint8_t { delta, xor32, xor64, text, decimal_0 = 16 };
inline constexpr int kMostDecimals = 8;

Coding first_coding(tags::ValueType type);

/// Reference values of all tags, by tag id.
struct References {
  std::vector<Coding> coding;
  std::vector<std::uint64_t> value;  ///< bits; of a decimal coding: the integer
  std::size_t size() const { return coding.size(); }
  void add(tags::ValueType type) {
    coding.push_back(first_coding(type));
    value.push_back(0);
  }
};

/// The coding that suits a value best, and its reference under that coding.
struct Suited {
  Coding coding;
  std::uint64_t reference;
};
Suited suit(tags::ValueType type, std::uint64_t bits);

namespace detail {

inline constexpr double kTens[kMostDecimals + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
inline constexpr unsigned kControlText = 14, kControlRaw = 15, kShift = 24;

inline unsigned bytes_in(std::uint64_t v) {
  return (71u - static_cast<unsigned>(std::countl_zero(v))) / 8u;
}

/// v as a multiple of 10^-k, when dividing that integer gives v's bits back.
inline bool as_decimal(std::uint64_t bits, int k, std::int64_t& n) {
  const double scaled = std::bit_cast<double>(bits) * kTens[k];
  if (!(std::abs(scaled) < 4e15)) return false;  // also NaN
  n = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
  return std::bit_cast<std::uint64_t>(static_cast<double>(n) / kTens[k]) == bits;
}

/// Bytes that follow a control (text apart).
inline unsigned length_of(unsigned control) {
  return control <= 8 ? control : control < kControlText ? control - 8 : control == kControlRaw ? 8 : 0;
}

}  // namespace detail

/// Writes a value's bytes at `out` (8 bytes must be free), says how many count, returns the control. Not for
/// text.
inline unsigned encode_value(Coding coding, std::uint64_t reference, std::uint64_t bits, unsigned char* out,
                             unsigned& length) {
  using namespace detail;
  std::uint64_t v;
  switch (coding) {
    case Coding::delta:
      v = zigzag(static_cast<std::int64_t>(bits - reference));
      break;
    case Coding::xor32:
      v = (bits ^ reference) & 0xFFFFFFFFu;
      break;
    case Coding::xor64:
      v = bits ^ reference;
      if (v != 0 && (v & ((1u << kShift) - 1)) == 0) {
        v >>= kShift;
        std::memcpy(out, &v, 8);
        length = bytes_in(v);
        return 8 + length;
      }
      break;
    default: {
      std::int64_t n;
      if (!as_decimal(bits, static_cast<int>(coding) - static_cast<int>(Coding::decimal_0), n)) {
        std::memcpy(out, &bits, 8);
        length = 8;
        return kControlRaw;
      }
      v = zigzag(n - static_cast<std::int64_t>(reference));
    }
  }
  std::memcpy(out, &v, 8);
  length = bytes_in(v);
  return length;
}

/// The bits of a value from its control and its bytes (already widened to 64 bits).
inline std::uint64_t decode_value(Coding coding, std::uint64_t reference, unsigned control, std::uint64_t v) {
  using namespace detail;
  if (control == kControlRaw) return v;
  if (control > 8) v <<= kShift;
  switch (coding) {
    case Coding::delta:
      return reference + static_cast<std::uint64_t>(unzigzag(v));
    case Coding::xor32:
    case Coding::xor64:
      return v ^ reference;
    case Coding::text:
      return 0;
    default: {
      const int k = static_cast<int>(coding) - static_cast<int>(Coding::decimal_0);
      const auto n = static_cast<std::int64_t>(reference + static_cast<std::uint64_t>(unzigzag(v)));
      return std::bit_cast<std::uint64_t>(static_cast<double>(n) / kTens[k]);
    }
  }
}

}  // namespace bondline::store
