// QuantizeLinear, DequantizeLinear (per tensor and per axis), DynamicQuantizeLinear.
#include "line/inference/ops/quantize/quant.h"

namespace bondline::inference {

bool check_quant(const InferCall& call, std::size_t s, DType levels, std::int64_t channels,
                 std::string* problem) {
  if (!has(call.in, s)) return fail(problem, "input " + std::to_string(s) + " (a scale) is missing");
  if (!check_float(call, s, problem)) return false;
  const std::int64_t n = elements_of(call.in[s].shape);
  if (n != 1 && n != channels)
    return fail(problem, "input " + std::to_string(s) + " (a scale) has " + std::to_string(n) +
                             " entries, not 1 or " + std::to_string(channels));
  if (!has(call.in, s + 1)) return true;
  if (call.in[s + 1].dtype != levels)
    return fail(problem, "the zero point, input " + std::to_string(s + 1) + ", is " +
                             std::string(name_of(call.in[s + 1].dtype)) + ", not " +
                             std::string(name_of(levels)));
  const std::int64_t zeros = elements_of(call.in[s + 1].shape);
  return zeros == n || zeros == 1 ||
         fail(problem,
              "the zero point, input " + std::to_string(s + 1) + ", has another size than its scale");
}

bool check_byte(const InferCall& call, std::size_t i, std::string* problem) {
  return check_type(call, i, {DType::u8, DType::i8}, problem);
}

namespace {

// Per-axis scales are one-dimensional with as many entries as the axis; channels of a per-tensor scale: 1.
bool axis_size(const InferCall& call, std::int64_t* channels, std::string* problem) {
  *channels = 1;
  if (call.node.integer("block_size", 0) != 0) return fail(problem, "attribute block_size is not supported");
  if (elements_of(call.in[1].shape) == 1 && call.in[1].shape.size() <= 1) return true;
  std::size_t axis = 0;
  if (call.in[1].shape.size() != 1)
    return fail(problem, "a scale of more than one dimension is not supported");
  if (!settle_axis(call.node.integer("axis", 1), call.in[0].shape.size(), &axis, problem)) return false;
  *channels = call.in[0].shape[axis];
  return elements_of(call.in[1].shape) == *channels ||
         fail(problem, "the scale has " + to_string(call.in[1].shape) + " entries for an axis of " +
                           std::to_string(*channels));
}

bool infer_quantize(const InferCall& call, Outputs* out, std::string* problem) {
  std::int64_t channels = 1;
  if (!check_inputs(call, 2, 3, problem)) return false;
  if (!is_float(call.in[0].dtype) && call.in[0].dtype != DType::i32)
    return fail(problem, "input 0 must be float or int32");
  if (!axis_size(call, &channels, problem)) return false;
  DType to = DType::u8;
  switch (call.node.integer("output_dtype", 0)) {  // TensorProto.DataType
    case 0:
    case 2:
      break;
    case 3:
      to = DType::i8;
      break;
    case 4:
      to = DType::u16;
      break;
    case 5:
      to = DType::i16;
      break;
    default:
      return fail(problem, "attribute output_dtype is not supported");
  }
  if (has(call.in, 2)) to = call.in[2].dtype;
  if (!is_quantized(to))
    return fail(problem, "quantizes to " + std::string(name_of(to)) + ", which is not supported");
  return check_quant(call, 1, to, channels, problem) && give(out, 0, to, call.in[0].shape);
}

bool infer_dequantize(const InferCall& call, Outputs* out, std::string* problem) {
  std::int64_t channels = 1;
  if (!check_inputs(call, 2, 3, problem)) return false;
  if (!is_quantized(call.in[0].dtype) && call.in[0].dtype != DType::i32)
    return fail(problem, "input 0 cannot be " + std::string(name_of(call.in[0].dtype)));
  return axis_size(call, &channels, problem) && check_quant(call, 1, call.in[0].dtype, channels, problem) &&
         give(out, 0, call.in[1].dtype, call.in[0].shape);
}

// f(channel, begin, n) for every run of elements that share a scale.
template <class F>
void each_channel(const OpCall& call, F f) {
  const Ints x = call.in[0].shape;
  if (call.in[1].elements() == 1) {
    f(std::int64_t{0}, std::int64_t{0}, product(x));
    return;
  }
  const std::int64_t raw = call.node.integer("axis", 1);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(x.size()) : raw);
  const std::int64_t outer = product(x, 0, axis), n = x[axis], inner = product(x, axis + 1, x.size());
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t c = 0; c < n; ++c) f(c, (o * n + c) * inner, inner);
}

bool run_quantize(const OpCall& call, std::string*) {
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = call.out[0].as<T>();
    each_channel(call, [&](std::int64_t c, std::int64_t begin, std::int64_t n) {
      const Quant q = quant_at(call.in, 1, c);
      if (call.in[0].dtype == DType::f32)
        for (std::int64_t i = begin; i < begin + n; ++i)
          y[i] = quantize<T>(call.in[0].as<const float>()[i], q);
      else
        for (std::int64_t i = begin; i < begin + n; ++i)
          y[i] = quantize<T>(static_cast<float>(real_at(call.in[0], i)), q);
    });
    return true;
  });
}

bool run_dequantize(const OpCall& call, std::string*) {
  return with_float(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = call.out[0].as<T>();
    each_channel(call, [&](std::int64_t c, std::int64_t begin, std::int64_t n) {
      const Quant q = quant_at(call.in, 1, c);
      for (std::int64_t i = begin; i < begin + n; ++i) {
        const auto level = static_cast<std::int64_t>(level_at(call.in[0], i)) - q.zero;
        y[i] = static_cast<T>(static_cast<float>(level) * q.scale);
      }
    });
    return true;
  });
}

bool infer_dynamic(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !check_type(call, 0, {DType::f32}, problem)) return false;
  give(out, 1, DType::f32, {});
  give(out, 2, DType::u8, {});
  return give(out, 0, DType::u8, call.in[0].shape);
}

// The range of the data, widened to hold 0, onto 0..255.
bool run_dynamic(const OpCall& call, std::string*) {
  const std::int64_t n = call.in[0].elements();
  const float* x = call.in[0].as<const float>();
  float low = 0, high = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    low = std::min(low, x[i]);
    high = std::max(high, x[i]);
  }
  Quant q;
  q.scale = low == high ? 1.0f : (high - low) / 255;
  q.zero = saturate<std::uint8_t>(std::nearbyint(-low / q.scale));
  if (has(call.out, 1)) *call.out[1].as<float>() = q.scale;
  if (has(call.out, 2)) *call.out[2].as<std::uint8_t>() = static_cast<std::uint8_t>(q.zero);
  for (std::int64_t i = 0; i < n; ++i) call.out[0].as<std::uint8_t>()[i] = quantize<std::uint8_t>(x[i], q);
  return true;
}

constexpr OpInfo kOps[] = {{"", "QuantizeLinear", 10, 21, infer_quantize, run_quantize},
                           {"", "DequantizeLinear", 10, 21, infer_dequantize, run_dequantize},
                           {kMicrosoft, "QuantizeLinear", 1, 1, infer_quantize, run_quantize},
                           {kMicrosoft, "DequantizeLinear", 1, 1, infer_dequantize, run_dequantize},
                           {"", "DynamicQuantizeLinear", 11, 21, infer_dynamic, run_dynamic}};

}  // namespace

std::span<const OpInfo> quantize_ops() {
  return kOps;
}

}  // namespace bondline::inference
