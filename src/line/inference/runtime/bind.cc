// Checking a step before it may run: an artefact may be hostile, so every plane, table and size is held
// against the memory its operand names.
#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "line/inference/runtime/execute.h"

namespace bondline::inference::runtime {
namespace {

using kernels::Plane;

constexpr std::int64_t kMostElements = std::int64_t{1} << 36;
/// A stride of a dimension of one is never followed, but kernels multiply it by windows (2^28) all the same.
constexpr std::int64_t kMostStride = std::int64_t{1} << 32;

/// Elements a plane spans; -1 when its sizes or strides make no sense.
std::int64_t span_checked(const Plane& p, bool may_repeat) {
  if (p.n < 1 || p.h < 1 || p.w < 1 || p.c < 1) return -1;
  for (const std::int64_t stride : {p.pixel, p.row, p.image}) {
    if (stride < (may_repeat ? 0 : 1) || stride > kMostStride) return -1;
  }
  const auto reach = [](std::int32_t n, std::int64_t stride) {
    return static_cast<double>(n - 1) * static_cast<double>(stride);
  };
  if (reach(p.n, p.image) + reach(p.h, p.row) + reach(p.w, p.pixel) + p.c >
      static_cast<double>(kMostElements))
    return -1;
  return kernels::span_of(p);
}

/// Outputs must not lap over themselves.
bool disjoint(const Plane& p) {
  return (p.w == 1 || p.pixel >= p.c) && (p.h == 1 || p.row >= (p.w - 1) * p.pixel + p.c) &&
         (p.n == 1 || p.image >= (p.h - 1) * p.row + (p.w - 1) * p.pixel + p.c);
}

class Binder {
 public:
  Binder(const Step& step, std::span<const std::byte> weights) : step_(step), weights_(weights) {}

  std::string bind(Bound* out) {
    out->step = &step_;
    switch (step_.kind) {
      case StepKind::conv_int8:
        return conv_int8(out);
      case StepKind::conv_f32:
        return conv_f32(out);
      case StepKind::conv_pair_int8:
        return pair(out);
      case StepKind::pool:
        return simple<kernels::Pool>(out, [](const auto& d) { return std::pair{d.type, d.type}; });
      case StepKind::unary:
        return unary(out);
      case StepKind::convert:
        return convert(out, false);
      case StepKind::softmax:
        return simple<kernels::Softmax>(out, [](const auto& d) { return std::pair{d.from, d.to}; });
      case StepKind::dfl:
        return dfl(out);
      case StepKind::elementwise:
        return elementwise(out);
      case StepKind::resize:
        return resize(out);
      case StepKind::layer_norm:
        return layer_norm(out);
      case StepKind::conv_transpose:
        return conv_transpose(out);
      case StepKind::copy:
        return copy(out);
      case StepKind::lookup:
        return convert(out, true);
      case StepKind::generic:
        return generic(out);
      case StepKind::arg_max:
        break;
    }
    return "this kind of step is not made by this version";
  }

 private:
  /// The description's bytes as T; bool fields at `flags` must be 0 or 1.
  template <class T>
  bool read(T* to, std::initializer_list<std::size_t> flags) {
    if (step_.description.size() != sizeof(T)) return say("a description of another size");
    for (const std::size_t at : flags) {
      if (std::to_integer<int>(step_.description[at]) > 1) return say("a flag that is neither 0 nor 1");
    }
    std::memcpy(to, step_.description.data(), sizeof(T));
    return true;
  }
  bool say(std::string what) {
    if (why_.empty()) why_ = std::move(what);
    return false;
  }
  bool isa(kernels::Isa isa) {
    if (static_cast<int>(isa) >= kernels::kIsas) return say("an unknown instruction set");
    return kernels::runs_here(isa) ||
           say(fmt::format("needs {}, which this processor lacks", kernels::name_of(isa)));
  }
  bool operands(std::size_t least, std::size_t most) {
    return (step_.operands.size() >= least && step_.operands.size() <= most) ||
           say("another number of operands");
  }
  const Operand& at(std::size_t i) const {
    static const Operand kAbsent;
    return i < step_.operands.size() ? step_.operands[i] : kAbsent;
  }
  /// Operand i has room for the plane.
  bool fits(std::size_t i, const Plane& p, kernels::Type type, bool writes, bool may_repeat = false) {
    const std::int64_t span = span_checked(p, may_repeat);
    if (span < 0) return say("a plane with impossible sizes");
    if (static_cast<int>(type) > 1) return say("an unknown element type");
    return room(i, static_cast<std::uint64_t>(span) * kernels::size_of(type), kernels::size_of(type),
                writes) &&
           (!writes || disjoint(p) || say("an output that overlaps itself"));
  }
  /// nchw sides are dense.
  bool fits_dense(std::size_t i, const Plane& p, kernels::Type type, bool writes) {
    if (p.n < 1 || p.h < 1 || p.w < 1 || p.c < 1) return say("a plane with impossible sizes");
    const double elements = static_cast<double>(p.n) * p.h * p.w * p.c;
    if (elements > static_cast<double>(std::int64_t{1} << 36)) return say("a plane with impossible sizes");
    return room(i, static_cast<std::uint64_t>(elements) * kernels::size_of(type), kernels::size_of(type),
                writes);
  }
  bool room(std::size_t i, std::uint64_t bytes, std::size_t align, bool writes) {
    const Operand& o = at(i);
    if (o.space == Space::none) return say("a missing operand");
    if (o.bytes < bytes)
      return say(fmt::format("operand {} has {} bytes where {} are touched", i, o.bytes, bytes));
    if (o.offset % align != 0) return say("a misaligned operand");
    if (writes && o.space != Space::arena && o.space != Space::output)
      return say("an output in read-only memory");
    return true;
  }
  bool constant(std::size_t i, std::uint64_t bytes, std::size_t align) {
    return room(i, bytes, align, false) &&
           (at(i).space == Space::weights || say("constants outside the weights"));
  }
  bool accept(const char* problem) { return problem == nullptr || say(problem); }
  std::string done(Bound* out, std::int64_t items) {
    out->items = items;
    out->chunks = 1;
    return items < 0 ? "no work items" : why_;
  }

  std::string conv_int8(Bound* out) {
    kernels::ConvInt8 d;
    using C = kernels::ConvInt8;
    const bool good =
        operands(5, 5) && read(&d, {offsetof(C, float_out), offsetof(C, table), offsetof(C, residual)}) &&
        isa(d.isa) &&
        planes(d.shape, kernels::Type::u8, d.float_out ? kernels::Type::f32 : kernels::Type::u8, 0, 2) &&
        accept(kernels::problem(d)) && constant(1, kernels::packed_bytes(d), kernels::kAlignment) &&
        scratch(kernels::scratch_bytes(d)) &&
        (!d.residual || fits(3, d.residual_at, kernels::Type::u8, false)) &&
        (!d.table || constant(4, 256, 1));
    if (!good) return why_;
    forget_absent(&d);
    out->description = d;
    return done(out, kernels::work_items(d));
  }
  /// What is said of a residual that does not exist was not checked, so it must not be computed with.
  template <class Conv>
  static void forget_absent(Conv* d) {
    if (!d->residual) d->residual_at = Plane{};
  }
  bool planes(const kernels::ConvShape& s, kernels::Type in, kernels::Type out, std::size_t in_at,
              std::size_t out_at) {
    return fits(in_at, s.in, in, false) && fits(out_at, s.out, out, true);
  }
  bool scratch(std::uint64_t bytes) { return bytes <= step_.scratch_bytes || say("too little scratch"); }

  std::string conv_f32(Bound* out) {
    kernels::ConvF32 d;
    using C = kernels::ConvF32;
    const bool good =
        operands(4, 4) && read(&d, {offsetof(C, residual), offsetof(C, residual_after)}) && isa(d.isa) &&
        planes(d.shape, kernels::Type::f32, kernels::Type::f32, 0, 2) && accept(kernels::problem(d)) &&
        constant(1, kernels::packed_bytes(d), kernels::kAlignment) && scratch(kernels::scratch_bytes(d)) &&
        (!d.residual || fits(3, d.residual_at, kernels::Type::f32, false));
    if (!good) return why_;
    forget_absent(&d);
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string pair(Bound* out) {
    kernels::ConvPairInt8 d;
    using C = kernels::ConvInt8;
    const std::size_t second = offsetof(kernels::ConvPairInt8, second);
    const bool good =
        operands(7, 7) &&
        read(&d, {offsetof(C, float_out), offsetof(C, table), offsetof(C, residual),
                  second + offsetof(C, float_out), second + offsetof(C, table),
                  second + offsetof(C, residual)}) &&
        isa(d.first.isa) && isa(d.second.isa) && fits(0, d.first.shape.in, kernels::Type::u8, false) &&
        fits(3, d.second.shape.out, d.second.float_out ? kernels::Type::f32 : kernels::Type::u8, true) &&
        span_checked(d.first.shape.out, false) >= 0 && span_checked(d.second.shape.in, false) >= 0 &&
        accept(kernels::problem(d)) && constant(1, kernels::packed_bytes(d.first), kernels::kAlignment) &&
        constant(2, kernels::packed_bytes(d.second), kernels::kAlignment) &&
        scratch(kernels::scratch_bytes(d)) && (!d.first.table || constant(4, 256, 1)) &&
        (!d.second.table || constant(5, 256, 1)) &&
        (!d.second.residual || fits(6, d.second.residual_at, kernels::Type::u8, false)) &&
        (!d.first.residual || say("a residual inside a pair"));
    if (!good) return why_.empty() ? "a plane with impossible sizes" : why_;
    forget_absent(&d.first);
    forget_absent(&d.second);
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  template <class T, class Types>
  std::string simple(Bound* out, Types types) {
    T d;
    bool good = false;
    if constexpr (std::is_same_v<T, kernels::Pool>) {
      good = read(&d, {offsetof(kernels::Pool, count_padding)});
    } else if constexpr (std::is_same_v<T, kernels::Softmax>) {
      good = read(&d, {offsetof(kernels::Softmax, logarithm)});
    } else {
      good = read(&d, {});
    }
    if (!good || !operands(2, 2) || !isa(d.isa)) return why_;
    const auto [from, to] = types(d);
    if (!fits(0, d.in, from, false) || !fits(1, d.out, to, true) || !accept(kernels::problem(d))) return why_;
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string unary(Bound* out) {
    kernels::Unary d;
    const bool good = operands(3, 3) && read(&d, {}) && isa(d.isa) && fits(0, d.in, d.type, false) &&
                      fits(1, d.out, d.type, true) && accept(kernels::problem(d)) &&
                      (d.type != kernels::Type::u8 || constant(2, 256, 1));
    if (!good) return why_;
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  /// A side whose channels lie `plane` apart.
  bool fits_planes(std::size_t i, const Plane& p, std::int64_t plane, kernels::Type type, bool writes) {
    Plane pixels = p;
    pixels.c = 1;
    const std::int64_t span = span_checked(pixels, false);
    if (span < 0 || p.c < 1 || plane < 1 || plane > kMostStride || p.c > kMostElements / plane)
      return say("a plane with impossible sizes");
    const auto elements = static_cast<std::uint64_t>(span + (p.c - 1) * plane);
    return room(i, elements * kernels::size_of(type), kernels::size_of(type), writes);
  }
  bool fits_side(std::size_t i, const Plane& p, bool nchw, std::int64_t plane, kernels::Type type,
                 bool writes) {
    if (!nchw) return fits(i, p, type, writes);
    return plane != 0 ? fits_planes(i, p, plane, type, writes) : fits_dense(i, p, type, writes);
  }

  std::string convert(Bound* out, bool by_table) {
    kernels::Convert d;
    using C = kernels::Convert;
    const std::size_t to = by_table ? 2 : 1;
    if (!operands(to + 1, to + 1) || !read(&d, {offsetof(C, in_nchw), offsetof(C, out_nchw)}) || !isa(d.isa))
      return why_;
    if (static_cast<int>(d.from) > 1 || static_cast<int>(d.to) > 1) return "an unknown element type";
    if (by_table && (d.from != kernels::Type::u8 || d.to != kernels::Type::f32))
      return "a table of other types";
    const bool good =
        accept(kernels::problem(d)) && fits_side(0, d.in, d.in_nchw, d.in_plane, d.from, false) &&
        fits_side(to, d.out, d.out_nchw, d.out_plane, d.to, true) && (!by_table || constant(1, 1024, 4));
    if (!good) return why_;
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string dfl(Bound* out) {
    kernels::Dfl d;
    const bool good = operands(2, 2) && read(&d, {}) && isa(d.isa) && accept(kernels::problem(d)) &&
                      fits(0, d.in, d.from, false) &&
                      fits_side(1, d.out, d.out_plane != 0, d.out_plane, kernels::Type::f32, true);
    if (!good) return why_;
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string elementwise(Bound* out) {
    kernels::Elementwise d;
    const bool good = operands(3, 3) && read(&d, {}) && isa(d.isa) && fits(0, d.a, d.type, false, true) &&
                      fits(1, d.b, d.type, false, true) && fits(2, d.out, d.type, true) &&
                      accept(kernels::problem(d));
    if (!good) return why_;
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string resize(Bound* out) {
    kernels::Resize d;
    const bool good = operands(5, 5) && read(&d, {offsetof(kernels::Resize, linear)}) && isa(d.isa) &&
                      fits(0, d.in, d.type, false) && fits(1, d.out, d.type, true) &&
                      accept(kernels::problem(d));
    if (!good) return why_;
    const auto entries = static_cast<std::uint64_t>(d.out.h) + static_cast<std::uint64_t>(d.out.w);
    if (!constant(2, entries * 4, 4) ||
        (d.linear && (!constant(3, entries * 4, 4) || !constant(4, entries * 4, 4))))
      return why_;
    for (std::size_t which = 2; which < (d.linear ? 4u : 3u); ++which) {
      for (std::uint64_t i = 0; i < entries; ++i) {
        std::int32_t index = 0;
        std::memcpy(&index, weights_.data() + at(which).offset + i * 4, 4);
        const std::int32_t limit = i < static_cast<std::uint64_t>(d.out.h) ? d.in.h : d.in.w;
        if (index < 0 || index >= limit) return "a resize table that points outside its input";
      }
    }
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string layer_norm(Bound* out) {
    kernels::LayerNorm d;
    const bool good = operands(4, 4) && read(&d, {}) && isa(d.isa) &&
                      fits(0, d.in, kernels::Type::f32, false) && fits(1, d.out, kernels::Type::f32, true) &&
                      accept(kernels::problem(d));
    if (!good) return why_;
    const auto bytes = static_cast<std::uint64_t>(d.in.c) * 4;
    for (const std::size_t i : {2, 3}) {
      if (at(i).space != Space::none && !constant(i, bytes, 4)) return why_;
    }
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string conv_transpose(Bound* out) {
    kernels::ConvTransposeF32 d;
    const bool good = operands(4, 4) && read(&d, {}) && isa(d.isa) &&
                      planes(d.shape, kernels::Type::f32, kernels::Type::f32, 0, 2) &&
                      accept(kernels::problem(d));
    if (!good) return why_;
    const double weights = static_cast<double>(d.shape.in.c) * d.shape.out.c * d.shape.kernel_h *
                           d.shape.kernel_w / d.shape.groups;
    if (weights > 1e12 || !constant(1, static_cast<std::uint64_t>(weights) * 4, 4))
      return why_.empty() ? "impossible weights" : why_;
    if (at(3).space != Space::none && !constant(3, static_cast<std::uint64_t>(d.shape.out.c) * 4, 4))
      return why_;
    out->description = d;
    return done(out, kernels::work_items(d));
  }

  std::string copy(Bound* out) {
    if (!operands(2, 2) || !room(0, 0, 1, false) || !room(1, at(0).bytes, 1, true)) return why_;
    return done(out, 1);
  }

  std::string generic(Bound* out) {
    Generic g;
    g.op = find_op(step_.node.domain, step_.node.op, step_.opset);
    if (g.op == nullptr || !g.op->compilable || g.op->run == nullptr)
      return "an operator this version cannot run";
    std::vector<ValueType> in(step_.generic_inputs), made;
    std::vector<Tensor> constants(step_.generic_inputs);
    for (std::size_t i = 0; i < step_.operands.size(); ++i) {
      const Operand& o = step_.operands[i];
      g.shapes.push_back(o.shape);
      if (o.space == Space::none) continue;
      if (o.dtype == DType::undefined) return "an operand without a type";
      if (i >= in.size()) {
        if (o.space != Space::arena && o.space != Space::output) return "an output in read-only memory";
        continue;
      }
      in[i] = {o.dtype, o.shape, nullptr};
      if (o.space != Space::weights || o.bytes > kLargestConstant) continue;
      constants[i] = Tensor{o.dtype, o.shape, nullptr, {}};
      const std::byte* from = weights_.data() + o.offset;
      constants[i].bytes = std::make_shared<const std::vector<std::byte>>(from, from + o.bytes);
      in[i].constant = &constants[i];
    }
    std::string problem;
    Node node = step_.node;  // infer counts outputs by the node's lists
    node.inputs.assign(in.size(), kNone);
    for (std::size_t i = 0; i < in.size(); ++i) node.inputs[i] = in[i].present() ? 0 : kNone;
    node.outputs.clear();
    for (std::size_t i = in.size(); i < step_.operands.size(); ++i) {
      node.outputs.push_back(step_.operands[i].space == Space::none ? kNone : 0);
    }
    made.assign(node.outputs.size(), ValueType{});
    if (!g.op->infer({node, step_.opset, in}, &made, &problem))
      return problem.empty() ? "types it does not take" : problem;
    for (std::size_t i = in.size(); i < step_.operands.size(); ++i) {
      const Operand& o = step_.operands[i];
      if (o.space == Space::none) continue;
      if (i - in.size() >= made.size()) return "more outputs than the operator has";
      const ValueType& type = made[i - in.size()];
      if (type.dtype != o.dtype || type.shape != o.shape)
        return "outputs of other types than the operator makes";
    }
    if (g.op->scratch != nullptr) {
      std::vector<OpTensor> a, b;
      for (std::size_t i = 0; i < step_.operands.size(); ++i) {
        const Operand& o = step_.operands[i];
        OpTensor t;
        if (o.space != Space::none) t = {o.dtype, o.shape, nullptr};
        (i < in.size() ? a : b).push_back(t);
      }
      if (!scratch(g.op->scratch(node, step_.opset, a, b))) return why_;
    }
    out->description = std::move(g);
    return done(out, 1);
  }

  static constexpr std::uint64_t kLargestConstant = 1 << 20;  ///< shapes, axes and the like are small
  const Step& step_;
  std::span<const std::byte> weights_;
  std::string why_;
};

}  // namespace

std::string bind(const Step& step, std::span<const std::byte> weights, Bound* bound) {
  return Binder(step, weights).bind(bound);
}

}  // namespace bondline::inference::runtime
