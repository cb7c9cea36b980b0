// assemble(): runs the groups in the order in which they stand on each other, then indexes the result for
// at().
#include <algorithm>
#include <cmath>

#include "design/package/stack.h"

namespace bondline::package {
namespace {

using namespace detail;

bool above(const std::vector<Solid>& solids, int a, int b) {
  const int ra = solids[static_cast<std::size_t>(a)].rank, rb = solids[static_cast<std::size_t>(b)].rank;
  return ra != rb ? ra > rb : a > b;
}

void measure(Assembly& out) {
  bool first = true;
  for (const Solid& s : out.solids) {
    const Rect b = s.footprint.bounds();
    if (first) {
      out.extent = b;
      out.z_min = s.z0;
      out.z_max = s.z1;
      first = false;
    }
    out.extent = {std::min(out.extent.x0, b.x0), std::min(out.extent.y0, b.y0), std::max(out.extent.x1, b.x1),
                  std::max(out.extent.y1, b.y1)};
    out.z_min = std::min(out.z_min, s.z0);
    out.z_max = std::max(out.z_max, s.z1);
  }
}

constexpr int kBins = 128;  // per direction, over the resolved members of one slab

int bin(double v, double lo, double hi) {
  return std::clamp(static_cast<int>((v - lo) / (hi - lo) * kBins), 0, kBins - 1);
}

}  // namespace

void Assembly::index() {
  slabs_.clear();
  levels_.clear();
  for (const Solid& s : solids) levels_.insert(levels_.end(), {s.z0, s.z1});
  std::sort(levels_.begin(), levels_.end());
  levels_.erase(std::unique(levels_.begin(), levels_.end()), levels_.end());
  if (levels_.size() < 2) return;
  slabs_.resize(levels_.size() - 1);
  const auto level = [&](double z) {
    return static_cast<std::size_t>(std::lower_bound(levels_.begin(), levels_.end(), z) - levels_.begin());
  };
  for (std::size_t i = 0; i < solids.size(); ++i) {
    for (std::size_t k = level(solids[i].z0); k < level(solids[i].z1); ++k) {
      (solids[i].resolved_member ? slabs_[k].members : slabs_[k].large).push_back(static_cast<int>(i));
    }
  }
  for (Slab& slab : slabs_) {
    std::sort(slab.large.begin(), slab.large.end(), [&](int a, int b) { return above(solids, a, b); });
    if (slab.members.empty()) continue;
    slab.box = solids[static_cast<std::size_t>(slab.members[0])].footprint.bounds();
    for (int i : slab.members) {
      const Rect b = solids[static_cast<std::size_t>(i)].footprint.bounds();
      slab.box = {std::min(slab.box.x0, b.x0), std::min(slab.box.y0, b.y0), std::max(slab.box.x1, b.x1),
                  std::max(slab.box.y1, b.y1)};
    }
    slab.bins.resize(std::size_t(kBins) * kBins);
    for (int i : slab.members) {
      const Rect b = solids[static_cast<std::size_t>(i)].footprint.bounds();
      for (int r = bin(b.y0, slab.box.y0, slab.box.y1); r <= bin(b.y1, slab.box.y0, slab.box.y1); ++r) {
        for (int c = bin(b.x0, slab.box.x0, slab.box.x1); c <= bin(b.x1, slab.box.x0, slab.box.x1); ++c) {
          slab.bins[static_cast<std::size_t>(r * kBins + c)].push_back(i);
        }
      }
    }
  }
}

int Assembly::at(double x, double y, double z) const {
  if (levels_.size() < 2 || z < levels_.front() || z > levels_.back()) return -1;
  auto k = static_cast<std::size_t>(std::upper_bound(levels_.begin(), levels_.end(), z) - levels_.begin());
  const Slab& slab = slabs_[std::min(k, slabs_.size()) - 1];
  const auto holds = [&](int i) { return solids[static_cast<std::size_t>(i)].footprint.contains({x, y}); };
  int best = -1;
  if (!slab.members.empty() && x >= slab.box.x0 && x <= slab.box.x1 && y >= slab.box.y0 && y <= slab.box.y1) {
    const int r = bin(y, slab.box.y0, slab.box.y1), c = bin(x, slab.box.x0, slab.box.x1);
    for (int i : slab.bins[static_cast<std::size_t>(r * kBins + c)]) {
      if (holds(i) && (best < 0 || above(solids, i, best))) best = i;
    }
  }
  for (int i : slab.large) {  // highest rank first
    if (best >= 0 && above(solids, best, i)) break;
    if (holds(i)) return i;
  }
  return best;
}

int Assembly::find(const std::string& path) const {
  for (std::size_t i = 0; i < solids.size(); ++i) {
    if (solids[i].path == path) return static_cast<int>(i);
  }
  return -1;
}

Assembly assemble(const Design& design) {
  Stack stack(design);
  for (std::size_t i = 0; i < design.materials.materials.size(); ++i) {
    stack.material_index.emplace(design.materials.materials[i].name, static_cast<int>(i));
  }
  for (std::size_t i = 0; i < design.materials.materials.size(); ++i) {  // a name comes before any alias
    for (const std::string& alias : design.materials.materials[i].also) {
      stack.material_index.emplace(alias, static_cast<int>(i));
    }
  }
  stack.body = design.body_size;
  if (design.block) {
    if (stack.body.x <= 0) stack.body.x = design.block->size.x;
    if (stack.body.y <= 0) stack.body.y = design.block->size.y;
  }
  if (design.block && design.substrate) {
    stack.problems.error(design.block->where, "a design has either a block or a substrate, not both",
                         "write the block's layers as substrate layers, or drop the substrate");
  } else if (design.block) {
    stack_block(stack);
  } else if (design.substrate) {
    stack_substrate(stack);
  }
  stack.out.substrate_top = stack.package_top = stack.flat_top = stack.base_top;
  stack_dies(stack);
  stack_passives(stack);
  stack_mold_and_shield(stack);
  stack_lid_and_sink(stack);
  if (design.balls) stack_balls(stack);
  if (design.board) stack_board(stack);
  heat_dies(stack);
  heat_layers(stack);
  if (stack.out.solids.empty() && !stack.problems.has_errors()) {
    stack.problems.error(design.where, "the design holds nothing", "give it a block, a substrate or a die");
  }
  stack.problems.throw_if_errors();
  measure(stack.out);
  stack.out.index();
  return std::move(stack.out);
}

}  // namespace bondline::package
