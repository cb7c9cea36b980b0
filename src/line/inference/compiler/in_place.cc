// Sums written over one of their terms: a convolution that adds a plane nobody reads afterwards leaves its
// output there. A plane less is alive, and the step meets the lines it writes in the cache.
#include "line/inference/compiler/passes.h"

namespace bondline::inference::lowering {
namespace {

/// Whether the view is all of an arena buffer that lies in no other, directly or as all of its only part.
bool is_all_of_root(const Program& program, const View& view) {
  const Buffer& root = program.buffer(program.root(view.buffer));
  const Buffer& own = program.buffer(view.buffer);
  return root.space == Space::arena && !view.absolute && program.is_whole(view) &&
         own.pixels == root.pixels && own.channels == root.channels && own.element == root.element;
}

/// The last operation that touches each root.
std::vector<std::size_t> last_uses(const Program& program) {
  std::vector<std::size_t> last(program.buffers.size(), 0);
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const auto touch = [&](Id view) {
      if (view != kNone) last[static_cast<std::size_t>(program.root(program.view(view).buffer))] = i;
    };
    for (const Id v : program.ops[i].in) touch(v);
    for (const Id v : program.ops[i].out) touch(v);
    touch(program.ops[i].residual);
  }
  return last;
}

bool adds_a_plane(const Op& op) {
  return op.residual != kNone && op.out.size() == 1 &&
         (op.kind == StepKind::conv_int8 || op.kind == StepKind::conv_f32 ||
          op.kind == StepKind::conv_pair_int8);
}

/// Whether the operations before `end` leave the root alone.
bool untouched_before(const Program& program, Id root, std::size_t end) {
  const auto is_root = [&](Id v) { return v != kNone && program.root(program.view(v).buffer) == root; };
  for (std::size_t i = 0; i < end; ++i) {
    const Op& op = program.ops[i];
    for (const Id v : op.in)
      if (is_root(v)) return false;
    for (const Id v : op.out)
      if (is_root(v)) return false;
    if (is_root(op.residual)) return false;
  }
  return true;
}

}  // namespace

std::size_t sum_in_place(Program& program) {
  std::size_t changed = 0;
  std::vector<std::size_t> last = last_uses(program);
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const Op& op = program.ops[i];
    if (!adds_a_plane(op)) continue;
    const View &sum = program.view(op.out[0]), &term = program.view(op.residual);
    if (!is_all_of_root(program, sum) || !is_all_of_root(program, term)) continue;
    const Id to = program.root(term.buffer), from = sum.buffer;
    const Buffer &old_place = program.buffer(from), &place = program.buffer(to);
    if (from == to || old_place.parent != kNone || old_place.pixels != place.pixels ||
        old_place.channels != place.channels || old_place.element != place.element)
      continue;
    if (last[static_cast<std::size_t>(to)] != i || !untouched_before(program, from, i)) continue;
    bool reads_it = false;
    for (const Id v : op.in) reads_it = reads_it || program.root(program.view(v).buffer) == to;
    if (reads_it) continue;
    last[static_cast<std::size_t>(to)] = last[static_cast<std::size_t>(from)];
    program.buffer(to).dense = place.dense || old_place.dense;
    program.buffer(from).parent = to;
    ++changed;
  }
  return changed;
}

}  // namespace bondline::inference::lowering
