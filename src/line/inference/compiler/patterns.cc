// Small subgraphs that mean one thing: ShuffleNet's channel shuffle, the distribution focal loss tail of
// YOLO.
#include <algorithm>

#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"

namespace bondline::inference::lowering {

const Node* Lowering::only_consumer(ValueId id, std::string_view op) const {
  if (is_output(id)) return nullptr;
  const auto users = consumers(id);
  return users.size() == 1 && users[0]->op == op ? users[0] : nullptr;
}

void Lowering::skip(const Node* node) {
  done_[static_cast<std::size_t>(node - graph_.nodes.data())] = 1;
}

/// [N, C, H, W] -> [N, g, C/g, H, W] -> transpose 1 and 2 -> [N, C, H, W].
bool Lowering::lower_shuffle(const Node& node) {
  if (node.op != "Reshape") return false;
  const ValueId x = node.inputs[0];
  const Shape& from = shape_of(x);
  const Shape& mid = shape_of(node.outputs[0]);
  if (from.size() != 4 || mid.size() != 5 || mid[0] != from[0] || mid[1] * mid[2] != from[1] ||
      mid[3] != from[2] || mid[4] != from[3]) {
    return false;
  }
  const Node* transpose = only_consumer(node.outputs[0], "Transpose");
  if (transpose == nullptr || transpose->integers("perm") != std::vector<std::int64_t>{0, 2, 1, 3, 4})
    return false;
  const Node* back = only_consumer(transpose->outputs[0], "Reshape");
  if (back == nullptr || shape_of(back->outputs[0]) != from || !prefers_last(x)) return false;
  const bool moved = move(x, back->outputs[0], [&](Id a, Id b) {
    const Id in = form_last(a);
    if (in == kNone) return false;
    const View v = program.view(in);
    kernels::Convert op;
    op.isa = program.isa;
    op.from = op.to = v.dtype == DType::f32 ? kernels::Type::f32 : kernels::Type::u8;
    op.shuffle_groups = static_cast<std::int32_t>(mid[1]);
    Op made;
    made.kind = StepKind::convert;
    made.name = node.name;
    made.words = "channel shuffle";
    made.description = op;
    made.in = {in};
    made.out = {program.make(v.dtype, v.n, v.h, v.w, v.c)};
    program.values[static_cast<std::size_t>(b)].last = made.out[0];
    emit(std::move(made));
    return true;
  });
  if (!moved) return false;
  skip(transpose);
  skip(back);
  return true;
}

/// [N, 4 b, A] -> [N, 4, b, A] -> [N, b, 4, A] -> softmax over b -> convolution with 0, 1, ... b-1 ->
/// [N, 4, A] (Li et al. 2020, Generalized Focal Loss, eq. 5).
bool Lowering::lower_dfl(const Node& node) {
  if (node.op != "Reshape") return false;
  const ValueId x = node.inputs[0];
  const Shape& from = shape_of(x);
  const Shape& mid = shape_of(node.outputs[0]);
  if (from.size() != 3 || mid.size() != 4 || mid[0] != from[0] || mid[1] * mid[2] != from[1] ||
      mid[3] != from[2]) {
    return false;
  }
  const std::int64_t bins = mid[2];
  const Node* transpose = only_consumer(node.outputs[0], "Transpose");
  if (transpose == nullptr || transpose->integers("perm") != std::vector<std::int64_t>{0, 2, 1, 3})
    return false;
  const Node* softmax = only_consumer(transpose->outputs[0], "Softmax");
  if (softmax == nullptr || softmax->integer("axis", graph_.opset >= 13 ? -1 : 1) != 1 || graph_.opset < 13)
    return false;
  const Node* conv = only_consumer(softmax->outputs[0], "Conv");
  if (conv == nullptr || conv->inputs.size() != 2) return false;
  const Tensor* w = constant_of(conv->inputs[1]);
  if (w == nullptr || w->dtype != DType::f32 || w->shape != Shape{1, bins, 1, 1}) return false;
  for (std::int64_t i = 0; i < bins; ++i) {
    if (w->data<float>()[i] != static_cast<float>(i)) return false;
  }
  for (const char* name : {"strides", "dilations"}) {
    for (const auto v : conv->integers(name)) {
      if (v != 1) return false;
    }
  }
  for (const auto v : conv->integers("pads")) {
    if (v != 0) return false;
  }
  const Node* back = only_consumer(conv->outputs[0], "Reshape");
  if (back == nullptr || shape_of(back->outputs[0]) != Shape{from[0], mid[1], from[2]}) return false;
  // Level by level where they were joined along the anchors; the four sides come out as planes.
  if (from[0] != 1) return false;
  const Id out = program.make(DType::f32, 1, 1, 1, mid[1] * from[2]);
  program.buffer_of(out).dense = true;
  std::int64_t at = 0;
  for (const Id part : leaves_along(x, 2)) {
    const auto v = [&]() -> Value& { return program.values[static_cast<std::size_t>(part)]; };
    const bool quantised =
        v().lazy.base != kNone && v().lazy.affine && v().last == kNone && v().plain == kNone;
    kernels::Dfl op;
    op.isa = program.isa;
    op.from = quantised ? kernels::Type::u8 : kernels::Type::f32;
    op.bins = static_cast<std::int32_t>(bins);
    op.scale = quantised ? v().lazy.scale : 1;
    Op made;
    made.kind = StepKind::dfl;
    made.name = softmax->name + " + " + conv->name;
    made.words = "distribution focal loss";
    made.description = op;
    const Id lazy_base = v().lazy.base;
    made.in = {quantised ? base_last(lazy_base) : as_last(part)};
    if (made.in[0] == kNone) return false;
    View in = program.view(made.in[0]);
    const std::int64_t pixels = in.h * in.w;
    if (in.h > 1 && in.row != in.w * in.pixel) return false;
    in.h = rows_for(pixels);
    in.w = pixels / in.h;
    in.row = in.w * in.pixel;
    made.in[0] = program.add(in);
    made.out = {planes_view(out, {1, mid[1], in.h, in.w}, at, in.w, from[2])};
    at += pixels;
    emit(std::move(made));
  }
  set_plain(back->outputs[0], out);
  for (const Node* n : {transpose, softmax, conv, back}) skip(n);
  return true;
}

}  // namespace bondline::inference::lowering
