// Linear quantization (https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html): real = (q - zero_point) *
// scale; q = saturate(round half to even(real / scale) + zero_point).
#pragma once
#include <cmath>
#include <limits>

#include "line/inference/ops/support.h"

namespace bondline::inference {

struct Quant {
  float scale = 1;
  std::int32_t zero = 0;
};

inline bool is_quantized(DType t) {
  return t == DType::u8 || t == DType::i8 || t == DType::u16 || t == DType::i16;
}

/// A quantized element or zero point as an integer.
inline std::int32_t level_at(const OpTensor& t, std::int64_t i) {
  switch (t.dtype) {
    case DType::u8:
      return t.as<const std::uint8_t>()[i];
    case DType::i8:
      return t.as<const std::int8_t>()[i];
    case DType::u16:
      return t.as<const std::uint16_t>()[i];
    case DType::i16:
      return t.as<const std::int16_t>()[i];
    default:
      return t.as<const std::int32_t>()[i];
  }
}

/// Entry i of scale input s and zero point input s + 1 (left out: 0); one-element tensors hold for all i.
inline Quant quant_at(std::span<const OpTensor> in, std::size_t s, std::int64_t i = 0) {
  Quant q;
  q.scale = static_cast<float>(real_at(in[s], in[s].elements() == 1 ? 0 : i));
  if (has(in, s + 1)) q.zero = level_at(in[s + 1], in[s + 1].elements() == 1 ? 0 : i);
  return q;
}

/// `levels` (already rounded to a whole number) as T, saturated.
template <class T>
T saturate(float levels) {
  if (!(levels > static_cast<float>(std::numeric_limits<T>::min()))) return std::numeric_limits<T>::min();
  if (levels >= static_cast<float>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  return static_cast<T>(levels);
}

template <class T>
T quantize(float real, Quant q) {
  return saturate<T>(std::nearbyint(real / q.scale) + static_cast<float>(q.zero));
}

/// Calls f(TypeTag<T>) for the quantized types.
template <class F>
bool with_level(DType dtype, F f) {
  switch (dtype) {
    case DType::u8:
      return f(TypeTag<std::uint8_t>());
    case DType::i8:
      return f(TypeTag<std::int8_t>());
    case DType::u16:
      return f(TypeTag<std::uint16_t>());
    case DType::i16:
      return f(TypeTag<std::int16_t>());
    default:
      return false;
  }
}

/// Input s is a float scale of 1 or `channels` entries, input s + 1 (may be left out) a zero point like it of
/// input x's type.
bool check_quant(const InferCall& call, std::size_t s, DType levels, std::int64_t channels,
                 std::string* problem);
/// Input i is uint8 or int8.
bool check_byte(const InferCall& call, std::size_t i, std::string* problem);

}  // namespace bondline::inference
