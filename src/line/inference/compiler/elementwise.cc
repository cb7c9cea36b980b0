// One value per place: activations, and operations between two values with ONNX's broadcasting.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "line/inference/compiler/activation.h"
#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"

namespace bondline::inference::lowering {
namespace {

/// Splits a run of elements into rows that threads can share.
std::int64_t row_of(std::int64_t elements) {
  for (const std::int64_t row : {1024, 768, 512, 256, 128, 64}) {
    if (elements % row == 0) return row;
  }
  return elements;
}

Shape aligned(const Shape& shape, std::size_t rank) {
  Shape out(rank - std::min(rank, shape.size()), 1);
  out.insert(out.end(), shape.begin(), shape.end());
  return out;
}

/// Repeats a view over the places of `out`: strides of 0 where it has one element.
bool broadcast(View& v, const View& out) {
  const auto spread = [](std::int64_t& size, std::int64_t& stride, std::int64_t wanted) {
    if (size == wanted) return true;
    if (size != 1) return false;
    size = wanted;
    stride = 0;
    return true;
  };
  return spread(v.n, v.image, out.n) && spread(v.h, v.row, out.h) && spread(v.w, v.pixel, out.w) &&
         (v.c == out.c || v.c == 1);
}

}  // namespace

bool Lowering::lower_unary(const Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1 || node.inputs[0] == kNone) return false;
  const ValueId x = node.inputs[0], y = node.outputs[0];
  if (dtype_of(x) != DType::f32 || dtype_of(y) != DType::f32) return false;
  const auto activation = activation_of(graph_, node);
  if (!activation.known) return false;
  const bool last = prefers_last(x);
  const Id from = last ? as_last(x) : as_plain(x);
  if (from == kNone) return false;
  const View v = program.view(from);
  kernels::Unary op;
  op.isa = program.isa;
  op.type = kernels::Type::f32;
  op.activation = activation.of;
  Op made;
  made.kind = StepKind::unary;
  made.name = node.name;
  made.words = node.op;
  made.description = op;
  if (last) {
    made.in = {from};
    made.out = {program.make(DType::f32, v.n, v.h, v.w, v.c)};
    set_last(y, made.out[0]);
  } else {
    const Id out = program.make(DType::f32, 1, 1, 1, v.elements());
    const std::int64_t row = row_of(v.elements());
    const std::int64_t rows = row == 0 ? 0 : v.elements() / row;
    made.in = {reinterpret(from, 1, rows, 1, row)};
    made.out = {reinterpret(out, 1, rows, 1, row)};
    if (made.in[0] == kNone || made.out[0] == kNone) made.in = {from}, made.out = {out};
    set_plain(y, out);
  }
  emit(std::move(made));
  return true;
}

bool Lowering::operand_views(Id a, Id b, const Shape& out_shape, bool last, View* out, View* va, View* vb) {
  const auto form = [&](Id id) -> Id {
    const Value& v = program.values[static_cast<std::size_t>(id)];
    const bool real = v.dtype == DType::f32;
    if (!last) return real ? as_plain(id) : base_plain(id);
    if (v.shape.size() == out_shape.size()) return real ? as_last(id) : base_last(id);
    const auto d = dims_of(aligned(v.shape, out_shape.size()));
    if (!d || (d->c != 1 && d->h * d->w != 1)) return kNone;
    const Id plain = real ? as_plain(id) : base_plain(id);
    return plain == kNone ? kNone : reinterpret(plain, d->n, d->h, d->w, d->c);
  };
  if (last) {
    const auto d = dims_of(out_shape);
    if (!d) return false;
    const Id ida = form(a), idb = form(b);
    if (ida == kNone || idb == kNone) return false;
    *out = View{};
    out->n = d->n, out->h = d->h, out->w = d->w, out->c = d->c;
    *va = program.view(ida);
    *vb = program.view(idb);
    return broadcast(*va, *out) && broadcast(*vb, *out);
  }
  // Plain: neighbouring axes with the same pattern of repetition become one; four are enough for most.
  const std::size_t rank = out_shape.size();
  const Shape sa = aligned(program.values[static_cast<std::size_t>(a)].shape, rank);
  const Shape sb = aligned(program.values[static_cast<std::size_t>(b)].shape, rank);
  struct Axis {
    std::int64_t size;
    bool ra, rb;  // repeated
  };
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < rank; ++i) {
    if (out_shape[i] == 1) continue;
    const Axis axis{out_shape[i], sa[i] == 1, sb[i] == 1};
    if (!axes.empty() && axes.back().ra == axis.ra && axes.back().rb == axis.rb) {
      axes.back().size *= axis.size;
    } else {
      axes.push_back(axis);
    }
  }
  if (axes.empty()) axes.push_back({1, false, false});
  if (axes.size() == 1) {
    const std::int64_t row = row_of(axes[0].size);
    if (row > 0 && row < axes[0].size) {
      axes.insert(axes.begin(), {axes[0].size / row, axes[0].ra, axes[0].rb});
      axes[1].size = row;
      axes.insert(axes.begin() + 1, {1, false, false});  // rows of the picture, one pixel each
    }
  }
  if (axes.size() > 4) return false;
  while (axes.size() < 4) axes.insert(axes.begin(), {1, false, false});
  const Id ida = form(a), idb = form(b);
  if (ida == kNone || idb == kNone) return false;
  const auto make = [&](Id from, int which, View* v) {  // which: 0 out, 1 a, 2 b
    if (from != kNone) *v = program.view(from);
    v->absolute = true;
    const auto repeated = [&](const Axis& axis) { return which == 1 ? axis.ra : which == 2 && axis.rb; };
    std::int64_t stride = 1;
    const std::array<std::int64_t*, 4> sizes = {&v->n, &v->h, &v->w, &v->c};
    std::array<std::int64_t, 4> strides{};
    for (std::size_t i = 4; i-- > 0;) {
      const bool repeat = repeated(axes[i]);
      *sizes[i] = i == 3 && repeat ? 1 : axes[i].size;
      strides[i] = repeat ? 0 : stride;
      if (!repeat) stride *= axes[i].size;
    }
    v->image = strides[0], v->row = strides[1], v->pixel = strides[2];
  };
  const Id flat_a = reinterpret(ida, 1, 1, 1, program.view(ida).elements());
  const Id flat_b = reinterpret(idb, 1, 1, 1, program.view(idb).elements());
  if (flat_a == kNone || flat_b == kNone) return false;
  make(flat_a, 1, va);
  make(flat_b, 2, vb);
  make(kNone, 0, out);
  return true;
}

bool Lowering::emit_binary(kernels::Elementwise op, Id a, Id b, ValueId y, const std::string& name,
                           bool quantised, const Target* target) {
  const Shape shape = shape_of(y);
  const bool wants_last = dims_of(shape) && (prefers_last(a) || prefers_last(b));
  View out, va, vb;
  bool last = wants_last;
  if (!(wants_last && operand_views(a, b, shape, true, &out, &va, &vb))) {
    last = false;
    if (!operand_views(a, b, shape, false, &out, &va, &vb)) return false;
  }
  op.isa = program.isa;
  op.type = quantised ? kernels::Type::u8 : kernels::Type::f32;
  const DType dtype = quantised ? DType::u8 : DType::f32;
  Op made;
  made.kind = StepKind::elementwise;
  made.name = name;
  made.description = op;
  made.words = op.op == kernels::Binary::add   ? "Add"
               : op.op == kernels::Binary::sub ? "Sub"
               : op.op == kernels::Binary::mul ? "Mul"
                                               : "binary";
  if (target != nullptr) made.words += target->words + " int8";
  Id whole = kNone;
  if (last) {
    whole = program.make(dtype, out.n, out.h, out.w, out.c);
    made.out = {whole};
  } else {
    whole = program.make(dtype, 1, 1, 1, elements_of(shape));
    View folded = program.view(whole);
    out.buffer = folded.buffer;
    out.dtype = dtype;
    out.start = 0, out.channel = 0;
    made.out = {program.add(out)};
  }
  made.in = {program.add(va), program.add(vb)};
  emit(std::move(made));
  if (target != nullptr) {
    finish(*target, whole, last);
  } else {
    (last ? value(y).last : value(y).plain) = whole;
  }
  return true;
}

bool Lowering::lower_binary(const Node& node) {
  static const std::map<std::string, kernels::Binary, std::less<>> kOps = {
      {"Add", kernels::Binary::add}, {"Sub", kernels::Binary::sub}, {"Mul", kernels::Binary::mul},
      {"Div", kernels::Binary::div}, {"Max", kernels::Binary::max}, {"Min", kernels::Binary::min},
      {"Pow", kernels::Binary::pow}};
  if (node.inputs.size() != 2 || node.inputs[0] == kNone || node.inputs[1] == kNone) return false;
  const ValueId a = node.inputs[0], b = node.inputs[1], y = node.outputs[0];
  if (dtype_of(a) != DType::f32 || dtype_of(b) != DType::f32 || dtype_of(y) != DType::f32) return false;
  if (elements_of(shape_of(y)) == 0) return false;
  kernels::Elementwise op;
  op.op = kOps.at(node.op);
  // Integers between two quantised values and a QuantizeLinear.
  const Lazy *la = affine(a), *lb = affine(b);
  const bool integer_op = node.op == "Add" || node.op == "Mul" || node.op == "Sub";
  if (la != nullptr && lb != nullptr && integer_op) {
    if (const auto target = target_of(y)) {
      const float sign = node.op == "Sub" ? -1.0f : 1.0f;
      if (node.op == "Mul") {
        op.ratio_mul = la->scale * lb->scale / target->scale;
      } else {
        op.op = kernels::Binary::add;
        op.add = kernels::quantised_add(la->scale, la->zero, sign * lb->scale, lb->zero, target->scale,
                                        target->zero);
      }
      op.add.lo = static_cast<std::uint8_t>(target->lo);
      op.add.hi = static_cast<std::uint8_t>(target->hi);
      op.a_zero = static_cast<std::uint8_t>(la->zero);
      op.b_zero = static_cast<std::uint8_t>(lb->zero);
      op.out_zero = static_cast<std::uint8_t>(target->zero);
      if (emit_binary(op, la->base, lb->base, y, node.name, true, &*target)) return true;
    }
  }
  if (node.op == "Mul") {  // x sigmoid(x) is one function
    const auto producer = [&](ValueId id) -> const Node* {
      const NodeId n = graph_.value(id).producer;
      return n == kNone ? nullptr : &graph_.nodes[static_cast<std::size_t>(n)];
    };
    for (const auto& [x, s] : {std::pair{a, b}, std::pair{b, a}}) {
      const Node* p = producer(s);
      if (p == nullptr || p->inputs.empty()) continue;
      kernels::ActivationOf of;
      if (p->op == "Sigmoid" && p->inputs[0] == x) of.kind = kernels::Activation::silu;
      if (p->op == "HardSigmoid" && p->inputs[0] == x && p->real("beta", 0.5f) == 0.5f &&
          std::abs(p->real("alpha", 0.2f) - 1.0f / 6.0f) < 1e-6f) {
        of.kind = kernels::Activation::hard_swish;
      }
      const Node* inner = p->op == "Tanh" ? producer(p->inputs[0]) : nullptr;
      if (inner != nullptr && inner->op == "Softplus" && inner->inputs[0] == x)
        of.kind = kernels::Activation::mish;
      if (of.kind == kernels::Activation::none) continue;
      const bool last = prefers_last(x);
      const Id from = last ? as_last(x) : as_plain(x);
      if (from == kNone) return false;
      const View v = program.view(from);
      kernels::Unary unary;
      unary.isa = program.isa;
      unary.type = kernels::Type::f32;
      unary.activation = of;
      Op made;
      made.kind = StepKind::unary;
      made.name = p->name + " + " + node.name;
      made.words = of.kind == kernels::Activation::silu   ? "SiLU"
                   : of.kind == kernels::Activation::mish ? "Mish"
                                                          : "HardSwish";
      made.description = unary;
      made.in = {from};
      made.out = {program.make(DType::f32, v.n, v.h, v.w, v.c)};
      (last ? value(y).last : value(y).plain) = made.out[0];
      emit(std::move(made));
      return true;
    }
  }
  return emit_binary(op, a, b, y, node.name, false, nullptr);
}

}  // namespace bondline::inference::lowering
