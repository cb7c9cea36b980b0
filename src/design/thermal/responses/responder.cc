#include "design/thermal/responses/responder.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/reduced/full_model.h"

namespace bondline::thermal::detail {
namespace {

constexpr std::size_t kBlock = 1 << 14;  // cells of a piece of parallel work

}  // namespace

std::string drive_name(const std::string& path) {
  for (const char* head : {"dies.", "block."})
    if (path.rfind(head, 0) == 0) return path.substr(std::string(head).size());
  return path;
}

std::vector<Drive> drives_of(const Assembly& assembly) {
  std::vector<Drive> out;
  for (std::size_t s = 0; s < assembly.sources.size(); ++s) {
    const std::string name = drive_name(assembly.sources[s].path);
    auto drive = std::find_if(out.begin(), out.end(), [&](const Drive& d) { return d.name == name; });
    if (drive == out.end()) drive = out.insert(out.end(), Drive{name, 0, {}});
    drive->designed += assembly.sources[s].power;
    drive->shares.push_back({s, assembly.sources[s].power});
  }
  for (Drive& drive : out) {
    // A drive of no net power (or of both signs) spreads evenly.
    for (auto& [source, share] : drive.shares)
      share = drive.designed != 0 ? share / drive.designed : 1.0 / double(drive.shares.size());
  }
  return out;
}

void parts_of(const Design& design, const std::vector<Region>& all, Assembly& assembly,
              std::vector<Region>& regions, std::vector<Drive>& drives) {
  const std::size_t designed = assembly.sources.size();
  for (const Region& region : all) {
    if (region.kind == PartKind::part || (!design.dies.empty() && region.kind != PartKind::die)) continue;
    Drive drive{drive_name(region.path), 0, {}};
    for (std::size_t s = 0; s < designed; ++s) {
      const std::string& path = assembly.sources[s].path;
      const bool whole = path == region.path, below = path.rfind(region.path + ".", 0) == 0;
      if (region.kind == PartKind::die ? whole || below : whole) {
        drive.designed += assembly.sources[s].power;
        drive.shares.push_back({s, assembly.sources[s].power});
      }
    }
    if (drive.shares.empty() && region.kind != PartKind::die) continue;
    if (!(drive.designed > 0)) {
      drive = {drive_name(region.path), 0, {}};
      for (const auto& footprint : region.footprints) {
        const double z0 = region.in_plane ? region.plane_z : region.z0, z1 = region.in_plane ? z0 : region.z1;
        drive.designed += footprint.size.x * footprint.size.y;
        drive.shares.push_back({assembly.sources.size(), footprint.size.x * footprint.size.y});
        assembly.sources.push_back({region.path, assembly.find(region.path), footprint, z0, z1, 0, {}});
      }
    }
    if (!(drive.designed > 0)) continue;
    for (auto& [source, share] : drive.shares) share /= drive.designed;
    regions.push_back(region);
    drives.push_back(std::move(drive));
  }
}

Responder::Responder(const Design& design, const Assembly& assembly, const ResponseOptions& options,
                     base::Pool& pool)
    : pool_(pool), model_(frozen_model(design, assembly, options.cells, options.max_bytes, pool, notes_)) {
  const auto start = std::chrono::steady_clock::now();
  solver_ = std::make_unique<numerics::ConductionSolver>(model_.op, pool_);
  refuse_singular(model_, *solver_);
  seconds_setup_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Responder::place(const std::vector<Drive>& drives, const std::vector<double>& watts) {
  // Sources are scaled; one that is designed without power cannot be, so it gets a watt to scale.
  std::vector<double> power(model_.assembly->sources.size(), 0.0);
  for (std::size_t d = 0; d < drives.size(); ++d)
    for (const auto& [source, share] : drives[d].shares) power[source] += share * watts[d];
  model_.power = 0;
  model_.planes.clear();
  model_.volume_watts.clear();
  for (std::size_t s = 0; s < power.size(); ++s) {
    if (power[s] == 0) continue;
    spread_source(model_, model_.assembly->sources[s], power[s]);
    model_.power += power[s];
  }
  make_rhs(model_);
}

void Responder::quiet() {
  for (AppliedFilm& film : model_.films) film.ambient = model_.t_ref;
  for (CooledFace& face : model_.faces) face.ambient = 0;
  std::fill(model_.streams.inlet.begin(), model_.streams.inlet.end(), 0.0);
}

std::vector<std::vector<double>> Responder::solve(const std::vector<std::vector<double>>& columns,
                                                  double residual) {
  const std::size_t cells = model_.grid().cells();
  std::vector<std::vector<double>> u(columns.size());
  pool_.run(u.size(), [&](std::size_t n) { u[n].assign(cells, 0.0); });
  numerics::SolveOptions how;
  how.relative_residual = residual;
  const auto check = [](const numerics::SolveReport& report) {
    if (!report.converged)
      throw base::Error(fmt::format("a solve missed its tolerance: relative residual {:.2g}, {}",
                                    report.relative_residual, report.problem),
                        "ask for another number of cells (--cells)");
  };
  std::vector<std::span<const double>> b;
  std::vector<std::span<double>> x;
  for (std::size_t n = 0; n < columns.size(); ++n) {
    if (std::all_of(columns[n].begin(), columns[n].end(), [](double v) { return v == 0; })) continue;
    b.emplace_back(columns[n]);
    x.emplace_back(u[n]);
  }
  if (b.size() > 1 && model_.op.streams.empty()) {
    for (const auto& report : solver_->solve_many(b, x, how)) check(report);
  } else {
    for (std::size_t n = 0; n < b.size(); ++n) check(solver_->solve(b[n], x[n], how));
  }
  if (!model_.op.streams.empty()) return u;
  // The heat balance, closed by the constant mode as for a single solve.
  double ground = 0;
  for (const double g : model_.op.ground) ground += g;
  std::vector<double> r(cells);
  for (std::size_t n = 0; n < b.size(); ++n) {
    solver_->residual(b[n], x[n], r);
    const double sum = base::parallel_sum(pool_, cells, kBlock, [&](std::size_t begin, std::size_t end) {
      double part = 0;
      for (std::size_t c = begin; c < end; ++c) part += r[c];
      return part;
    });
    base::parallel_for(pool_, cells, kBlock, [&](std::size_t begin, std::size_t end) {
      for (std::size_t c = begin; c < end; ++c)
        if (model_.mesh.solid[c] >= 0) x[n][c] += sum / ground;
    });
  }
  return u;
}

}  // namespace bondline::thermal::detail
