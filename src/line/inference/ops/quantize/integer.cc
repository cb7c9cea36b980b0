// Integer products: sums in int32 (wrapping, as ORT's), then scaled to the output's levels in float:
// y = saturate(round(sum * (x_scale * w_scale / y_scale)) + y_zero).
#include "line/inference/ops/math/matrix.h"
#include "line/inference/ops/nn/window.h"
#include "line/inference/ops/quantize/quant.h"

namespace bondline::inference {

namespace {

std::int32_t wrap_add(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

// Which inputs hold what; kAbsent: the operator has none.
constexpr std::size_t kAbsent = SIZE_MAX;
struct ConvPlaces {
  std::size_t w, x_zero, w_scale, w_zero, y_scale, bias;
};
constexpr ConvPlaces kConvInteger = {1, 2, kAbsent, 3, kAbsent, kAbsent};
constexpr ConvPlaces kQLinearConv = {3, 2, 4, 5, 6, 8};

bool conv_shape(const InferCall& call, std::size_t weights, Shape* shape, std::string* problem) {
  Window w;
  if (!check_byte(call, 0, problem) || !check_byte(call, weights, problem) ||
      !check_rank(call, 0, 3, kMaxRank, problem))
    return false;
  const Shape &x = call.in[0].shape, &k = call.in[weights].shape;
  const std::int64_t group = call.node.integer("group", 1);
  if (k.size() != x.size() || group < 1 || k[0] % group != 0 || group > x[1] || x[1] != k[1] * group)
    return fail(problem, "weights of shape " + to_string(k) + " in " + std::to_string(group) +
                             " groups do not fit an input of " + to_string(x));
  const Ints given = ints_of(call.node, "kernel_shape");
  if (!given.empty() && !std::equal(given.begin(), given.end(), k.begin() + 2, k.end()))
    return fail(problem, "attribute kernel_shape differs from the weights' shape " + to_string(k));
  if (!read_window(call.node, x, Ints(k).subspan(2), false, &w, problem)) return false;
  *shape = {x[0], k[0]};
  shape->insert(shape->end(), w.out.begin(), w.out.begin() + static_cast<std::ptrdiff_t>(w.dims));
  return true;
}

bool check_zero(const InferCall& call, std::size_t i, std::size_t like, std::int64_t channels,
                std::string* problem) {
  if (!has(call.in, i)) return true;
  if (!check_same(call, like, i, problem)) return false;
  const std::int64_t n = elements_of(call.in[i].shape);
  return n == 1 || n == channels ||
         fail(problem, "the zero point, input " + std::to_string(i) + ", has a wrong size");
}

bool infer_conv_integer(const InferCall& call, Outputs* out, std::string* problem) {
  Shape shape;
  return check_inputs(call, 2, 4, problem) && conv_shape(call, 1, &shape, problem) &&
         check_zero(call, 2, 0, 1, problem) && check_zero(call, 3, 1, call.in[1].shape[0], problem) &&
         give(out, 0, DType::i32, std::move(shape));
}

bool infer_qlinear_conv(const InferCall& call, Outputs* out, std::string* problem) {
  Shape shape;
  if (!check_inputs(call, 8, 9, problem) || !conv_shape(call, 3, &shape, problem) ||
      !check_byte(call, 7, problem) || !check_quant(call, 1, call.in[0].dtype, 1, problem) ||
      !check_quant(call, 4, call.in[3].dtype, call.in[3].shape[0], problem) ||
      !check_quant(call, 6, call.in[7].dtype, 1, problem))
    return false;
  if (has(call.in, 8) &&
      (!check_type(call, 8, {DType::i32}, problem) || call.in[8].shape != Shape{call.in[3].shape[0]}))
    return problem->empty() ? fail(problem, "the bias must have one entry per output channel") : false;
  return give(out, 0, call.in[7].dtype, std::move(shape));
}

std::size_t scratch_conv(const Node&, std::int64_t, std::span<const OpTensor>,
                         std::span<const OpTensor> out) {
  return static_cast<std::size_t>(product(out[0].shape, 2, out[0].shape.size())) * sizeof(std::int32_t);
}

// finish(m, sums, index of the plane's first output) once per plane of sums.
template <class Finish>
bool convolve(const OpCall& call, const ConvPlaces& p, std::string* problem, Finish finish) {
  Window w;
  const Ints x = call.in[0].shape, k = call.in[p.w].shape;
  if (!read_window(call.node, x, k.subspan(2), false, &w, problem)) return false;
  const std::int64_t group = call.node.integer("group", 1), per_group = k[1], taps = w.taps();
  const std::int64_t in_size = w.in_size(), out_size = w.out_size();
  const std::int32_t x_zero = has(call.in, p.x_zero) ? level_at(call.in[p.x_zero], 0) : 0;
  auto* sums = reinterpret_cast<std::int32_t*>(call.scratch.data());
  if (call.out[0].elements() == 0) return true;
  for (std::int64_t n = 0; n < x[0]; ++n)
    for (std::int64_t m = 0; m < k[0]; ++m) {
      const bool per_channel = has(call.in, p.w_zero) && call.in[p.w_zero].elements() > 1;
      const std::int32_t w_zero =
          has(call.in, p.w_zero) ? level_at(call.in[p.w_zero], per_channel ? m : 0) : 0;
      const bool biased = p.bias != kAbsent && has(call.in, p.bias);
      std::fill_n(sums, out_size, biased ? call.in[p.bias].as<const std::int32_t>()[m] : 0);
      for (std::int64_t c = 0; c < per_group; ++c) {
        const std::int64_t plane = (n * x[1] + m / (k[0] / group) * per_group + c) * in_size;
        std::int64_t weight = (m * per_group + c) * taps;
        Indices tap{};
        do {
          const std::int32_t factor = level_at(call.in[p.w], weight++) - w_zero;
          Indices at{};
          std::int64_t o = 0;
          if (factor != 0) do {
              // Padding holds the zero point, which stands for 0 and adds nothing.
              const std::int64_t offset = tap_offset(w, at, tap);
              if (offset >= 0)
                sums[o] = wrap_add(sums[o], factor * (level_at(call.in[0], plane + offset) - x_zero));
              ++o;
            } while (advance(&at, w.out_shape(), w.dims));
        } while (advance(&tap, w.kernel_shape(), w.dims));
      }
      finish(m, sums, (n * k[0] + m) * out_size, out_size);
    }
  return true;
}

bool run_conv_integer(const OpCall& call, std::string* problem) {
  return convolve(call, kConvInteger, problem,
                  [&](std::int64_t, const std::int32_t* sums, std::int64_t begin, std::int64_t n) {
                    std::copy_n(sums, n, call.out[0].as<std::int32_t>() + begin);
                  });
}

template <class T>
T requantize(std::int32_t sum, float scale, std::int32_t zero) {
  return saturate<T>(std::nearbyint(static_cast<float>(sum) * scale) + static_cast<float>(zero));
}

bool run_qlinear_conv(const OpCall& call, std::string* problem) {
  const float x_scale = quant_at(call.in, 1).scale;
  const Quant y = quant_at(call.in, 6);
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return convolve(call, kQLinearConv, problem,
                    [&](std::int64_t m, const std::int32_t* sums, std::int64_t begin, std::int64_t n) {
                      const float scale = x_scale * quant_at(call.in, 4, m).scale / y.scale;
                      for (std::int64_t i = 0; i < n; ++i)
                        call.out[0].as<T>()[begin + i] = requantize<T>(sums[i], scale, y.zero);
                    });
  });
}

// Entry i of a zero point that may be left out, one for all or one per row or column.
std::int32_t zero_at(const OpCall& call, std::size_t place, std::int64_t i) {
  if (!has(call.in, place)) return 0;
  return level_at(call.in[place], call.in[place].elements() == 1 ? 0 : i);
}

// finish(index of the output, column, sum).
template <class Finish>
void multiply(const OpCall& call, std::size_t b, std::size_t a_zero, std::size_t b_zero, Finish finish) {
  if (call.out[0].elements() == 0) return;
  const Product p = product_of(call.in[0].shape, call.in[b].shape, call.out[0].shape);
  std::int64_t o = 0;
  each_product(p, [&](std::int64_t begin_a, std::int64_t begin_b) {
    for (std::int64_t i = 0; i < p.m; ++i)
      for (std::int64_t j = 0; j < p.n; ++j) {
        const std::int32_t za = zero_at(call, a_zero, i), zb = zero_at(call, b_zero, j);
        std::int32_t sum = 0;
        for (std::int64_t k = 0; k < p.k; ++k)
          sum = wrap_add(sum, (level_at(call.in[0], begin_a + i * p.k + k) - za) *
                                  (level_at(call.in[b], begin_b + k * p.n + j) - zb));
        finish(o++, j, sum);
      }
  });
}

bool infer_matmul_integer(const InferCall& call, Outputs* out, std::string* problem) {
  Shape shape;
  if (!check_inputs(call, 2, 4, problem) || !check_byte(call, 0, problem) || !check_byte(call, 1, problem) ||
      !matmul_shape(call.in[0].shape, call.in[1].shape, &shape, problem))
    return false;
  const Shape& a = call.in[0].shape;
  return check_zero(call, 2, 0, a.size() > 1 ? a[a.size() - 2] : 1, problem) &&
         check_zero(call, 3, 1, call.in[1].shape.back(), problem) &&
         give(out, 0, DType::i32, std::move(shape));
}

bool run_matmul_integer(const OpCall& call, std::string*) {
  multiply(call, 1, 2, 3,
           [&](std::int64_t o, std::int64_t, std::int32_t sum) { call.out[0].as<std::int32_t>()[o] = sum; });
  return true;
}

bool infer_qlinear_matmul(const InferCall& call, Outputs* out, std::string* problem) {
  Shape shape;
  return check_inputs(call, 8, 8, problem) && check_byte(call, 0, problem) && check_byte(call, 3, problem) &&
         check_byte(call, 7, problem) && matmul_shape(call.in[0].shape, call.in[3].shape, &shape, problem) &&
         check_quant(call, 1, call.in[0].dtype, 1, problem) &&
         check_quant(call, 4, call.in[3].dtype, call.in[3].shape.back(), problem) &&
         check_quant(call, 6, call.in[7].dtype, 1, problem) &&
         give(out, 0, call.in[7].dtype, std::move(shape));
}

bool run_qlinear_matmul(const OpCall& call, std::string*) {
  const float a_scale = quant_at(call.in, 1).scale;
  const Quant y = quant_at(call.in, 6);
  return with_level(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    multiply(call, 3, 2, 5, [&](std::int64_t o, std::int64_t j, std::int32_t sum) {
      call.out[0].as<T>()[o] = requantize<T>(sum, a_scale * quant_at(call.in, 4, j).scale / y.scale, y.zero);
    });
    return true;
  });
}

// com.microsoft.QGemm: A, scale, zero, B, scale, zero, C (int32), y scale, y zero; without a y scale the
// output is float.
bool infer_qgemm(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 6, 9, problem) || !check_byte(call, 0, problem) || !check_byte(call, 3, problem) ||
      !check_rank(call, 0, 2, 2, problem) || !check_rank(call, 3, 2, 2, problem))
    return false;
  const bool ta = call.node.integer("transA", 0) != 0, tb = call.node.integer("transB", 0) != 0;
  const Shape &a = call.in[0].shape, &b = call.in[3].shape;
  Shape shape = {a[ta ? 1 : 0], b[tb ? 0 : 1]}, wide = shape;
  if (a[ta ? 0 : 1] != b[tb ? 1 : 0]) return fail(problem, "the matrices do not fit for a product");
  if (!check_quant(call, 1, call.in[0].dtype, 1, problem) ||
      !check_quant(call, 4, call.in[3].dtype, shape[1], problem))
    return false;
  if (has(call.in, 6) && (!check_type(call, 6, {DType::i32}, problem) ||
                          !broadcast(shape, call.in[6].shape, &wide, problem) || wide != shape))
    return problem->empty() ? fail(problem, "C does not broadcast to the output") : false;
  if (!has(call.in, 7)) return give(out, 0, DType::f32, std::move(shape));
  const DType to = has(call.in, 8) ? call.in[8].dtype : call.in[0].dtype;
  return check_quant(call, 7, to, 1, problem) && give(out, 0, to, std::move(shape));
}

bool run_qgemm(const OpCall& call, std::string*) {
  const bool ta = call.node.integer("transA", 0) != 0, tb = call.node.integer("transB", 0) != 0;
  const std::int64_t m = call.out[0].shape[0], n = call.out[0].shape[1], depth = call.in[0].shape[ta ? 0 : 1];
  const float alpha = call.node.real("alpha", 1);
  const Quant a = quant_at(call.in, 1), y = has(call.in, 7) ? quant_at(call.in, 7) : Quant{};
  const Indices sc = has(call.in, 6) ? broadcast_strides(call.in[6].shape, call.out[0].shape) : Indices{};
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const Quant b = quant_at(call.in, 4, j);
      std::int32_t sum = has(call.in, 6) ? call.in[6].as<const std::int32_t>()[i * sc[0] + j * sc[1]] : 0;
      for (std::int64_t k = 0; k < depth; ++k)
        sum = wrap_add(sum, (level_at(call.in[0], ta ? k * m + i : i * depth + k) - a.zero) *
                                (level_at(call.in[3], tb ? j * depth + k : k * n + j) - b.zero));
      const float scale = alpha * a.scale * b.scale;
      if (call.out[0].dtype == DType::f32)
        call.out[0].as<float>()[i * n + j] = static_cast<float>(sum) * scale;
      else
        with_level(call.out[0].dtype, [&](auto tag) {
          using T = typename decltype(tag)::type;
          call.out[0].as<T>()[i * n + j] = requantize<T>(sum, scale / y.scale, y.zero);
          return true;
        });
    }
  return true;
}

constexpr OpInfo kOps[] = {{"", "ConvInteger", 10, 21, infer_conv_integer, run_conv_integer, scratch_conv},
                           {"", "QLinearConv", 10, 21, infer_qlinear_conv, run_qlinear_conv, scratch_conv},
                           {"", "MatMulInteger", 10, 21, infer_matmul_integer, run_matmul_integer},
                           {"", "QLinearMatMul", 10, 21, infer_qlinear_matmul, run_qlinear_matmul},
                           {kMicrosoft, "QGemm", 1, 1, infer_qgemm, run_qgemm}};

}  // namespace

std::span<const OpInfo> integer_ops() {
  return kOps;
}

}  // namespace bondline::inference
