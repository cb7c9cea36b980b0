// Pooling, resizing, softmax and normalisation over channels.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"
#include "line/inference/ops/nn/resize.h"

namespace bondline::inference::lowering {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> out(values.size() * sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), values.data(), out.size());
  return out;
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
  // The positions are those of the portable operator.
  const OpTensor left_out{};
  std::vector<OpTensor> arguments;
  for (const ValueId id : node.inputs) {
    if (id == kNone) {
      arguments.push_back(left_out);
      continue;
    }
    const Tensor* t = constant_of(id);
    if (id != x && t == nullptr) return false;
    arguments.push_back(
        {dtype_of(id), shape_of(id),
         t && t->bytes ? const_cast<std::byte*>(t->bytes->data()) : nullptr});  // NOLINT: read only
  }
  const OpTensor resized{dtype_of(y), out, nullptr};
  ResizePlan plan;
  std::string problem;
  if (!read_resize({node, graph_.opset_of(node.domain), arguments, {&resized, 1}, {}}, &plan, &problem))
    return false;
  if (plan.mode == ResizeMode::cubic || plan.antialias || plan.coordinates == "tf_crop_and_resize")
    return false;
  const Dims d = *dims_of(out);
  kernels::Resize op;
  op.isa = program.isa;
  op.linear = plan.mode == ResizeMode::linear;
  std::vector<std::int32_t> lower, upper;
  std::vector<float> weight;
  const auto fill = [&](std::size_t dimension, std::int64_t to) {
    for (std::int64_t i = 0; i < to; ++i) {
      ResizeTaps taps;
      resize_taps(plan, dimension, i, &taps);
      lower.push_back(static_cast<std::int32_t>(taps.at[0]));
      if (!op.linear) continue;
      upper.push_back(static_cast<std::int32_t>(taps.at[taps.count > 1 ? 1 : 0]));
      weight.push_back(taps.count > 1 ? taps.weight[1] : 0.0f);
    }
  };
  if (in.size() == 4) {
    fill(2, d.h);
  } else {
    lower.push_back(0);
    if (op.linear) upper.push_back(0), weight.push_back(0);
  }
  fill(in.size() - 1, d.w);
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
