// The forms of a value, made on demand: channels last for the kernels, plain for everything else.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "line/inference/compiler/dims.h"
#include "line/inference/compiler/lowering.h"

namespace bondline::inference::lowering {
namespace {

std::vector<std::uint8_t> flip_sign() {
  std::vector<std::uint8_t> table(256);
  for (std::size_t i = 0; i < 256; ++i) table[i] = static_cast<std::uint8_t>(i ^ 0x80);
  return table;
}

template <class T>
std::vector<T> to_channels_last(const T* from, const Dims& d) {
  std::vector<T> out(static_cast<std::size_t>(d.n * d.h * d.w * d.c));
  std::size_t at = 0;
  for (std::int64_t n = 0; n < d.n; ++n) {
    for (std::int64_t p = 0; p < d.h * d.w; ++p) {
      for (std::int64_t c = 0; c < d.c; ++c) {
        out[at++] = from[(n * d.c + c) * d.h * d.w + p];
      }
    }
  }
  return out;
}

}  // namespace

std::optional<Dims> dims_of(const Shape& s) {
  switch (s.size()) {
    case 2:
      return Dims{s[0], 1, 1, s[1]};
    case 3:
      return Dims{s[0], 1, s[2], s[1]};
    case 4:
      return Dims{s[0], s[2], s[3], s[1]};
    default:
      return std::nullopt;
  }
}

Id Lowering::add_value(DType dtype, Shape shape) {
  Value added;
  added.dtype = dtype;
  added.biased = dtype == DType::i8;
  added.shape = std::move(shape);
  program.values.push_back(std::move(added));
  return static_cast<Id>(program.values.size()) - 1;
}

void Lowering::set_last(ValueId id, Id view_id) {
  value(id).last = view_id;
}
void Lowering::set_plain(ValueId id, Id view_id) {
  value(id).plain = view_id;
}
void Lowering::set_lazy(ValueId id, Lazy lazy) {
  value(id).lazy = std::move(lazy);
}

Id Lowering::reinterpret(Id view_id, std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
  if (!program.settle(view_id)) return kNone;
  View v = program.view(view_id);
  const bool one = v.n * v.h * v.w == 1;
  if (!v.absolute) {
    if (v.start != 0) {
      if (one && n * h * w == 1) {
        v.c = c;
        return program.add(v);
      }
      if (!program.buffer(v.buffer).dense) return kNone;
      v.start *= program.pitch(v.buffer);
    }
    v.absolute = true;
  }
  v.n = n, v.h = h, v.w = w, v.c = c;
  v.pixel = c, v.row = w * c, v.image = h * w * c;
  return program.add(v);
}

Id Lowering::convert(Id from_view, const Shape& shape, DType to, bool in_plain, bool out_plain, float scale,
                     int zero, const std::string& name) {
  const View from = program.view(from_view);
  kernels::Convert op;
  op.isa = program.isa;
  op.from = from.dtype == DType::f32 ? kernels::Type::f32 : kernels::Type::u8;
  op.to = to == DType::f32 ? kernels::Type::f32 : kernels::Type::u8;
  op.scale = scale;
  op.zero = static_cast<std::uint8_t>(zero);
  Op made;
  made.kind = StepKind::convert;
  made.name = name;
  made.words = fmt::format("{} to {}{}", name_of(from.dtype), name_of(to),
                           in_plain == out_plain ? "" : (in_plain ? ", channels last" : ", channels first"));
  if (in_plain == out_plain) {
    // Element by element in the order of memory: the same planes on both sides.
    const Id view_id = in_plain ? program.make(to, 1, 1, 1, from.elements())
                                : program.make(to, from.n, from.h, from.w, from.c);
    Id in = from_view, result = view_id;
    if (in_plain && from.elements() % 64 == 0 && from.elements() > 64) {  // rows, so that threads may share
      const std::int64_t rows = from.elements() / 64;
      const Id folded_in = reinterpret(from_view, 1, rows, 1, 64);
      const Id folded_out = reinterpret(view_id, 1, rows, 1, 64);
      if (folded_in != kNone && folded_out != kNone) in = folded_in, result = folded_out;
    }
    made.in = {in};
    made.out = {result};
    made.description = op;
    emit(std::move(made));
    return view_id;
  }
  const auto dims = dims_of(shape);
  if (!dims) return kNone;
  op.in_nchw = in_plain;
  op.out_nchw = out_plain;
  const Id out = out_plain ? program.make(to, 1, 1, 1, from.elements())
                           : program.make(to, dims->n, dims->h, dims->w, dims->c);
  made.in = {from_view};
  made.out = {out};
  made.description = op;
  emit(std::move(made));
  return out;
}

Id Lowering::from_lazy(Id id, bool last) {
  const Lazy lazy = program.values[static_cast<std::size_t>(id)].lazy;
  const Shape shape = program.values[static_cast<std::size_t>(id)].shape;
  const Value& base = program.values[static_cast<std::size_t>(lazy.base)];
  const bool base_is_last = base.plain == kNone && dims_of(shape).has_value();
  if (lazy.affine) {
    if (last && dims_of(shape)) {
      return convert(base_last(lazy.base), shape, DType::f32, false, false, lazy.scale, lazy.zero,
                     "dequantize");
    }
    if (base_is_last) {
      const Id from = base_last(lazy.base);
      if (from != kNone) {
        const Dims d = *dims_of(shape);
        if (d.c > 1 && d.h * d.w > 1) {
          return convert(from, shape, DType::f32, false, true, lazy.scale, lazy.zero, "dequantize");
        }
      }
    }
    return convert(base_plain(lazy.base), shape, DType::f32, true, true, lazy.scale, lazy.zero, "dequantize");
  }
  Op made = lookup_op(lazy);
  const Id from = last ? base_last(lazy.base) : base_plain(lazy.base);
  if (from == kNone) return kNone;
  const View v = program.view(from);
  const Id out =
      last ? program.make(DType::f32, v.n, v.h, v.w, v.c) : program.make(DType::f32, 1, 1, 1, v.elements());
  made.in = {from};
  made.out = {out};
  emit(std::move(made));
  return out;
}

Id Lowering::as_last(Id id) {
  const auto v = [&]() -> Value& { return program.values[static_cast<std::size_t>(id)]; };
  if (v().dtype != DType::f32) return kNone;
  if (v().last != kNone) return v().last;
  const auto d = dims_of(v().shape);
  if (!d) return kNone;
  Id made = kNone;
  if (v().constant != nullptr) {
    const auto data = to_channels_last(v().constant->data<float>(), *d);
    made = program.constant(DType::f32, data.data(), d->n, d->h, d->w, d->c);
  } else if (in_parts(id)) {
    made = join(id, true);
    if (made == kNone) return kNone;
  } else if (v().plain == kNone && v().lazy.base != kNone) {
    made = from_lazy(id, true);
  } else if (v().plain == kNone && v().planes != kNone) {
    made = convert(v().planes, v().shape, DType::f32, true, false, 1, 0, "layout");
  } else {
    const Id plain = as_plain(id);
    if (plain == kNone) return kNone;
    if (d->c == 1 || d->h * d->w == 1) made = reinterpret(plain, d->n, d->h, d->w, d->c);
    if (made == kNone) made = convert(plain, v().shape, DType::f32, true, false, 1, 0, "layout");
  }
  v().last = made;
  return made;
}

Id Lowering::base_last(Id id) {
  const auto v = [&]() -> Value& { return program.values[static_cast<std::size_t>(id)]; };
  if (v().last != kNone) return v().last;
  const auto d = dims_of(v().shape);
  if (!d) return kNone;
  Id made = kNone;
  if (v().plain == kNone && v().origin != kNone) {
    const Id from = base_last(v().origin);
    if (from == kNone) return kNone;
    made = apply_table(from, *v().origin_table, "table");
  } else {
    const Id plain = base_plain(id);
    if (plain == kNone) return kNone;
    if (d->c == 1 || d->h * d->w == 1) made = reinterpret(plain, d->n, d->h, d->w, d->c);
    if (made == kNone) made = convert(plain, v().shape, DType::u8, true, false, 1, 0, "layout");
  }
  v().last = made;
  return made;
}

Id Lowering::apply_table(Id from, const std::array<std::uint8_t, 256>& table, const std::string& name) {
  bool same = true;
  for (std::size_t i = 0; i < 256; ++i) same = same && table[i] == i;
  if (same) return from;
  const View v = program.view(from);
  Op made;
  made.kind = StepKind::unary;
  made.name = name;
  made.words = "table u8";
  kernels::Unary op;
  op.isa = program.isa;
  op.type = kernels::Type::u8;
  made.description = op;
  made.table.assign(table.begin(), table.end());
  const Id out = program.make(DType::u8, v.n, v.h, v.w, v.c);
  made.in = {from};
  made.out = {out};
  emit(std::move(made));
  return out;
}

/// Plain form out of the channels-last one; a view where memory agrees.
Id Lowering::plain_from_last(Id last, const Shape& shape) {
  const View v = program.view(last);
  const bool agrees = shape.size() <= 2 || v.c == 1 || v.h * v.w == 1;
  if (agrees) {
    const Id made = reinterpret(last, 1, 1, 1, v.elements());
    if (made != kNone) return made;
    // Memory agrees but is spread: gather it first.
    Id copy = convert(last, shape, v.dtype, false, false, 1, 0, "gather");
    return reinterpret(copy, 1, 1, 1, v.elements());
  }
  return convert(last, shape, v.dtype, false, true, 1, 0, "layout");
}

Id Lowering::base_plain(Id id) {
  const auto v = [&]() -> Value& { return program.values[static_cast<std::size_t>(id)]; };
  if (v().plain != kNone) return v().plain;
  Id made = kNone;
  if (v().constant != nullptr) {
    const std::int64_t n = v().constant->elements();
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(v().constant->data<std::uint8_t>()[i] ^ (v().biased ? 0x80 : 0));
    }
    made = program.constant(DType::u8, bytes.data(), 1, 1, 1, n);
  } else if (v().raw != kNone) {
    std::array<std::uint8_t, 256> table;
    const auto flip = flip_sign();
    std::copy(flip.begin(), flip.end(), table.begin());
    made = apply_table(v().raw, table, "sign");
  } else if (v().last != kNone) {
    made = plain_from_last(v().last, v().shape);
  } else if (v().origin != kNone) {
    const Id from_last = program.values[static_cast<std::size_t>(v().origin)].last;
    if (from_last != kNone && dims_of(v().shape)) {
      made = plain_from_last(base_last(id), v().shape);
    } else {
      made = apply_table(base_plain(v().origin), *v().origin_table, "table");
    }
  }
  v().plain = made;
  return made;
}

Id Lowering::as_plain(Id id) {
  const auto v = [&]() -> Value& { return program.values[static_cast<std::size_t>(id)]; };
  if (v().dtype == DType::u8) return base_plain(id);
  if (v().dtype == DType::i8) {
    if (v().raw != kNone) return v().raw;
    if (v().constant != nullptr) {
      v().raw =
          program.constant(DType::i8, v().constant->data<std::byte>(), 1, 1, 1, v().constant->elements());
    } else {
      std::array<std::uint8_t, 256> table;
      const auto flip = flip_sign();
      std::copy(flip.begin(), flip.end(), table.begin());
      v().raw = apply_table(base_plain(id), table, "sign");
    }
    return v().raw;
  }
  if (v().plain != kNone) return v().plain;
  Id made = kNone;
  if (v().constant != nullptr) {
    made = program.constant(v().dtype, v().constant->data<std::byte>(), 1, 1, 1, v().constant->elements());
  } else if (v().last != kNone) {
    made = plain_from_last(v().last, v().shape);
  } else if (in_parts(id)) {
    made = join(id, false);
  } else if (v().planes != kNone) {
    made = plain_from_last(as_last(id), v().shape);
  } else if (v().lazy.base != kNone) {
    made = from_lazy(id, false);
    if (made != kNone && program.view(made).n * program.view(made).h * program.view(made).w != 1) {
      made = plain_from_last(made, v().shape);
    }
  }
  v().plain = made;
  return made;
}

bool Lowering::prefers_last(Id id) {
  const Value& v = program.values[static_cast<std::size_t>(id)];
  if (v.constant != nullptr || !dims_of(v.shape)) return false;
  if (v.last != kNone) return true;
  if (v.plain != kNone) return false;
  if (!v.parts.values.empty())
    return std::any_of(v.parts.values.begin(), v.parts.values.end(),
                       [&](Id part) { return prefers_last(part); });
  if (v.lazy.base != kNone) return prefers_last(v.lazy.base);
  if (v.origin != kNone) return prefers_last(v.origin);
  return false;
}

}  // namespace bondline::inference::lowering
