#include "design/thermal/nonlinear/cell_leakage.h"

#include <algorithm>
#include <cmath>

#include "design/thermal/leakage.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kBeyond = 2000;  // K: hotter than any package survives; the law is held there

constexpr double kLeastSlack = 0.1;  // 1 - own L', kept off zero for fields far from the answer

struct Law {
  double watts = 0, slope = 0;
};
Law law_at(const package::Leakage& law, double share, double t) {
  const double rate = std::log(2.0) / law.doubles_every;
  const double p = share * law.power * std::exp2((std::min(t, kBeyond) - law.at) / law.doubles_every);
  return {p, t < kBeyond ? p * rate : 0};
}

}  // namespace

double own_answer(const Model& model, const LeakPiece& piece) {
  const int nx = model.grid().nx();
  if (piece.plane < 0) {  // mean of a cell = centre - q dz / (24 kz A)
    const std::size_t nz = std::size_t(model.grid().nz()), column = piece.place / nz;
    const double area = model.area(int(column) % nx, int(column) / nx);
    return -model.dz(int(piece.place % nz)) / (24 * model.mesh.kz[piece.place] * area);
  }
  const HeatPlane& plane = model.planes[std::size_t(piece.plane)];
  const FaceValue f =
      face_parts(model, int(piece.place) % nx, int(piece.place) / nx, plane.line, plane.owner_above);
  return std::isinf(f.gb) ? 0 : 1 / (f.ga + f.gb);
}

CellLeakage::CellLeakage(Model& model) {
  const auto& sources = model.assembly->sources;
  std::vector<bool> leaking(sources.size(), false);
  for (const Leak& leak : leaks_of(*model.design, *model.assembly)) {
    dies_.push_back({leak.path, leak.source, leak.law});
    leaking[leak.source] = true;
  }
  model.volume_watts.clear();
  model.planes.clear();
  model.power = 0;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const double power = sources[s].power * model.source_scale[s];
    if (leaking[s] || power == 0) continue;
    spread_source(model, sources[s], power);
    model.power += power;
  }
  base_power_ = model.power;
  base_volume_ = std::move(model.volume_watts);
  base_planes_ = std::move(model.planes);
  for (std::size_t d = 0; d < dies_.size(); ++d) {
    model.volume_watts.clear();
    model.planes.clear();
    spread_source(model, sources[dies_[d].source], 1.0);
    for (std::size_t c = 0; c < model.volume_watts.size(); ++c)
      if (model.volume_watts[c] > 0) pieces_.push_back({int(d), -1, c, model.volume_watts[c]});
    if (!model.volume_watts.empty() && base_volume_.empty()) base_volume_.assign(model.grid().cells(), 0.0);
    for (const HeatPlane& spread : model.planes) {
      std::size_t p = 0;
      while (p < base_planes_.size() &&
             (base_planes_[p].line != spread.line || base_planes_[p].owner_above != spread.owner_above))
        ++p;
      if (p == base_planes_.size()) {
        base_planes_.push_back(spread);
        std::fill(base_planes_.back().watts.begin(), base_planes_.back().watts.end(), 0.0);
      }
      for (std::size_t column = 0; column < spread.watts.size(); ++column)
        if (spread.watts[column] > 0) {
          pieces_.push_back({int(d), int(p), column, spread.watts[column]});
        }
    }
  }
  // Two pieces of one z line and column.
  std::vector<std::pair<int, std::size_t>> at;
  for (const LeakPiece& piece : pieces_)
    if (piece.plane >= 0) at.push_back({base_planes_[std::size_t(piece.plane)].line, piece.place});
  std::sort(at.begin(), at.end());
  shared_ = std::adjacent_find(at.begin(), at.end()) != at.end();
  model.volume_watts = base_volume_;
  model.planes = base_planes_;
  watts_.assign(pieces_.size(), 0.0);
  slopes_.assign(pieces_.size(), 0.0);
}

/// Renews one piece, the others' heat being where it is; returns its change in W.
double CellLeakage::take_piece(Model& model, const std::vector<double>& u, std::size_t n) {
  const int nx = model.grid().nx();
  const std::size_t nz = std::size_t(model.grid().nz());
  const LeakPiece& piece = pieces_[n];
  const package::Leakage& law = dies_[std::size_t(piece.die)].law;
  const double own = own_answer(model, piece);
  double& heat = piece.plane < 0 ? model.volume_watts[piece.place]
                                 : model.planes[std::size_t(piece.plane)].watts[piece.place];
  double t = 0;
  if (piece.plane < 0) {
    const std::size_t column = piece.place / nz;
    const double area = model.area(int(column) % nx, int(column) / nx);
    t = u[piece.place] - model.bulge(piece.place, area, model.dz(int(piece.place % nz))) / 3;
  } else {
    const HeatPlane& plane = model.planes[std::size_t(piece.plane)];
    t = face_value(model, u, int(piece.place) % nx, int(piece.place) / nx, plane.line, plane.owner_above)
            .value;
  }
  t += model.t_ref - own * watts_[n];  // without this piece's own heat
  const double share = strength * piece.share;
  double p = watts_[n];
  Law now;
  for (int step = 0; step < 30; ++step) {  // p = L(t + own p), by Newton; own L' is far below one
    now = law_at(law, share, t + own * p);
    const double change = (now.watts - p) / std::max(1 - own * now.slope, kLeastSlack);
    p += change;
    if (std::abs(change) <= 1e-15 * std::abs(p)) break;
  }
  const double change = p - watts_[n];
  heat += change;
  watts_[n] = p;
  slopes_[n] = now.slope / std::max(1 - own * now.slope, kLeastSlack);
  hottest_ = std::max(hottest_, t + own * p);
  return change;
}

double CellLeakage::update(Model& model, const std::vector<double>& u) {
  model.volume_watts = base_volume_;
  model.planes = base_planes_;
  hottest_ = 0;
  std::fill(watts_.begin(), watts_.end(), 0.0);
  // Pieces that share a plane feel each other's heat at once: a few sweeps, for that answer is a small one.
  for (int sweep = 0; sweep < (shared_ ? 12 : 1); ++sweep)
    for (std::size_t n = 0; n < pieces_.size(); ++n) take_piece(model, u, n);
  double total = 0;
  for (const double p : watts_) total += p;
  model.power = base_power_ + total;
  return total;
}

void CellLeakage::scale_other_heat(double factor) {
  for (double& q : base_volume_) q *= factor;
  for (HeatPlane& plane : base_planes_)
    for (double& q : plane.watts) q *= factor;
  base_power_ *= factor;
}

std::vector<double> CellLeakage::die_watts() const {
  std::vector<double> out(dies_.size(), 0.0);
  for (std::size_t n = 0; n < pieces_.size(); ++n) out[std::size_t(pieces_[n].die)] += watts_[n];
  return out;
}

}  // namespace bondline::thermal::detail
