#include "line/inference/compiler/lowered.h"

#include <cstring>

namespace bondline::inference::lowering {

Id Program::root(Id id) const {
  while (buffer(id).parent != kNone) id = buffer(id).parent;
  return id;
}

std::int64_t Program::pitch(Id id) const {
  return buffer(root(id)).channels;
}

std::int64_t Program::offset_of(const View& v) const {
  const std::int64_t unit = pitch(v.buffer);
  std::int64_t at = v.start * (v.absolute ? 1 : unit) + v.channel;
  for (Id id = v.buffer; buffer(id).parent != kNone; id = buffer(id).parent) {
    at += buffer(id).start * unit + buffer(id).channel;
  }
  return at;
}

kernels::Plane Program::plane_of(Id view_id) const {
  const View& v = view(view_id);
  const std::int64_t unit = v.absolute ? 1 : pitch(v.buffer);
  kernels::Plane plane;
  plane.n = static_cast<std::int32_t>(v.n);
  plane.h = static_cast<std::int32_t>(v.h);
  plane.w = static_cast<std::int32_t>(v.w);
  plane.c = static_cast<std::int32_t>(v.c);
  plane.pixel = v.pixel * unit;
  plane.row = v.row * unit;
  plane.image = v.image * unit;
  return plane;
}

std::int64_t Program::span_of(Id view_id) const {
  const View& v = view(view_id);
  if (v.elements() == 0) return 0;
  if (v.plane != 0)
    return (v.n - 1) * v.image + (v.h - 1) * v.row + (v.w - 1) * v.pixel + (v.c - 1) * v.plane + 1;
  return kernels::span_of(plane_of(view_id));
}

Id Program::add(Buffer added) {
  buffers.push_back(added);
  return static_cast<Id>(buffers.size()) - 1;
}

Id Program::add(View added) {
  views.push_back(added);
  return static_cast<Id>(views.size()) - 1;
}

Id Program::make(DType dtype, std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
  Buffer memory;
  memory.element = size_of(dtype);
  memory.pixels = n * h * w;
  memory.channels = c;
  View all;
  all.buffer = add(memory);
  all.dtype = dtype;
  all.n = n, all.h = h, all.w = w, all.c = c;
  all.row = w, all.image = h * w;
  return add(all);
}

Id Program::constant(DType dtype, const void* data, std::int64_t n, std::int64_t h, std::int64_t w,
                     std::int64_t c) {
  const Id id = make(dtype, n, h, w, c);
  Buffer& memory = buffer_of(id);
  memory.space = Space::weights;
  memory.dense = true;
  weights.resize((weights.size() + 63) / 64 * 64);
  memory.offset = weights.size();
  weights.resize(weights.size() + memory.bytes());
  if (memory.bytes() > 0) std::memcpy(weights.data() + memory.offset, data, memory.bytes());
  return id;
}

bool Program::is_contiguous(const View& v) const {
  if (v.plane != 0) return false;
  if (v.absolute) {
    return (v.w == 1 || v.pixel == v.c) && (v.h == 1 || v.row == v.w * v.c) &&
           (v.n == 1 || v.image == v.h * v.w * v.c);
  }
  const bool pixels =
      (v.w == 1 || v.pixel == 1) && (v.h == 1 || v.row == v.w) && (v.n == 1 || v.image == v.h * v.w);
  return pixels && ((v.channel == 0 && v.c == buffer(v.buffer).channels) || v.n * v.h * v.w == 1);
}

bool Program::is_whole(const View& v) const {
  const Buffer& memory = buffer(v.buffer);
  return is_contiguous(v) && v.start == 0 && v.channel == 0 &&
         v.elements() == memory.pixels * memory.channels;
}

bool Program::settle(Id view_id) {
  const View& v = view(view_id);
  if (!is_contiguous(v)) return false;
  if (v.n * v.h * v.w == 1) return true;  // one pixel's channels always follow each other
  if (v.absolute) return buffer(v.buffer).dense || buffer(v.buffer).pixels == 1;
  if (pitch(v.buffer) != v.c) return false;
  for (Id id = v.buffer; id != kNone; id = buffer(id).parent) buffer(id).dense = true;
  return true;
}

}  // namespace bondline::inference::lowering
