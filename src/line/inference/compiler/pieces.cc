// Values in pieces: concatenations that nobody needed in one piece yet, and planes cut out of an image with
// strides (the focus slices of YOLOX). They are put together straight in the order their reader wants.
#include <algorithm>
#include <cstring>

#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"

namespace bondline::inference::lowering {

bool Lowering::in_parts(Id id) const {
  const Value& v = program.values[static_cast<std::size_t>(id)];
  return !v.parts.values.empty() && v.last == kNone && v.plain == kNone;
}

std::vector<Id> Lowering::leaves_along(Id id, std::int64_t axis) const {
  const Value& v = program.values[static_cast<std::size_t>(id)];
  if (!in_parts(id) || v.parts.axis != axis) return {id};
  std::vector<Id> out;
  for (const Id part : v.parts.values) {
    const auto more = leaves_along(part, axis);
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

Id Lowering::planes_view(Id dense, const Shape& shape, std::int64_t start, std::int64_t row,
                         std::int64_t plane) {
  const Dims d = *dims_of(shape);
  View v = program.view(dense);
  if (!v.absolute) {
    v.start *= program.pitch(v.buffer);
    v.absolute = true;
  }
  v.n = d.n, v.h = d.h, v.w = d.w, v.c = d.c;
  v.start += start;
  v.pixel = 1, v.row = row, v.plane = plane, v.image = plane * d.c;
  return program.add(v);
}

Op Lowering::lookup_op(const Lazy& lazy) const {
  Op made;
  kernels::Convert op;
  op.isa = program.isa;
  op.from = kernels::Type::u8;
  op.to = kernels::Type::f32;
  op.scale = lazy.scale;
  op.zero = static_cast<std::uint8_t>(lazy.zero);
  made.description = op;
  made.kind = lazy.affine ? StepKind::convert : StepKind::lookup;
  made.name = lazy.affine ? "dequantize" : "lookup";
  made.words = lazy.affine ? "uint8 to float32" : "uint8 to float32 by table";
  if (!lazy.affine) {
    made.raw.resize(1);
    made.raw[0].resize(sizeof(float) * 256);
    std::memcpy(made.raw[0].data(), lazy.table->data(), sizeof(float) * 256);
  }
  return made;
}

/// Pixels that follow each other as few rows: long runs for the kernels, some for threads to share.
std::int64_t Lowering::rows_for(std::int64_t pixels) {
  for (std::int64_t rows = 16; rows > 1; --rows) {
    if (pixels % rows == 0 && pixels / rows % 16 == 0) return rows;
  }
  return 1;
}

/// Writes the value (of one image) as planes into a dense buffer: its first element at `start`.
bool Lowering::write_planes(Id id, Id into, std::int64_t start, std::int64_t row, std::int64_t plane) {
  const auto v = [&]() -> Value& { return program.values[static_cast<std::size_t>(id)]; };
  const Shape shape = v().shape;
  const auto d = dims_of(shape);
  if (!d || d->n != 1) return false;
  if (in_parts(id)) {
    const Parts parts = v().parts;
    const bool flat = shape.size() < 4;
    const std::int64_t stride = parts.axis == 1 ? plane : parts.axis == 2 && !flat ? row : 1;
    std::int64_t at = start;
    for (const Id part : parts.values) {
      const Shape& own = program.values[static_cast<std::size_t>(part)].shape;
      if (!write_planes(part, into, at, row, plane)) return false;
      at += own[static_cast<std::size_t>(parts.axis)] * stride;
    }
    return true;
  }
  Op made;
  const bool ready = v().last != kNone || v().plain != kNone;
  if (!ready && v().lazy.base != kNone && prefers_last(v().lazy.base)) {
    const Lazy lazy = v().lazy;
    made = lookup_op(lazy);
    made.in = {base_last(lazy.base)};
  } else if (v().plain == kNone && prefers_last(id)) {
    kernels::Convert op;
    op.isa = program.isa;
    made.kind = StepKind::convert;
    made.name = "layout";
    made.words = "float32";
    made.description = op;
    made.in = {as_last(id)};
  } else {
    const Id plain = as_plain(id);
    if (plain == kNone) return false;
    if ((d->c == 1 || plane == d->h * d->w) && (d->h == 1 || row == d->w)) {
      place(plain, into, 0, start, false, "copy");
      return true;
    }
    kernels::Convert op;
    op.isa = program.isa;
    op.in_nchw = true;
    made.kind = StepKind::convert;
    made.name = "copy";
    made.words = "float32";
    made.description = op;
    const Id flat = reinterpret(plain, 1, 1, 1, program.view(plain).elements());
    if (flat == kNone) return false;
    made.in = {planes_view(flat, shape, 0, d->w, d->h * d->w)};
  }
  if (made.in[0] == kNone) return false;
  std::get<kernels::Convert>(made.description).out_nchw = true;
  made.words += ", into planes";
  made.out = {planes_view(into, shape, start, row, plane)};
  View in = program.view(made.in[0]), out = program.view(made.out[0]);
  if (in.plane == 0 && (d->h == 1 || (in.row == in.w * in.pixel && row == d->w))) {
    in.h = out.h = rows_for(d->h * d->w);
    in.w = out.w = d->h * d->w / in.h;
    in.row = in.w * in.pixel, out.row = out.w;
    made.in[0] = program.add(in), made.out[0] = program.add(out);
  }
  emit(std::move(made));
  return true;
}

Id Lowering::join(Id id, bool last) {
  const Value& v = program.values[static_cast<std::size_t>(id)];
  const Parts parts = v.parts;
  const Shape shape = v.shape;
  if (last) {
    if (!concat_views(parts.values, id, shape, parts.axis, true, "concat")) return kNone;
    return program.values[static_cast<std::size_t>(id)].last;
  }
  const Dims d = *dims_of(shape);
  const Id out = program.make(DType::f32, 1, 1, 1, d.n * d.c * d.h * d.w);
  program.buffer_of(out).dense = true;
  return write_planes(id, out, 0, d.w, d.h * d.w) ? out : kNone;
}

/// A cut of the caller's planes, seen through strides.
bool Lowering::slice_planes(Id from, Id to, const std::vector<std::int64_t>& start,
                            const std::vector<std::int64_t>& step) {
  const auto v = [&](Id id) -> Value& { return program.values[static_cast<std::size_t>(id)]; };
  const Shape shape = v(from).shape;
  if (shape.size() != 4 || v(from).dtype != DType::f32 || v(from).last != kNone) return false;
  Id source = v(from).planes;
  if (source == kNone) {
    if (v(from).plain == kNone) return false;
    const Id flat = reinterpret(v(from).plain, 1, 1, 1, program.view(v(from).plain).elements());
    if (flat == kNone) return false;
    source = planes_view(flat, shape, 0, shape[3], shape[2] * shape[3]);
  }
  View cut = program.view(source);
  const Shape out = v(to).shape;
  cut.start += start[0] * cut.image + start[1] * cut.plane + start[2] * cut.row + start[3] * cut.pixel;
  cut.image *= step[0], cut.plane *= step[1], cut.row *= step[2], cut.pixel *= step[3];
  cut.n = out[0], cut.c = out[1], cut.h = out[2], cut.w = out[3];
  v(to).planes = program.add(cut);
  return true;
}

}  // namespace bondline::inference::lowering
