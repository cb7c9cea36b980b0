// Pooling, resizing, softmax and normalisation over channels.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"

namespace bondline::inference::lowering {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> out(values.size() * sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), values.data(), out.size());
  return out;
}

/// Where an output index lies in the input (ONNX operators, Resize).
double source(std::int64_t i, double scale, std::int64_t in, std::int64_t out, const std::string& mode) {
  const double x = static_cast<double>(i);
  if (mode == "asymmetric") return x / scale;
  if (mode == "align_corners") {
    return out == 1 ? 0 : x * static_cast<double>(in - 1) / static_cast<double>(out - 1);
  }
  if (mode == "pytorch_half_pixel") return out > 1 ? (x + 0.5) / scale - 0.5 : 0;
  if (mode == "half_pixel_symmetric") {
    const double adjustment = static_cast<double>(out) / (static_cast<double>(in) * scale);
    const double centre = static_cast<double>(in) / 2;
    return centre * (1 - adjustment) + (x + 0.5) / scale - 0.5;
  }
  return (x + 0.5) / scale - 0.5;
}

double rounded(double x, const std::string& mode) {
  if (mode == "floor") return std::floor(x);
  if (mode == "ceil") return std::ceil(x);
  if (mode == "round_prefer_ceil") return std::floor(x + 0.5);
  return std::ceil(x - 0.5);  // round_prefer_floor
}

}  // namespace

bool Lowering::lower_pool(const Node& node) {
  const ValueId x = node.inputs[0], y = node.outputs[0];
  if (dtype_of(x) != DType::f32 || (node.outputs.size() > 1 && node.outputs[1] != kNone)) return false;
  const Shape in = shape_of(x), out = shape_of(y);
  const auto d = dims_of(in);
  if (!d || in.size() < 3) return false;
  kernels::Pool op;
  op.isa = program.isa;
  op.kind =
      node.op.find("Max") != std::string::npos ? kernels::Pool::Kind::max : kernels::Pool::Kind::average;
  Dims to{d->n, 1, 1, d->c};
  const bool global = node.op.starts_with("Global") || node.op == "ReduceMean";
  if (global) {
    if (node.op == "ReduceMean") {
      std::vector<std::int64_t> axes = node.integers("axes");
      if (input(node, 1) != kNone) {
        const Tensor* t = constant_of(node.inputs[1]);
        if (t == nullptr || t->dtype != DType::i64) return false;
        axes.assign(t->data<std::int64_t>(), t->data<std::int64_t>() + t->elements());
      }
      for (auto& a : axes) a += a < 0 ? static_cast<std::int64_t>(in.size()) : 0;
      std::sort(axes.begin(), axes.end());
      if (in.size() != 4 || axes != std::vector<std::int64_t>{2, 3}) return false;
    }
    op.kernel_h = static_cast<std::int32_t>(d->h), op.kernel_w = static_cast<std::int32_t>(d->w);
  } else {
    const auto window = window_of(node, in, out, nullptr);
    if (!window) return false;
    const auto& s = window->shape;
    op.kernel_h = s.kernel_h, op.kernel_w = s.kernel_w, op.stride_h = s.stride_h, op.stride_w = s.stride_w;
    op.dilation_h = s.dilation_h, op.dilation_w = s.dilation_w, op.pad_top = s.pad_top,
    op.pad_left = s.pad_left;
    op.pad_bottom = window->pad_bottom, op.pad_right = window->pad_right;
    op.count_padding = node.integer("count_include_pad", 0) != 0;
    to.h = window->out_h, to.w = window->out_w;
  }
  Op made;
  made.kind = StepKind::pool;
  made.name = node.name;
  made.words = node.op;
  const bool maximum = op.kind == kernels::Pool::Kind::max;
  if (const Lazy* lazy = affine(x); lazy != nullptr) {
    const Lazy from = *lazy;
    const auto target = maximum ? std::nullopt : target_of(y);
    if (maximum || (target && target->words.empty())) {
      const Id base = base_last(from.base);
      if (base == kNone) return false;
      op.type = kernels::Type::u8;
      op.in_zero = static_cast<std::uint8_t>(from.zero);
      if (target) {
        op.ratio = from.scale / target->scale;
        op.out_zero = static_cast<std::uint8_t>(target->zero);
      }
      made.words += " int8";
      made.description = op;
      made.in = {base};
      made.out = {program.make(DType::u8, to.n, to.h, to.w, to.c)};
      Id result = made.out[0];
      const bool last = out.size() == in.size();
      emit(std::move(made));
      if (!last) result = reinterpret(result, 1, 1, 1, program.view(result).elements());
      if (target) {
        finish(*target, result, last);
        return true;
      }
      Lazy moved = from;
      moved.base = add_value(DType::u8, out);
      program.values.back().last = result;
      set_lazy(y, std::move(moved));
      return true;
    }
  }
  const Id from = as_last(x);
  if (from == kNone) return false;
  op.type = kernels::Type::f32;
  made.description = op;
  made.in = {from};
  made.out = {program.make(DType::f32, to.n, to.h, to.w, to.c)};
  const Id result = made.out[0];
  emit(std::move(made));
  if (out.size() == in.size()) {
    set_last(y, result);
  } else {
    set_plain(y, reinterpret(result, 1, 1, 1, program.view(result).elements()));
  }
  return true;
}

bool Lowering::lower_resize(const Node& node) {
  const ValueId x = node.inputs[0], y = node.outputs[0];
  const Shape in = shape_of(x), out = shape_of(y);
  if (dtype_of(x) != DType::f32 || in.size() != out.size() || in.size() < 3 || in.size() > 4 ||
      in[0] != out[0] || in[1] != out[1])
    return false;
  const bool old = graph_.opset < 11 || node.op == "Upsample";
  const std::string mode = node.text("mode", "nearest");
  const std::string where = old ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
  const std::string nearest = old ? "floor" : node.text("nearest_mode", "round_prefer_floor");
  if ((mode != "nearest" && mode != "linear" && mode != "bilinear") || where == "tf_crop_and_resize" ||
      where == "tf_half_pixel_for_nn" || node.integer("antialias", 0) != 0 ||
      !node.integers("axes").empty() || node.text("keep_aspect_ratio_policy", "stretch") != "stretch") {
    return false;
  }
  std::vector<double> scales;
  for (const float s : node.reals("scales")) scales.push_back(s);
  const std::size_t at = old ? 1 : 2;
  if (input(node, at) != kNone) {
    const Tensor* t = constant_of(node.inputs[at]);
    if (t == nullptr || t->dtype != DType::f32) return false;
    scales.assign(t->data<float>(), t->data<float>() + t->elements());
  }
  if (scales.empty()) {
    for (std::size_t i = 0; i < in.size(); ++i)
      scales.push_back(static_cast<double>(out[i]) / static_cast<double>(in[i]));
  }
  if (scales.size() != in.size()) return false;
  const Dims di = *dims_of(in), d = *dims_of(out);
  kernels::Resize op;
  op.isa = program.isa;
  op.linear = mode != "nearest";
  if (op.linear && old && graph_.opset >= 10) return false;  // opset 10's linear differs between runtimes
  std::vector<std::int32_t> lower, upper;
  std::vector<float> weight;
  const auto fill = [&](std::int64_t from, std::int64_t to, double scale) {
    for (std::int64_t i = 0; i < to; ++i) {
      const double s = source(i, scale, from, to, where);
      const double top = static_cast<double>(from - 1);
      if (!op.linear) {
        lower.push_back(static_cast<std::int32_t>(std::clamp(rounded(s, nearest), 0.0, top)));
        continue;
      }
      const double inside = std::clamp(s, 0.0, top);
      const double below = std::floor(inside);
      lower.push_back(static_cast<std::int32_t>(below));
      upper.push_back(static_cast<std::int32_t>(std::min(below + 1, top)));
      weight.push_back(static_cast<float>(inside - below));
    }
  };
  fill(di.h, d.h, in.size() == 4 ? scales[2] : 1.0);
  fill(di.w, d.w, scales[in.size() - 1]);
  Op made;
  made.kind = StepKind::resize;
  made.name = node.name;
  made.words = op.linear ? "Resize linear" : "Resize nearest";
  made.raw = {bytes_of(lower), bytes_of(upper), bytes_of(weight)};
  const Lazy lazy = value(x).lazy;
  const bool is_lazy = lazy.base != kNone && value(x).last == kNone && value(x).plain == kNone;
  if (is_lazy && !op.linear) {
    const Id base = base_last(lazy.base);
    if (base == kNone) return false;
    op.type = kernels::Type::u8;
    made.words += " int8";
    made.description = op;
    made.in = {base};
    made.out = {program.make(DType::u8, d.n, d.h, d.w, d.c)};
    Lazy moved = lazy;
    moved.base = add_value(DType::u8, out);
    program.values.back().last = made.out[0];
    set_lazy(y, std::move(moved));
    emit(std::move(made));
    return true;
  }
  if (is_lazy && lazy.affine) {
    const auto target = target_of(y);
    if (target && target->words.empty() && target->scale == lazy.scale && target->zero == lazy.zero) {
      const Id base = base_last(lazy.base);
      if (base == kNone) return false;
      op.type = kernels::Type::u8;
      made.description = op;
      made.in = {base};
      made.out = {program.make(DType::u8, d.n, d.h, d.w, d.c)};
      const Id result = made.out[0];
      emit(std::move(made));
      finish(*target, result, true);
      return true;
    }
  }
  const Id from = as_last(x);
  if (from == kNone) return false;
  op.type = kernels::Type::f32;
  made.description = op;
  made.in = {from};
  made.out = {program.make(DType::f32, d.n, d.h, d.w, d.c)};
  set_last(y, made.out[0]);
  emit(std::move(made));
  return true;
}

bool Lowering::lower_softmax(const Node& node) {
  const ValueId x = node.inputs[0], y = node.outputs[0];
  if (dtype_of(x) != DType::f32) return false;
  const Shape shape = shape_of(x);
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::int64_t axis = node.integer("axis", graph_.opset >= 13 ? -1 : 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank || elements_of(shape) == 0) return false;
  if (graph_.opset < 13) {  // all axes from `axis` on together
    for (std::int64_t i = axis + 1; i < rank; ++i) {
      if (shape[static_cast<std::size_t>(i)] != 1) return false;
    }
  }
  kernels::Softmax op;
  op.isa = program.isa;
  op.logarithm = node.op == "LogSoftmax";
  Op made;
  made.kind = StepKind::softmax;
  made.name = node.name;
  made.words = node.op;
  std::int64_t inner = 1;
  for (std::int64_t i = axis + 1; i < rank; ++i) inner *= shape[static_cast<std::size_t>(i)];
  if (inner == 1) {
    const std::int64_t c = shape[static_cast<std::size_t>(axis)], rows = elements_of(shape) / c;
    const Id plain = as_plain(x);
    const Id from = plain == kNone ? kNone : reinterpret(plain, 1, 1, rows, c);
    if (from == kNone) return false;
    const Id out = program.make(DType::f32, 1, 1, 1, elements_of(shape));
    made.description = op;
    made.in = {from};
    made.out = {reinterpret(out, 1, 1, rows, c)};
    set_plain(y, out);
    emit(std::move(made));
    return true;
  }
  if (axis != 1 || !dims_of(shape)) return false;
  const Lazy lazy = value(x).lazy;
  const bool quantised = lazy.base != kNone && lazy.affine && !op.logarithm;
  const Id from = quantised ? base_last(lazy.base) : as_last(x);
  if (from == kNone) return false;
  const View v = program.view(from);
  if (quantised) {
    op.from = kernels::Type::u8;
    op.scale = lazy.scale;
  }
  made.description = op;
  made.in = {from};
  made.out = {program.make(DType::f32, v.n, v.h, v.w, v.c)};
  set_last(y, made.out[0]);
  emit(std::move(made));
  return true;
}

bool Lowering::lower_layer_norm(const Node& node) {
  const ValueId x = node.inputs[0], y = node.outputs[0];
  const Shape shape = shape_of(x);
  const auto rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t axis = node.integer("axis", -1);
  if (dtype_of(x) != DType::f32 || shape.empty() || (axis != -1 && axis != rank - 1) ||
      elements_of(shape) == 0)
    return false;
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != kNone) return false;
  }
  const std::int64_t c = shape.back(), rows = elements_of(shape) / c;
  Op made;
  made.kind = StepKind::layer_norm;
  made.name = node.name;
  made.words = node.op;
  for (std::size_t i = 1; i <= 2; ++i) {
    made.raw.emplace_back();
    if (input(node, i) == kNone) continue;
    const Tensor* t = constant_of(node.inputs[i]);
    if (t == nullptr || t->dtype != DType::f32 || t->elements() != c) return false;
    made.raw.back() = *t->bytes;
  }
  const Id plain = as_plain(x);
  const Id from = plain == kNone ? kNone : reinterpret(plain, 1, 1, rows, c);
  if (from == kNone) return false;
  kernels::LayerNorm op;
  op.isa = program.isa;
  op.epsilon = node.real("epsilon", 1e-5f);
  made.description = op;
  const Id out = program.make(DType::f32, 1, 1, 1, elements_of(shape));
  made.in = {from};
  made.out = {reinterpret(out, 1, 1, rows, c)};
  set_plain(y, out);
  emit(std::move(made));
  return true;
}

}  // namespace bondline::inference::lowering
