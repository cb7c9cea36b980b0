// com.microsoft's quantized operators, as ONNX Runtime's quantizer writes them: read levels, calculate in
// float, write levels (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
#include <utility>

#include "line/inference/ops/nn/window.h"
#include "line/inference/ops/quantize/quant.h"

namespace bondline::inference {

namespace {

float real(const OpTensor& t, std::int64_t i, Quant q) {
  return static_cast<float>(level_at(t, i) - q.zero) * q.scale;
}

// A, scale, zero, B, scale, zero, C scale, C zero.
bool infer_pair(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  if (!check_inputs(call, 7, 8, problem) || !has(call.in, 3))
    return problem->empty() ? fail(problem, "input 3 is missing") : false;
  return check_byte(call, 0, problem) && check_same(call, 0, 3, problem) &&
         check_quant(call, 1, call.in[0].dtype, 1, problem) &&
         check_quant(call, 4, call.in[0].dtype, 1, problem) &&
         check_quant(call, 6, call.in[0].dtype, 1, problem) &&
         broadcast(call.in[0].shape, call.in[3].shape, &wide, problem) &&
         give(out, 0, call.in[0].dtype, std::move(wide));
}

template <class F>
bool run_pair(const OpCall& call, F f) {
  const Quant a = quant_at(call.in, 1), b = quant_at(call.in, 4), y = quant_at(call.in, 6);
  const Ints wide = call.out[0].shape;
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    each_row(wide, broadcast_strides(call.in[0].shape, wide), broadcast_strides(call.in[3].shape, wide),
             [&](std::int64_t o, std::int64_t n, std::int64_t i, std::int64_t di, std::int64_t j,
                 std::int64_t dj) {
               for (std::int64_t k = 0; k < n; ++k)
                 call.out[0].as<T>()[o + k] =
                     quantize<T>(f(real(call.in[0], i + k * di, a), real(call.in[3], j + k * dj, b)), y);
             });
    return true;
  });
}
bool run_add(const OpCall& call, std::string*) {
  return run_pair(call, [](float a, float b) { return a + b; });
}
bool run_mul(const OpCall& call, std::string*) {
  return run_pair(call, [](float a, float b) { return a * b; });
}

// X, scale, zero, Y scale, Y zero.
bool check_single(const InferCall& call, std::string* problem) {
  return check_inputs(call, 2, 5, problem) &&
         (has(call.in, 3) || fail(problem, "input 3 (a scale) is missing")) && check_byte(call, 0, problem) &&
         check_quant(call, 1, call.in[0].dtype, 1, problem) &&
         check_quant(call, 3, call.in[0].dtype, 1, problem);
}

bool infer_single(const InferCall& call, Outputs* out, std::string* problem) {
  return check_single(call, problem) && give(out, 0, call.in[0].dtype, call.in[0].shape);
}

template <class F>
bool run_single(const OpCall& call, F f) {
  const Quant x = quant_at(call.in, 1), y = quant_at(call.in, 3);
  const std::int64_t n = call.out[0].elements();
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t i = 0; i < n; ++i) call.out[0].as<T>()[i] = quantize<T>(f(real(call.in[0], i, x)), y);
    return true;
  });
}
bool run_leaky(const OpCall& call, std::string*) {
  const float alpha = call.node.real("alpha", 0.01f);
  return run_single(call, [alpha](float x) { return x < 0 ? alpha * x : x; });
}
bool run_sigmoid(const OpCall& call, std::string*) {
  return run_single(call, [](float x) { return 1 / (1 + std::exp(-x)); });
}

// Rows over the last dimensions as opset decides, like Softmax.
bool infer_softmax(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  return check_single(call, problem) &&
         settle_axis(call.node.integer("axis", -1), call.in[0].shape.size(), &axis, problem) &&
         give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_softmax(const OpCall& call, std::string*) {
  const Quant x = quant_at(call.in, 1), y = quant_at(call.in, 3);
  const Ints s = call.in[0].shape;
  const std::int64_t raw = call.node.integer("axis", -1);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(s.size()) : raw);
  const bool flat = call.node.integer("opset", 13) < 13;
  const std::int64_t outer = product(s, 0, axis), n = flat ? product(s, axis, s.size()) : s[axis];
  const std::int64_t inner = flat ? 1 : product(s, axis + 1, s.size());
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner && n > 0; ++i) {
        const std::int64_t begin = o * n * inner + i;
        std::int32_t top = level_at(call.in[0], begin);
        for (std::int64_t k = 1; k < n; ++k) top = std::max(top, level_at(call.in[0], begin + k * inner));
        const auto part = [&](std::int64_t k) {
          return std::exp(static_cast<float>(level_at(call.in[0], begin + k * inner) - top) * x.scale);
        };
        double sum = 0;
        for (std::int64_t k = 0; k < n; ++k) sum += part(k);
        for (std::int64_t k = 0; k < n; ++k)
          call.out[0].as<T>()[begin + k * inner] = quantize<T>(static_cast<float>(part(k) / sum), y);
      }
    return true;
  });
}

bool channels_first(const InferCall& call, std::string* problem) {
  return call.node.integer("channels_last", 0) == 0 ||
         fail(problem, "attribute channels_last is not supported");
}

bool infer_global(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_single(call, problem) || !channels_first(call, problem) ||
      !check_rank(call, 0, 3, kMaxRank, problem))
    return false;
  Shape shape = call.in[0].shape;
  std::fill(shape.begin() + 2, shape.end(), 1);
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_global(const OpCall& call, std::string*) {
  const Quant x = quant_at(call.in, 1), y = quant_at(call.in, 3);
  const Ints s = call.in[0].shape;
  const std::int64_t planes = s[0] * s[1], n = product(s, 2, s.size());
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t p = 0; p < planes; ++p) {
      std::int64_t sum = 0;
      for (std::int64_t i = 0; i < n; ++i) sum += level_at(call.in[0], p * n + i) - x.zero;
      const float mean = n == 0 ? 0 : static_cast<float>(sum) * x.scale / static_cast<float>(n);
      call.out[0].as<T>()[p] = quantize<T>(mean, y);
    }
    return true;
  });
}

bool infer_average(const InferCall& call, Outputs* out, std::string* problem) {
  Window w;
  if (!check_single(call, problem) || !channels_first(call, problem) ||
      !read_window(call.node, call.in[0].shape, ints_of(call.node, "kernel_shape"), true, &w, problem))
    return false;
  Shape shape = {call.in[0].shape[0], call.in[0].shape[1]};
  shape.insert(shape.end(), w.out.begin(), w.out.begin() + static_cast<std::ptrdiff_t>(w.dims));
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_average(const OpCall& call, std::string* problem) {
  Window w;
  const Quant x = quant_at(call.in, 1), y = quant_at(call.in, 3);
  if (!read_window(call.node, call.in[0].shape, ints_of(call.node, "kernel_shape"), true, &w, problem))
    return false;
  const bool padding = call.node.integer("count_include_pad", 0) != 0;
  const std::int64_t planes = call.in[0].shape[0] * call.in[0].shape[1], size = w.in_size();
  if (call.out[0].elements() == 0) return true;
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::int64_t o = 0;
    for (std::int64_t p = 0; p < planes; ++p) {
      Indices at{};
      do {
        std::int64_t sum = 0, count = 0;
        Indices tap{};
        do {
          const std::int64_t offset = tap_offset(w, at, tap);
          if (offset >= 0) sum += level_at(call.in[0], p * size + offset) - x.zero;
          count += offset >= 0;
        } while (advance(&tap, w.kernel_shape(), w.dims));
        if (padding) count = w.taps();
        call.out[0].as<T>()[o++] =
            quantize<T>(count == 0 ? 0.0f : static_cast<float>(sum) * x.scale / static_cast<float>(count), y);
      } while (advance(&at, w.out_shape(), w.dims));
    }
    return true;
  });
}

// Y scale, Y zero, then (X, scale, zero) for every part.
bool infer_concat(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 5, 1u << 20, problem) || call.in.size() % 3 != 2)
    return problem->empty() ? fail(problem, "has a wrong number of inputs") : false;
  std::size_t axis = 0;
  Shape shape = call.in[2].shape;
  const DType type = call.in[2].dtype;
  if (!check_byte(call, 2, problem) ||
      !settle_axis(call.node.integer("axis", 0), shape.size(), &axis, problem) ||
      !check_quant(call, 0, type, 1, problem))
    return false;
  shape[axis] = 0;
  for (std::size_t i = 2; i < call.in.size(); i += 3) {
    Shape other = call.in[i].shape;
    if (!check_same(call, 2, i, problem) || !check_quant(call, i + 1, type, 1, problem)) return false;
    if (other.size() != shape.size()) return fail(problem, "its parts have different numbers of dimensions");
    const std::int64_t size = std::exchange(other[axis], shape[axis]);
    if (other != shape) return fail(problem, "its parts have different shapes");
    shape[axis] += size;
  }
  return give(out, 0, type, std::move(shape));
}

bool run_concat(const OpCall& call, std::string*) {
  const Quant y = quant_at(call.in, 0);
  const Ints s = call.out[0].shape;
  const std::int64_t raw = call.node.integer("axis", 0);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(s.size()) : raw);
  const std::int64_t outer = product(s, 0, axis), row = product(s, axis, s.size());
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::int64_t begin = 0;
    for (std::size_t i = 2; i < call.in.size(); i += 3) {
      const Quant x = quant_at(call.in, i + 1);
      const std::int64_t n = product(call.in[i].shape, axis, s.size());
      for (std::int64_t o = 0; o < outer; ++o)
        for (std::int64_t k = 0; k < n; ++k)
          call.out[0].as<T>()[o * row + begin + k] = quantize<T>(real(call.in[i], o * n + k, x), y);
      begin += n;
    }
    return true;
  });
}

constexpr OpInfo kOps[] = {{kMicrosoft, "QLinearAdd", 1, 1, infer_pair, run_add},
                           {kMicrosoft, "QLinearMul", 1, 1, infer_pair, run_mul},
                           {kMicrosoft, "QLinearLeakyRelu", 1, 1, infer_single, run_leaky},
                           {kMicrosoft, "QLinearSigmoid", 1, 1, infer_single, run_sigmoid},
                           {kMicrosoft, "QLinearSoftmax", 1, 1, infer_softmax, run_softmax},
                           {kMicrosoft, "QLinearGlobalAveragePool", 1, 1, infer_global, run_global},
                           {kMicrosoft, "QLinearAveragePool", 1, 1, infer_average, run_average},
                           {kMicrosoft, "QLinearConcat", 1, 1, infer_concat, run_concat}};

}  // namespace

std::span<const OpInfo> qlinear_ops() {
  return kOps;
}

}  // namespace bondline::inference
