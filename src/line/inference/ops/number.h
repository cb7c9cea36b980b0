// 16-bit floats as values that convert to and from float (IEEE 754-2019 binary16; bfloat16 is the upper half
// of binary32), both rounding to nearest even, and the type an operator calculates in for each element type.
#pragma once
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "line/inference/graph/graph.h"

namespace bondline::inference {

inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1f;
  std::uint32_t mantissa = half & 0x3ff;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  const float value = static_cast<float>(mantissa) * 5.9604644775390625e-8f;  // 2^-24, exact
  return sign != 0 ? -value : value;
}

inline std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<std::uint16_t>(sign | 0x7e00 | ((magnitude >> 13) & 0x3ff));
  if (magnitude >= 0x477ff000) return static_cast<std::uint16_t>(sign | 0x7c00);  // from 65520 on
  if (magnitude < 0x38800000) {
    // Below 2^-14 adding 0.5 aligns the mantissa so that the addition itself rounds to nearest even.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000));
  }
  const std::uint32_t odd = (magnitude >> 13) & 1;
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
}

struct Half {
  std::uint16_t bits = 0;
  Half() = default;
  Half(float value) : bits(float_to_half(value)) {}       // NOLINT: a number like the others
  operator float() const { return half_to_float(bits); }  // NOLINT
};

struct BFloat {
  std::uint16_t bits = 0;
  BFloat() = default;
  BFloat(float value) {  // NOLINT: a number like the others
    const std::uint32_t b = std::bit_cast<std::uint32_t>(value);
    const bool nan = (b & 0x7fffffff) > 0x7f800000;
    bits = static_cast<std::uint16_t>(nan ? (b >> 16) | 0x40 : (b + 0x7fff + ((b >> 16) & 1)) >> 16);
  }
  operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }  // NOLINT
};

/// What T is calculated in: 16-bit floats in float, everything else in itself.
template <class T>
using Arithmetic = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat>, float, T>;

template <class T>
struct TypeTag {
  using type = T;
};

/// Calls f(TypeTag<T>) for a floating element type; false for any other.
template <class F>
bool with_float(DType dtype, F f) {
  switch (dtype) {
    case DType::f32:
      return f(TypeTag<float>());
    case DType::f64:
      return f(TypeTag<double>());
    case DType::f16:
      return f(TypeTag<Half>());
    case DType::bf16:
      return f(TypeTag<BFloat>());
    default:
      return false;
  }
}

template <class F>
bool with_integer(DType dtype, F f) {
  switch (dtype) {
    case DType::i8:
      return f(TypeTag<std::int8_t>());
    case DType::u8:
      return f(TypeTag<std::uint8_t>());
    case DType::i16:
      return f(TypeTag<std::int16_t>());
    case DType::u16:
      return f(TypeTag<std::uint16_t>());
    case DType::i32:
      return f(TypeTag<std::int32_t>());
    case DType::u32:
      return f(TypeTag<std::uint32_t>());
    case DType::i64:
      return f(TypeTag<std::int64_t>());
    case DType::u64:
      return f(TypeTag<std::uint64_t>());
    default:
      return false;
  }
}

template <class F>
bool with_number(DType dtype, F f) {
  return with_float(dtype, f) || with_integer(dtype, f);
}

/// Calls f(TypeTag<T>) with an unsigned type of the element's size (std::string for strings): for operators
/// that only move elements.
template <class F>
bool with_size(DType dtype, F f) {
  if (dtype == DType::string) return f(TypeTag<std::string>());
  switch (size_of(dtype)) {
    case 1:
      return f(TypeTag<std::uint8_t>());
    case 2:
      return f(TypeTag<std::uint16_t>());
    case 4:
      return f(TypeTag<std::uint32_t>());
    case 8:
      return f(TypeTag<std::uint64_t>());
    default:
      return false;
  }
}

/// A real number as T: whole types saturate, NaN becomes 0 (a plain cast out of range is undefined).
template <class T>
T from_real(double value) {
  if constexpr (std::is_integral_v<T>) {
    if (!(value == value)) return T{0};
    if (value <= static_cast<double>(std::numeric_limits<T>::lowest()))
      return std::numeric_limits<T>::lowest();
    if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  }
  return static_cast<T>(value);
}

inline bool is_float(DType t) {
  return t == DType::f32 || t == DType::f64 || t == DType::f16 || t == DType::bf16;
}
inline bool is_integer(DType t) {
  return size_of(t) != 0 && !is_float(t) && t != DType::boolean;
}
inline bool is_number(DType t) {
  return is_float(t) || is_integer(t);
}

}  // namespace bondline::inference
