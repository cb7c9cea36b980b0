// Operations that only say where elements lie: views where the strides allow, copies elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"

namespace bondline::inference::lowering {
namespace {

bool kernel_type(DType dtype) {
  return dtype == DType::f32 || dtype == DType::u8 || dtype == DType::i8;
}

}  // namespace

Id Lowering::form_last(Id id) {
  const DType dtype = program.values[static_cast<std::size_t>(id)].dtype;
  if (dtype == DType::u8 || dtype == DType::i8) return base_last(id);
  return as_last(id);
}

Id Lowering::form_plain(Id id) {
  const DType dtype = program.values[static_cast<std::size_t>(id)].dtype;
  return dtype == DType::i8 ? base_plain(id) : as_plain(id);
}

/// Applies to the value, or to the quantised one it was dequantised from.
bool Lowering::move(ValueId from, ValueId to, const std::function<bool(Id, Id)>& apply) {
  const Value& v = value(from);
  if (v.lazy.base == kNone || v.last != kNone || v.plain != kNone) return apply(from, to);
  const Lazy lazy = v.lazy;
  const Id base = add_value(DType::u8, shape_of(to));
  if (!apply(lazy.base, base)) return false;
  Lazy moved = lazy;
  moved.base = base;
  set_lazy(to, std::move(moved));
  return true;
}

bool Lowering::lower_reshape(const Node& node) {
  if (lower_shuffle(node) || lower_dfl(node)) return true;
  if (node.outputs.size() > 1 && node.outputs[1] != kNone && !consumers(node.outputs[1]).empty())
    return false;
  const ValueId from = node.inputs[0], to = node.outputs[0];
  return move(from, to, [&](Id a, Id b) {
    const auto va = [&]() -> Value& { return program.values[static_cast<std::size_t>(a)]; };
    const auto vb = [&]() -> Value& { return program.values[static_cast<std::size_t>(b)]; };
    const Shape sa = va().shape, sb = shape_of(to);
    const auto da = dims_of(sa), db = dims_of(sb);
    const bool last = prefers_last(a);
    if (last && da && db && da->n == db->n && da->c == db->c && sa.size() > 2 && sb.size() > 2) {
      const Id in = form_last(a);
      View v = program.view(in);
      if (v.h == 1 || v.row == v.w * v.pixel) {
        v.h = db->h, v.w = db->w;
        v.row = v.w * v.pixel;
        vb().last = program.add(v);
        return true;
      }
    }
    const Id plain = form_plain(a);
    if (plain == kNone) return false;
    vb().plain = plain;
    return true;
  });
}

bool Lowering::lower_transpose(const Node& node) {
  const ValueId from = node.inputs[0], to = node.outputs[0];
  const std::size_t rank = shape_of(from).size();
  std::vector<std::int64_t> perm = node.integers("perm");
  if (perm.empty()) {
    for (std::size_t i = rank; i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
  }
  if (perm.size() != rank) return false;
  using List = std::vector<std::int64_t>;
  const bool to_last = perm == List{0, 2, 3, 1} || perm == List{0, 2, 1};
  const bool to_first = perm == List{0, 3, 1, 2} || perm == List{0, 2, 1};
  return move(from, to, [&](Id a, Id b) {
    const auto vb = [&]() -> Value& { return program.values[static_cast<std::size_t>(b)]; };
    const DType dtype = program.values[static_cast<std::size_t>(a)].dtype;
    const Shape shape = shape_of(from);
    const bool last = prefers_last(a);
    if (last && to_last) {
      Id in = form_last(a);
      Id out = reinterpret(in, 1, 1, 1, program.view(in).elements());
      if (out == kNone) {
        in = convert(in, shape, program.view(in).dtype, false, false, 1, 0, node.name);
        out = reinterpret(in, 1, 1, 1, program.view(in).elements());
      }
      vb().plain = out;
      return out != kNone;
    }
    // Axes longer than one keep their order: nothing moves.
    List longer;
    for (const auto p : perm) {
      if (shape[static_cast<std::size_t>(p)] != 1) longer.push_back(p);
    }
    if (std::is_sorted(longer.begin(), longer.end())) {
      vb().plain = form_plain(a);
      return vb().plain != kNone;
    }
    if (to_first && kernel_type(dtype)) {
      const auto d = dims_of(shape_of(to));
      const Id in = form_plain(a);
      if (in == kNone || !d) return false;
      vb().last = reinterpret(in, d->n, d->h, d->w, d->c);
      return vb().last != kNone;
    }
    return false;
  });
}

void Lowering::place(Id view_id, Id into, std::int64_t start, std::int64_t channel, bool row_by_row,
                     const std::string& name) {
  const View v = program.view(view_id);
  const View parent = program.view(into);
  Buffer& memory = program.buffer(v.buffer);
  const bool free = memory.parent == kNone && memory.space == Space::arena && v.buffer != parent.buffer;
  const bool whole = !v.absolute && v.start == 0 && v.channel == 0 && v.c == memory.channels &&
                     v.n * v.h * v.w == memory.pixels && program.is_contiguous(v);
  const bool pitch_fits =
      !memory.dense || memory.pixels == 1 || program.pitch(parent.buffer) == memory.channels;
  if (free && whole && pitch_fits && !row_by_row) {
    memory.parent = parent.buffer;
    memory.start = start;
    memory.channel = channel;
    return;
  }
  View part = v;
  part.buffer = parent.buffer;
  part.absolute = false;
  part.start = start;
  part.channel = channel;
  part.pixel = 1;
  part.row = row_by_row ? parent.w : v.w;
  part.image = row_by_row ? parent.w * parent.h : v.h * v.w;
  Op copy;
  const bool kernel = v.dtype == DType::f32 || v.dtype == DType::u8;
  copy.kind = kernel ? StepKind::convert : StepKind::copy;
  copy.name = name;
  copy.words = "copy";
  if (kernel) {
    kernels::Convert op;
    op.isa = program.isa;
    op.from = op.to = v.dtype == DType::f32 ? kernels::Type::f32 : kernels::Type::u8;
    copy.description = op;
  }
  copy.in = {view_id};
  copy.out = {program.add(part)};
  emit(std::move(copy));
}

bool Lowering::concat_views(const std::vector<Id>& values, Id out_value, const Shape& shape,
                            std::int64_t axis, bool last, const std::string& name) {
  std::vector<Id> views;
  for (const Id id : values) {
    views.push_back(last ? form_last(id) : form_plain(id));
    if (views.back() == kNone) return false;
  }
  const DType dtype = program.view(views[0]).dtype;
  if (!last) {
    std::int64_t outer = 1;
    for (std::int64_t i = 0; i < axis; ++i) outer *= shape[static_cast<std::size_t>(i)];
    if (outer != 1) return false;
    const Id out = program.make(dtype, 1, 1, 1, elements_of(shape));
    std::int64_t at = 0;
    for (Id v : views) {
      const std::int64_t n = program.view(v).elements();
      if (n > 0) place(v, out, 0, at, false, name);
      at += n;
    }
    program.values[static_cast<std::size_t>(out_value)].plain = out;
    return true;
  }
  const Dims d = *dims_of(shape);
  const Id out = program.make(dtype, d.n, d.h, d.w, d.c);
  const bool along_c = axis == 1, along_n = axis == 0,
             along_w = axis == static_cast<std::int64_t>(shape.size()) - 1 && axis >= 2;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const View v = program.view(views[i]);
    if (v.elements() == 0) continue;
    if (along_c) {
      // Neighbouring slices that make up a whole buffer move in together.
      std::int64_t covered = 0;
      std::size_t next = i;
      const auto slice = [&](const View& s) {
        return s.buffer == v.buffer && !s.absolute && s.start == 0 && s.channel == covered && s.pixel == 1 &&
               (s.h == 1 || s.row == s.w) && (s.n == 1 || s.image == s.h * s.w) &&
               s.n * s.h * s.w == program.buffer(s.buffer).pixels;
      };
      while (next < views.size() && slice(program.view(views[next])) &&
             covered < program.buffer(v.buffer).channels) {
        covered += program.view(views[next++]).c;
      }
      Buffer& memory = program.buffer(v.buffer);
      if (next > i + 1 && covered == memory.channels && memory.parent == kNone &&
          memory.space == Space::arena && (!memory.dense || memory.pixels == 1)) {
        memory.parent = program.view(out).buffer;
        memory.channel = at;
        at += covered;
        i = next - 1;
        continue;
      }
    }
    const std::int64_t pixels = along_c ? 0 : along_n ? at * d.h * d.w : along_w ? at : at * d.w;
    const bool row_by_row = !along_c && !along_n && (along_w ? d.h * d.n != 1 : d.n != 1);
    place(views[i], out, pixels, along_c ? at : 0, row_by_row, name);
    at += along_c ? v.c : along_n ? v.n : along_w ? v.w : v.h;
  }
  program.values[static_cast<std::size_t>(out_value)].last = out;
  return true;
}

bool Lowering::lower_concat(const Node& node) {
  const ValueId y = node.outputs[0];
  const Shape& shape = shape_of(y);
  std::int64_t axis = node.integer("axis", 1);
  if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
  std::vector<Id> values;
  bool all_lazy = true, any_last = false, same = true;
  for (const ValueId id : node.inputs) {
    if (id == kNone) return false;
    values.push_back(id);
    const Value& v = value(id);
    all_lazy = all_lazy && v.lazy.base != kNone;
    same = same && affine(id) != nullptr && affine(node.inputs[0]) != nullptr &&
           affine(id)->scale == affine(node.inputs[0])->scale &&
           affine(id)->zero == affine(node.inputs[0])->zero;
    any_last = any_last || prefers_last(id);
  }
  const bool last = any_last && dims_of(shape) && shape.size() > 2;
  if (all_lazy) {
    const auto target = target_of(y);
    if (target && target->words.empty()) {
      std::vector<Id> bases;
      for (const ValueId id : node.inputs) {
        bases.push_back(requantised(Lazy(value(id).lazy), shape_of(id), target->scale, target->zero));
      }
      if (concat_views(bases, target->q, shape, axis, last, node.name)) {
        for (const Node* skipped : target->skipped) {
          done_[static_cast<std::size_t>(skipped - graph_.nodes.data())] = 1;
        }
        return true;
      }
    }
    if (same) {
      std::vector<Id> bases;
      for (const ValueId id : node.inputs) bases.push_back(value(id).lazy.base);
      Lazy lazy = value(node.inputs[0]).lazy;
      const Id base = add_value(DType::u8, shape);
      if (concat_views(bases, base, shape, axis, last, node.name)) {
        lazy.base = base;
        set_lazy(y, std::move(lazy));
        return true;
      }
    }
  }
  if (dtype_of(y) == DType::f32 && shape[0] == 1 && axis >= 1 && shape.size() > 2 && dims_of(shape) &&
      elements_of(shape) > 0) {
    value(y).parts = {values, axis};
    return true;
  }
  if (!kernel_type(dtype_of(y)) && last) return false;
  if (size_of(dtype_of(y)) == 0) return false;
  return concat_views(values, y, shape, axis, last && kernel_type(dtype_of(y)), node.name);
}

bool Lowering::slice_view(ValueId from, ValueId to, const std::vector<std::int64_t>& start,
                          const std::vector<std::int64_t>& step) {
  const Shape shape = shape_of(from), out = shape_of(to);
  // Contiguous in plain order: one axis cut, with only single-element axes before it.
  bool contiguous = true, seen = false;
  std::int64_t offset = 0, inner = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (step[i] != 1) contiguous = false;
    if (seen && out[i] != 1) contiguous = false;
    if (out[i] != shape[i]) seen = true;
    offset += start[i] * inner;
    inner *= shape[i];
  }
  return move(from, to, [&](Id a, Id b) {
    const auto vb = [&]() -> Value& { return program.values[static_cast<std::size_t>(b)]; };
    const DType dtype = program.values[static_cast<std::size_t>(a)].dtype;
    if (!contiguous && !prefers_last(a) && slice_planes(a, b, start, step)) return true;
    const bool last =
        prefers_last(a) || (!contiguous && kernel_type(dtype) && dims_of(shape) && shape.size() > 2);
    if (last && step[1] == 1) {
      const Id in = form_last(a);
      const auto d = dims_of(out);
      if (in == kNone || !d) return false;
      View v = program.view(in);
      const std::size_t w = shape.size() - 1;
      const bool flat = shape.size() < 4;
      v.channel += start[1];
      v.start +=
          start[0] * v.image + (flat ? 0 : start[2] * v.row) + (shape.size() > 2 ? start[w] * v.pixel : 0);
      v.image *= step[0];
      if (!flat) v.row *= step[2];
      if (shape.size() > 2) v.pixel *= step[w];
      v.n = d->n, v.h = d->h, v.w = d->w, v.c = d->c;
      vb().last = program.add(v);
      return true;
    }
    if (!contiguous) return false;
    const Id in = form_plain(a);
    if (in == kNone) return false;
    const Id flat = reinterpret(in, 1, 1, 1, program.view(in).elements());
    if (flat == kNone) return false;
    View v = program.view(flat);
    v.channel += offset;
    v.c = elements_of(out);
    const std::size_t bytes = size_of(v.dtype);
    if (offset * static_cast<std::int64_t>(bytes) % static_cast<std::int64_t>(bytes) != 0) return false;
    vb().plain = program.add(v);
    return true;
  });
}

bool Lowering::lower_split(const Node& node) {
  const Shape shape = shape_of(node.inputs[0]);
  std::int64_t axis = node.integer("axis", 0);
  if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
  std::vector<std::int64_t> start(shape.size(), 0);
  const std::vector<std::int64_t> step(shape.size(), 1);
  if (size_of(dtype_of(node.inputs[0])) == 0 || axis < 0 || axis >= static_cast<std::int64_t>(shape.size()))
    return false;
  const auto at = static_cast<std::size_t>(axis);
  // Either every part can be a view or none is made one.
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < at; ++i) outer *= shape[i];
  const bool last = dims_of(shape) && kernel_type(dtype_of(node.inputs[0])) && shape.size() > 2;
  if (outer != 1 && !last) return false;
  for (const ValueId id : node.outputs) {
    if (id == kNone) return false;
  }
  for (const ValueId id : node.outputs) {
    if (!slice_view(node.inputs[0], id, start, step)) return false;
    start[at] += shape_of(id)[at];
  }
  return true;
}

bool Lowering::lower_slice(const Node& node) {
  const Shape shape = shape_of(node.inputs[0]);
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (size_of(dtype_of(node.inputs[0])) == 0) return false;
  const auto list = [&](std::size_t i, const char* attribute) -> std::optional<std::vector<std::int64_t>> {
    if (input(node, i) == kNone) return node.integers(attribute);
    const Tensor* t = constant_of(node.inputs[i]);
    if (t == nullptr) return std::nullopt;
    std::vector<std::int64_t> out;
    for (std::int64_t j = 0; j < t->elements(); ++j) {
      out.push_back(t->dtype == DType::i64 ? t->data<std::int64_t>()[j] : t->data<std::int32_t>()[j]);
    }
    return out;
  };
  const auto starts = list(1, "starts");
  auto axes = list(3, "axes"), steps = list(4, "steps");
  if (!starts || !axes || !steps) return false;
  if (axes->empty()) {
    for (std::size_t i = 0; i < starts->size(); ++i) axes->push_back(static_cast<std::int64_t>(i));
  }
  if (steps->empty()) steps->assign(starts->size(), 1);
  if (axes->size() != starts->size() || steps->size() != starts->size()) return false;
  std::vector<std::int64_t> start(shape.size(), 0), step(shape.size(), 1);
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const std::int64_t axis = (*axes)[i] < 0 ? (*axes)[i] + rank : (*axes)[i];
    if (axis < 0 || axis >= rank || (*steps)[i] < 1) return false;
    const auto at = static_cast<std::size_t>(axis);
    std::int64_t from = (*starts)[i];
    if (from < 0) from += shape[at];
    start[at] = std::clamp<std::int64_t>(from, 0, shape[at]);
    step[at] = (*steps)[i];
  }
  if (elements_of(shape_of(node.outputs[0])) == 0) return false;
  return slice_view(node.inputs[0], node.outputs[0], start, step);
}

}  // namespace bondline::inference::lowering
