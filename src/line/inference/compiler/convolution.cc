// Convolutions and products with constant weights: float32, or integers between quantised values.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "line/inference/compiler/activation.h"
#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"
#include "line/inference/compiler/timing.h"

namespace bondline::inference::lowering {
namespace {

/// Weights [rows][k] of a product from ONNX's [k][rows] (transposed) or [rows][k].
template <class To, class From>
std::vector<To> as_rows(const From* w, std::int64_t rows, std::int64_t k, bool transpose, int zero,
                        bool* fits) {
  std::vector<To> out(static_cast<std::size_t>(rows * k));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t i = 0; i < k; ++i) {
      const auto v = w[transpose ? i * rows + r : r * k + i];
      if constexpr (std::is_same_v<To, float>) {
        out[static_cast<std::size_t>(r * k + i)] = v;
      } else {
        const int shifted = static_cast<int>(v) - zero;
        if (shifted < -128 || shifted > 127) *fits = false;
        out[static_cast<std::size_t>(r * k + i)] = static_cast<To>(shifted);
      }
    }
  }
  return out;
}

/// Whether no input can make a sum of 32 bits overflow, the correction for the input's zero point included.
bool sums_fit(const std::vector<std::int8_t>& weights, const std::vector<std::int32_t>& bias, std::int64_t k,
              int x_zero) {
  const std::int64_t rows = k > 0 ? static_cast<std::int64_t>(weights.size()) / k : 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t sum = 0, size = 0;
    for (std::int64_t i = 0; i < k; ++i) {
      const int w = weights[static_cast<std::size_t>(r * k + i)];
      sum += w;
      size += std::abs(w);
    }
    const std::int64_t added = bias.empty() ? 0 : bias[static_cast<std::size_t>(r)];
    if (255 * size + x_zero * std::abs(sum) + std::abs(added) > std::numeric_limits<std::int32_t>::max())
      return false;
  }
  return true;
}

}  // namespace

std::optional<Lowering::Window> Lowering::window_of(const Node& node, const Shape& in, const Shape& out,
                                                    const Shape* weights) const {
  if (in.size() != out.size() || in.size() < 3 || in.size() > 4) return std::nullopt;
  const std::size_t spatial = in.size() - 2;
  auto kernel = node.integers("kernel_shape");
  if (kernel.empty() && weights != nullptr) kernel.assign(weights->begin() + 2, weights->end());
  const auto strides = node.integers("strides", std::vector<std::int64_t>(spatial, 1));
  const auto dilations = node.integers("dilations", std::vector<std::int64_t>(spatial, 1));
  auto pads = node.integers("pads", std::vector<std::int64_t>(2 * spatial, 0));
  if (kernel.size() != spatial || strides.size() != spatial || dilations.size() != spatial ||
      pads.size() != 2 * spatial) {
    return std::nullopt;
  }
  const std::string automatic = node.text("auto_pad", "NOTSET");
  for (std::size_t i = 0; i < spatial; ++i) {
    if (automatic == "VALID") pads[i] = pads[i + spatial] = 0;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const std::int64_t reach = (kernel[i] - 1) * dilations[i] + 1;
      const std::int64_t total = std::max<std::int64_t>((out[i + 2] - 1) * strides[i] + reach - in[i + 2], 0);
      pads[i] = automatic == "SAME_UPPER" ? total / 2 : (total + 1) / 2;
      pads[i + spatial] = total - pads[i];
    }
    if (pads[i] < 0 || pads[i + spatial] < 0) return std::nullopt;
  }
  const bool flat = spatial == 1;
  const auto at = [&](const std::vector<std::int64_t>& list, std::size_t i, std::int64_t otherwise) {
    return static_cast<std::int32_t>(flat ? (i == 0 ? otherwise : list[0]) : list[i]);
  };
  Window window;
  auto& s = window.shape;
  s.kernel_h = at(kernel, 0, 1), s.kernel_w = at(kernel, 1, 1);
  s.stride_h = at(strides, 0, 1), s.stride_w = at(strides, 1, 1);
  s.dilation_h = at(dilations, 0, 1), s.dilation_w = at(dilations, 1, 1);
  s.pad_top = at(pads, 0, 0), s.pad_left = at(pads, 1, 0);
  const std::vector<std::int64_t> ends(pads.begin() + static_cast<std::ptrdiff_t>(spatial), pads.end());
  window.pad_bottom = at(ends, 0, 0), window.pad_right = at(ends, 1, 0);
  window.out_h = flat ? 1 : out[2];
  window.out_w = flat ? out[2] : out[3];
  return window;
}

std::optional<Lowering::Integer> Lowering::integer_conv(ValueId x, ValueId w, ValueId b, std::int64_t rows,
                                                        bool transpose, std::int64_t k) {
  const Lazy* lazy = affine(x);
  const auto found = quantised_.find(graph_.value(w).name);
  if (lazy == nullptr || found == quantised_.end()) return std::nullopt;
  const QuantisedConstant& q = found->second;
  if (q.q.elements() != rows * k || (q.q.dtype != DType::i8 && q.q.dtype != DType::u8)) return std::nullopt;
  if (q.scale.dtype != DType::f32) return std::nullopt;
  const std::int64_t scales = q.scale.elements();
  if (scales != 1 &&
      (scales != rows ||
       q.q.shape[static_cast<std::size_t>(q.axis < 0 ? q.axis + static_cast<std::int64_t>(q.q.shape.size())
                                                     : q.axis)] != rows)) {
    return std::nullopt;
  }
  if (scales != 1 && (q.axis != 0) != transpose) return std::nullopt;
  Integer out;
  out.x = x;
  out.x_value = lazy->base;
  out.x_scale = lazy->scale;
  out.x_zero = lazy->zero;
  // Zero points, usually zero or 128 throughout; per channel they may differ.
  const auto zero_of = [&](std::int64_t r) -> int {
    if (!q.zero) return 0;
    const auto i = static_cast<std::size_t>(q.zero->elements() == 1 ? 0 : r);
    return q.q.dtype == DType::i8 ? q.zero->data<std::int8_t>()[i] : q.zero->data<std::uint8_t>()[i];
  };
  if (q.zero && (q.zero->dtype != q.q.dtype || (q.zero->elements() != 1 && q.zero->elements() != rows))) {
    return std::nullopt;
  }
  bool fits = true;
  if (q.q.dtype == DType::i8) {
    out.weights = as_rows<std::int8_t>(q.q.data<std::int8_t>(), rows, k, transpose, 0, &fits);
  } else {
    out.weights = as_rows<std::int8_t>(q.q.data<std::uint8_t>(), rows, k, transpose, 128, &fits);
  }
  const int bias = q.q.dtype == DType::i8 ? 0 : 128;
  for (std::int64_t r = 0; r < rows; ++r) {
    out.weight_scale.push_back(q.scale.data<float>()[scales == 1 ? 0 : r]);
    if (!std::isfinite(out.weight_scale.back())) return std::nullopt;
    const int shift = zero_of(r) - bias;
    if (shift == 0) continue;
    for (std::int64_t i = 0; i < k; ++i) {
      auto& weight = out.weights[static_cast<std::size_t>(r * k + i)];
      const int shifted = weight - shift;
      if (shifted < -128 || shifted > 127) return std::nullopt;  // needs nine bits: done in float32
      weight = static_cast<std::int8_t>(shifted);
    }
  }
  const auto checked = [&]() -> std::optional<Integer> {  // what overflows is done in float32
    if (!sums_fit(out.weights, out.bias, k, out.x_zero)) return std::nullopt;
    return std::move(out);
  };
  if (b == kNone) return checked();
  const auto bias_found = quantised_.find(graph_.value(b).name);
  const Tensor* real = constant_of(b);
  if (bias_found != quantised_.end() && bias_found->second.q.dtype == DType::i32 &&
      bias_found->second.q.elements() == rows) {
    const std::int32_t* data = bias_found->second.q.data<std::int32_t>();
    out.bias.assign(data, data + rows);
    // Integers in units of x_scale w_scale by ONNX's recipe; where the file's scale differs, convert.
    const Tensor& unit = bias_found->second.scale;
    for (std::int64_t r = 0; r < rows; ++r) {
      const float ours = out.x_scale * out.weight_scale[static_cast<std::size_t>(r)];
      const float theirs = unit.data<float>()[unit.elements() == 1 ? 0 : r];
      if (std::abs(ours - theirs) <= 1e-5f * ours || out.bias[static_cast<std::size_t>(r)] == 0) continue;
      const double exact =
          std::nearbyint(static_cast<double>(out.bias[static_cast<std::size_t>(r)]) * theirs / ours);
      if (!(std::abs(exact) < 2147483647.0)) return std::nullopt;  // a dead channel's scale, as below
      out.bias[static_cast<std::size_t>(r)] = static_cast<std::int32_t>(exact);
    }
    return checked();
  }
  if (real == nullptr || real->dtype != DType::f32 || (real->elements() != rows && real->elements() != 1))
    return std::nullopt;
  for (std::int64_t r = 0; r < rows; ++r) {
    const double unit = static_cast<double>(out.x_scale) * out.weight_scale[static_cast<std::size_t>(r)];
    const double q_bias = std::nearbyint(real->data<float>()[real->elements() == 1 ? 0 : r] / unit);
    if (!(std::abs(q_bias) < 2147483647.0)) return std::nullopt;  // a dead channel's scale: float32 holds it
    out.bias.push_back(static_cast<std::int32_t>(q_bias));
  }
  return checked();
}

bool Lowering::emit_integer(const Node& node, const Integer& conv, kernels::ConvShape shape, Id in, bool last,
                            std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
  const ValueId y = node.outputs[0];
  const auto target = target_of(y);
  kernels::ConvInt8 op;
  op.shape = shape;
  op.isa = program.isa;
  op.in_zero = static_cast<std::uint8_t>(conv.x_zero);
  auto constants = std::make_shared<ConvConstants>();
  constants->weights8 = conv.weights;
  constants->bias32 = conv.bias;
  for (const float s : conv.weight_scale) {
    const float unit = conv.x_scale * s;
    constants->multiplier.push_back(target ? unit / target->scale : unit);
  }
  Op made;
  made.kind = StepKind::conv_int8;
  made.name = node.name;
  made.words = node.op + (target ? target->words : "") + " int8";
  made.constants = std::move(constants);
  if (target) {
    op.out_zero = static_cast<std::uint8_t>(target->zero);
    op.lo = static_cast<std::uint8_t>(target->lo);
    op.hi = static_cast<std::uint8_t>(target->hi);
  } else {
    op.float_out = true;
  }
  const Id out = program.make(target ? DType::u8 : DType::f32, n, h, w, c);
  made.description = op;
  made.in = {in};
  made.out = {out};
  emit(std::move(made));
  Id result = out;
  if (!last) {
    program.buffer_of(out).dense = true;
    result = reinterpret(out, 1, 1, 1, n * h * w * c);
  }
  if (target) {
    finish(*target, result, last);
  } else {
    (last ? value(y).last : value(y).plain) = result;
  }
  return true;
}

/// By the clock, with --tune only: int8 must never be the slower way.
bool Lowering::runs_better_in_float(kernels::ConvShape shape, const Shape& in, const Shape& out,
                                    const Tensor* weights) const {
  if (!options_.tune || !kernels::runs_here(program.isa) || weights == nullptr ||
      weights->dtype != DType::f32)
    return false;
  const auto from = dims_of(in), to = dims_of(out);
  if (!from || !to) return false;
  const auto plane = [](const Dims& d) {
    kernels::Plane p;
    p.n = static_cast<std::int32_t>(d.n), p.h = static_cast<std::int32_t>(d.h);
    p.w = static_cast<std::int32_t>(d.w), p.c = static_cast<std::int32_t>(d.c);
    return p;
  };
  shape.in = plane(*from);
  shape.out = plane(*to);
  return float_is_faster(shape, program.isa);
}

bool Lowering::lower_conv(const Node& node) {
  const ValueId x = node.inputs[0], w = node.inputs[1], b = input(node, 2), y = node.outputs[0];
  if (dtype_of(x) != DType::f32 || dtype_of(y) != DType::f32 || node.inputs.size() > 3) return false;
  const Shape &in = shape_of(x), &out = shape_of(y), &weights = shape_of(w);
  const auto window = window_of(node, in, out, &weights);
  const auto d = dims_of(out);
  const Tensor* constant = constant_of(w);
  if (!window || !d || (constant == nullptr && !quantised_.contains(graph_.value(w).name))) return false;
  kernels::ConvShape shape = window->shape;
  const std::int64_t groups = node.integer("group", 1);
  if (groups < 1 || groups > in[1]) return false;
  shape.groups = static_cast<std::int32_t>(groups);
  const std::int64_t k = elements_of(weights) / std::max<std::int64_t>(weights[0], 1);
  const bool plain_node = node.op == "Conv";
  if (plain_node) {
    const auto integer = integer_conv(x, w, b, weights[0], false, k);
    if (integer && !runs_better_in_float(shape, in, out, constant)) {
      const Id from = base_last(integer->x_value);
      if (from != kNone) return emit_integer(node, *integer, shape, from, true, d->n, d->h, d->w, d->c);
    }
  }
  const Tensor* bias = constant_of(b);
  if (constant == nullptr || constant->dtype != DType::f32 || (b != kNone && bias == nullptr)) return false;
  ActivationOfNode activation;
  if (!plain_node) {
    activation = fused_activation(node);
    if (!activation.known) return false;
  }
  const Id from = as_last(x);
  if (from == kNone) return false;
  auto constants = std::make_shared<ConvConstants>();
  constants->weights.assign(constant->data<float>(), constant->data<float>() + constant->elements());
  if (bias != nullptr) constants->bias.assign(bias->data<float>(), bias->data<float>() + bias->elements());
  kernels::ConvF32 op;
  op.shape = shape;
  op.isa = program.isa;
  op.activation = activation.of;
  Op made;
  made.kind = StepKind::conv_f32;
  made.name = node.name;
  made.words = node.op;
  made.constants = std::move(constants);
  made.description = op;
  const Id result = program.make(DType::f32, d->n, d->h, d->w, d->c);
  made.in = {from};
  made.out = {result};
  emit(std::move(made));
  set_last(y, result);
  return true;
}

bool Lowering::lower_product(const Node& node) {
  const ValueId x = node.inputs[0], w = node.inputs[1], b = input(node, 2), y = node.outputs[0];
  if (dtype_of(x) != DType::f32 || dtype_of(y) != DType::f32) return false;
  const bool gemm = node.op != "MatMul";
  const Shape &in = shape_of(x), &weights = shape_of(w), &out = shape_of(y);
  if (weights.size() != 2 || in.empty() || out.empty()) return false;
  if (gemm && (node.integer("transA", 0) != 0 || in.size() != 2)) return false;
  const bool rows_first = gemm && node.integer("transB", 0) != 0;  // weights are [columns][k]
  const std::int64_t columns = weights[rows_first ? 0 : 1], k = weights[rows_first ? 1 : 0];
  if (k == 0 || columns == 0 || elements_of(in) == 0) return false;
  const std::int64_t rows = elements_of(in) / k;
  if (in.back() != k || rows > std::numeric_limits<std::int32_t>::max()) return false;
  const float alpha = gemm ? node.real("alpha", 1) : 1, beta = gemm ? node.real("beta", 1) : 1;
  const auto shape = kernels::product_shape(static_cast<std::int32_t>(rows), static_cast<std::int32_t>(k),
                                            static_cast<std::int32_t>(columns));
  if (alpha == 1 && beta == 1 && node.op != "FusedGemm") {
    if (const auto integer = integer_conv(x, w, b, columns, !rows_first, k)) {
      const Id from = reinterpret(base_plain(integer->x_value), 1, 1, rows, k);
      if (from != kNone) return emit_integer(node, *integer, shape, from, false, 1, 1, rows, columns);
    }
  }
  const Tensor* constant = constant_of(w);
  const Tensor* bias = constant_of(b);
  if (constant == nullptr || constant->dtype != DType::f32 || (b != kNone && bias == nullptr)) return false;
  if (bias != nullptr) {
    const bool per_column =
        bias->elements() == columns && !bias->shape.empty() && bias->shape.back() == columns;
    if (!per_column && bias->elements() != 1) return false;
  }
  ActivationOfNode activation;
  if (node.op == "FusedGemm") {
    activation = fused_activation(node);
    if (!activation.known) return false;
  }
  const Id plain = as_plain(x);
  const Id from = plain == kNone ? kNone : reinterpret(plain, 1, 1, rows, k);
  if (from == kNone) return false;
  bool fits = true;
  auto constants = std::make_shared<ConvConstants>();
  constants->weights = as_rows<float>(constant->data<float>(), columns, k, !rows_first, 0, &fits);
  for (float& v : constants->weights) v *= alpha;
  if (bias != nullptr) {
    for (std::int64_t i = 0; i < columns; ++i) {
      constants->bias.push_back(beta * bias->data<float>()[bias->elements() == 1 ? 0 : i]);
    }
  }
  kernels::ConvF32 op;
  op.shape = shape;
  op.isa = program.isa;
  op.activation = activation.of;
  Op made;
  made.kind = StepKind::conv_f32;
  made.name = node.name;
  made.words = node.op;
  made.constants = std::move(constants);
  made.description = op;
  const Id result = program.make(DType::f32, 1, 1, rows, columns);
  program.buffer_of(result).dense = true;
  made.in = {from};
  made.out = {result};
  emit(std::move(made));
  set_plain(y, reinterpret(result, 1, 1, 1, rows * columns));
  return true;
}

bool Lowering::lower_conv_transpose(const Node& node) {
  const ValueId x = node.inputs[0], w = node.inputs[1], b = input(node, 2), y = node.outputs[0];
  if (dtype_of(x) != DType::f32 || node.text("auto_pad", "NOTSET") != "NOTSET") return false;
  if (!node.integers("output_shape").empty()) return false;
  const auto window = window_of(node, shape_of(x), shape_of(y), &shape_of(w));
  const auto d = dims_of(shape_of(y));
  const Tensor* constant = constant_of(w);
  const Tensor* bias = constant_of(b);
  if (!window || !d || constant == nullptr || constant->dtype != DType::f32 ||
      (b != kNone && bias == nullptr)) {
    return false;
  }
  const Id from = as_last(x);
  if (from == kNone) return false;
  kernels::ConvTransposeF32 op;
  op.shape = window->shape;
  op.shape.groups = static_cast<std::int32_t>(node.integer("group", 1));
  op.isa = program.isa;
  Op made;
  made.kind = StepKind::conv_transpose;
  made.name = node.name;
  made.words = node.op;
  made.description = op;
  made.raw.push_back(*constant->bytes);
  made.raw.push_back(bias != nullptr ? *bias->bytes : std::vector<std::byte>{});
  const Id result = program.make(DType::f32, d->n, d->h, d->w, d->c);
  made.in = {from};
  made.out = {result};
  emit(std::move(made));
  set_last(y, result);
  return true;
}

}  // namespace bondline::inference::lowering
