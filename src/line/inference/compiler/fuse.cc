#include <algorithm>
#include <numeric>

#include "line/inference/compiler/passes.h"

namespace bondline::inference::lowering {
namespace {

/// Who writes and reads which buffer, and which buffers stand alone (no parent, no children).
struct Uses {
  explicit Uses(const Program& program)
      : writers(program.buffers.size()), readers(program.buffers.size()), alone(program.buffers.size(), 1) {
    for (std::size_t i = 0; i < program.buffers.size(); ++i) {
      const Buffer& b = program.buffers[i];
      if (b.space != Space::arena) alone[i] = 0;
      if (b.parent == kNone) continue;
      alone[i] = 0;
      alone[static_cast<std::size_t>(b.parent)] = 0;
    }
    for (std::size_t i = 0; i < program.ops.size(); ++i) {
      const Op& op = program.ops[i];
      for (const Id v : op.out) {
        if (v != kNone) writers[buffer(program, v)].push_back(i);
      }
      for (const Id v : op.in) {
        if (v != kNone) readers[buffer(program, v)].push_back(i);
      }
      if (op.residual != kNone) readers[buffer(program, op.residual)].push_back(i);
    }
  }
  static std::size_t buffer(const Program& program, Id view) {
    return static_cast<std::size_t>(program.view(view).buffer);
  }
  std::vector<std::vector<std::size_t>> writers, readers;
  std::vector<char> alone;
};

bool same_places(const View& a, const View& b) {
  return a.buffer == b.buffer && a.n == b.n && a.h == b.h && a.w == b.w && a.c == b.c && a.start == b.start &&
         a.pixel == b.pixel && a.row == b.row && a.image == b.image && a.channel == b.channel &&
         a.absolute == b.absolute && a.plane == b.plane;
}

bool same_shape(const View& a, const View& b) {
  return a.n == b.n && a.h == b.h && a.w == b.w && a.c == b.c;
}

/// Stands for more elements than it has (broadcast).
bool repeats(const View& v) {
  return (v.n > 1 && v.image == 0) || (v.h > 1 && v.row == 0) || (v.w > 1 && v.pixel == 0);
}

/// The same elements in memory order, whatever the shape: plain views of one dense buffer.
bool same_elements(const Program& program, Id a, Id b) {
  const View &va = program.view(a), &vb = program.view(b);
  if (same_places(va, vb)) return true;
  return va.buffer == vb.buffer && program.is_whole(va) && program.is_whole(vb);
}

class Fuser {
 public:
  explicit Fuser(Program& program) : program_(program) {}

  void run() {
    for (bool changed = true; changed;) {
      changed = false;
      const Uses uses(program_);
      for (std::size_t i = 0; i < program_.ops.size() && !changed; ++i) {
        changed = join_unary(uses, i) || join_add(uses, i);
      }
    }
  }

 private:
  /// The op that alone makes the view, when nobody but op `reader` reads it.
  std::optional<std::size_t> maker(const Uses& uses, Id view, std::size_t reader) const {
    const std::size_t b = Uses::buffer(program_, view);
    if (uses.alone[b] == 0 || uses.writers[b].size() != 1 || uses.readers[b].size() != 1) return std::nullopt;
    if (uses.readers[b][0] != reader) return std::nullopt;
    const std::size_t at = uses.writers[b][0];
    if (!same_elements(program_, program_.ops[at].out[0], view)) return std::nullopt;
    return at;
  }

  void remove(std::size_t i) { program_.ops.erase(program_.ops.begin() + static_cast<std::ptrdiff_t>(i)); }

  /// The producer writes where op `i` wrote; views of other shapes are translated where the buffer is plain.
  bool redirect(Op& producer, const Op& op) {
    const View out = program_.view(op.out[0]);
    const View own = program_.view(producer.out[0]);
    if (same_shape(out, own)) {
      producer.out[0] = op.out[0];
      return true;
    }
    if (!program_.is_whole(out)) return false;
    const Buffer& memory = program_.buffer(out.buffer);
    if (memory.parent != kNone || (memory.pixels != 1 && !memory.dense)) return false;
    View moved = own;
    if (!program_.is_whole(own)) return false;
    moved.buffer = out.buffer;
    moved.absolute = true;
    moved.start = 0, moved.channel = 0;
    moved.pixel = own.c, moved.row = own.w * own.c, moved.image = own.h * own.w * own.c;
    producer.out[0] = program_.add(moved);
    return true;
  }

  bool join_unary(const Uses& uses, std::size_t i) {
    Op& op = program_.ops[i];
    if (op.kind != StepKind::unary) return false;
    const auto at = maker(uses, op.in[0], i);
    if (!at) return false;
    Op& producer = program_.ops[*at];
    if (!op.table.empty()) {
      auto* conv = std::get_if<kernels::ConvInt8>(&producer.description);
      const bool table_ends = (conv != nullptr && !conv->float_out && !conv->residual) ||
                              (producer.kind == StepKind::unary && !producer.table.empty());
      if (!table_ends || !redirect(producer, op)) return false;
      if (producer.table.empty()) {
        producer.table = op.table;
      } else {
        for (auto& entry : producer.table) entry = op.table[entry];
      }
      if (conv != nullptr) conv->table = true;
      producer.words += "+" + op.words;
    } else {
      const auto activation = std::get<kernels::Unary>(op.description).activation;
      kernels::ActivationOf* slot = nullptr;
      if (auto* conv = std::get_if<kernels::ConvF32>(&producer.description)) {
        if (!conv->residual_after) slot = &conv->activation;
      } else if (auto* sum = std::get_if<kernels::Elementwise>(&producer.description)) {
        if (sum->type == kernels::Type::f32) slot = &sum->activation;
      } else if (auto* up = std::get_if<kernels::ConvTransposeF32>(&producer.description)) {
        slot = &up->activation;
      }
      if (slot == nullptr || slot->kind != kernels::Activation::none || !redirect(producer, op)) return false;
      *slot = activation;
      producer.words += "+" + op.words;
    }
    producer.name += " + " + op.name;
    remove(i);
    return true;
  }

  bool join_add(const Uses& uses, std::size_t i) {
    const Op& op = program_.ops[i];
    const auto* sum = std::get_if<kernels::Elementwise>(&op.description);
    if (sum == nullptr || sum->op != kernels::Binary::add) return false;
    const View out = program_.view(op.out[0]);
    // The later of the two convolutions takes the other's output in.
    std::array<std::size_t, 2> order = {0, 1};
    std::array<std::optional<std::size_t>, 2> makers = {maker(uses, op.in[0], i), maker(uses, op.in[1], i)};
    if (makers[0].value_or(0) < makers[1].value_or(0)) std::swap(order[0], order[1]);
    for (const std::size_t side : order) {
      if (!makers[side]) continue;
      const Id other = op.in[1 - side];
      if (!same_shape(program_.view(op.in[side]), out) || !same_shape(program_.view(other), out)) continue;
      if (repeats(program_.view(op.in[side])) || repeats(program_.view(other))) continue;
      if (Uses::buffer(program_, other) == Uses::buffer(program_, op.in[side])) continue;
      Op conv = program_.ops[*makers[side]];
      if (!same_shape(program_.view(conv.out[0]), out) || conv.residual != kNone) continue;
      if (auto* integer = std::get_if<kernels::ConvInt8>(&conv.description)) {
        if (sum->type != kernels::Type::u8 || integer->float_out) continue;
        integer->residual = true;
        integer->add = sum->add;
        if (side == 1) std::swap(integer->add.ratio_q, integer->add.ratio_r);
      } else if (auto* real = std::get_if<kernels::ConvF32>(&conv.description)) {
        if (sum->type != kernels::Type::f32) continue;
        const bool already = real->activation.kind != kernels::Activation::none;
        if (already && sum->activation.kind != kernels::Activation::none) continue;
        real->residual = true;
        real->residual_after = already;
        if (!already) real->activation = sum->activation;
      } else {
        continue;
      }
      conv.residual = other;
      conv.out[0] = op.out[0];
      conv.name += " + " + op.name;
      conv.words += "+" + op.words;
      program_.ops[i] = std::move(conv);  // where both operands exist
      remove(*makers[side]);
      return true;
    }
    return false;
  }

  Program& program_;
};

}  // namespace

void fuse(Program& program) {
  Fuser(program).run();
}

void drop_dead(Program& program) {
  std::vector<char> wanted(program.buffers.size());
  const auto root = [&](Id view) {
    return static_cast<std::size_t>(program.root(program.view(view).buffer));
  };
  std::vector<Op> kept;
  for (std::size_t i = program.ops.size(); i-- > 0;) {
    Op& op = program.ops[i];
    bool live = false;
    for (const Id v : op.out) {
      if (v == kNone) continue;
      live = live || wanted[root(v)] != 0 || program.buffers[root(v)].space == Space::output;
    }
    if (!live) continue;
    for (const Id v : op.in) {
      if (v != kNone) wanted[root(v)] = 1;
    }
    if (op.residual != kNone) wanted[root(op.residual)] = 1;
    kept.push_back(std::move(op));
  }
  std::reverse(kept.begin(), kept.end());
  program.ops = std::move(kept);
}

void fuse_pairs(Program& program) {
  for (bool changed = true; changed;) {
    changed = false;
    const Uses uses(program);
    for (std::size_t i = 0; i < program.ops.size() && !changed; ++i) {
      Op& op = program.ops[i];
      if (op.kind != StepKind::conv_int8) continue;
      const std::size_t b = Uses::buffer(program, op.in[0]);
      if (uses.alone[b] == 0 || uses.writers[b].size() != 1 || uses.readers[b].size() != 1) continue;
      const std::size_t at = uses.writers[b][0];
      const Op& before = program.ops[at];
      if (before.kind != StepKind::conv_int8 || before.residual != kNone) continue;
      if (!same_places(program.view(before.out[0]), program.view(op.in[0]))) continue;
      kernels::ConvPairInt8 pair{std::get<kernels::ConvInt8>(before.description),
                                 std::get<kernels::ConvInt8>(op.description)};
      const bool depthwise_first = pair.first.shape.groups > 1,
                 depthwise_second = pair.second.shape.groups > 1;
      if (depthwise_first == depthwise_second || pair.first.float_out) continue;
      pair.first.shape.in = program.plane_of(before.in[0]);
      pair.first.shape.out = pair.second.shape.in = program.plane_of(op.in[0]);
      pair.second.shape.out = program.plane_of(op.out[0]);
      if (op.residual != kNone) pair.second.residual_at = program.plane_of(op.residual);
      if (kernels::problem(pair) != nullptr) continue;
      if (kernels::cost(pair) >= kernels::cost(pair.first) + kernels::cost(pair.second)) continue;
      op.first = std::make_shared<Op>(before);
      op.kind = StepKind::conv_pair_int8;
      op.name = before.name + " + " + op.name;
      op.words = before.words + ", " + op.words;
      op.in[0] = before.in[0];
      op.description = pair;
      program.ops.erase(program.ops.begin() + static_cast<std::ptrdiff_t>(at));
      changed = true;
    }
  }
}

}  // namespace bondline::inference::lowering
