// Where activations lie in the arena. Lifetimes are intervals of steps; offsets are found greedily, largest
// first (Pisarchyk & Lee 2020, Efficient Memory Management for Deep Neural Net Inference), then by reordering
// at random what ended highest while that lowers the peak.
#include <algorithm>
#include <limits>
#include <numeric>

#include "line/inference/compiler/passes.h"

namespace bondline::inference::lowering {
namespace {

struct Block {
  std::size_t buffer;
  std::uint64_t bytes;
  std::size_t first, last;
};

std::uint64_t place(const std::vector<Block>& blocks, const std::vector<std::size_t>& order,
                    std::vector<std::uint64_t>& offset) {
  std::uint64_t peak = 0;
  std::vector<std::size_t> placed, near;
  for (const std::size_t i : order) {
    const Block& b = blocks[i];
    near.clear();
    for (const std::size_t j : placed) {
      if (blocks[j].first <= b.last && b.first <= blocks[j].last) near.push_back(j);
    }
    std::sort(near.begin(), near.end(), [&](std::size_t x, std::size_t y) { return offset[x] < offset[y]; });
    std::uint64_t at = 0, best = std::numeric_limits<std::uint64_t>::max(), best_gap = best;
    for (const std::size_t j : near) {
      if (offset[j] >= at + b.bytes && offset[j] - at - b.bytes < best_gap) {
        best = at;
        best_gap = offset[j] - at - b.bytes;
      }
      at = std::max(at, offset[j] + blocks[j].bytes);
    }
    offset[i] = best == std::numeric_limits<std::uint64_t>::max() ? at : best;
    peak = std::max(peak, offset[i] + b.bytes);
    placed.push_back(i);
  }
  return peak;
}

}  // namespace

std::uint64_t plan_memory(Program& program, std::uint64_t* lower_bound) {
  constexpr std::size_t kUnused = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> first(program.buffers.size(), kUnused), last(program.buffers.size(), 0);
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const auto touch = [&](Id view) {
      if (view == kNone) return;
      const auto r = static_cast<std::size_t>(program.root(program.view(view).buffer));
      first[r] = std::min(first[r], i);
      last[r] = std::max(last[r], i);
    };
    for (const Id v : program.ops[i].in) touch(v);
    for (const Id v : program.ops[i].out) touch(v);
    touch(program.ops[i].residual);
  }
  std::vector<Block> blocks;
  std::vector<std::uint64_t> alive(program.ops.size() + 1, 0);
  for (std::size_t r = 0; r < program.buffers.size(); ++r) {
    const Buffer& b = program.buffers[r];
    if (b.space != Space::arena || b.parent != kNone || first[r] == kUnused) continue;
    blocks.push_back({r, (b.bytes() + 63) / 64 * 64, first[r], last[r]});
    for (std::size_t i = first[r]; i <= last[r]; ++i) alive[i] += blocks.back().bytes;
  }
  *lower_bound = *std::max_element(alive.begin(), alive.end());
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t x, std::size_t y) { return blocks[x].bytes > blocks[y].bytes; });
  std::vector<std::uint64_t> offset(blocks.size()), trial(blocks.size());
  std::uint64_t peak = place(blocks, order, offset);
  // Local search with a fixed seed: the same plan every time.
  std::uint32_t state = 12345;
  const auto random = [&](std::size_t n) {
    state = state * 1664525u + 1013904223u;  // Knuth's "quick and dirty" generator
    return static_cast<std::size_t>((static_cast<std::uint64_t>(state >> 8) * n) >> 24);
  };
  const std::size_t rounds = blocks.size() < 2 ? 0 : blocks.size() <= 250 ? 1500 : 200;
  for (std::size_t round = 0; round < rounds && peak > *lower_bound; ++round) {
    auto changed = order;
    // Something that reaches the peak goes earlier, or two change places.
    std::size_t from = random(changed.size());
    for (std::size_t i = 0; i < changed.size() && round % 2 == 0; ++i) {
      if (offset[changed[i]] + blocks[changed[i]].bytes == peak) from = i;
    }
    const std::size_t to = random(from + 1);
    std::rotate(changed.begin() + static_cast<std::ptrdiff_t>(to),
                changed.begin() + static_cast<std::ptrdiff_t>(from),
                changed.begin() + static_cast<std::ptrdiff_t>(from) + 1);
    const std::uint64_t reached = place(blocks, changed, trial);
    if (reached > peak) continue;
    peak = reached;
    order = std::move(changed);
    offset = trial;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) program.buffers[blocks[i].buffer].offset = offset[i];
  return peak;
}

}  // namespace bondline::inference::lowering
