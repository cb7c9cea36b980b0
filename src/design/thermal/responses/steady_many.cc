// Many power maps by superposition: a basis of fields, and per map its coefficients.
#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/mesh/cover.h"
#include "design/thermal/responses/responder.h"

namespace bondline::thermal {
namespace {

using namespace detail;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr double kSame = 1e-13;       // of the largest power: two sources keep one ratio
constexpr std::size_t kTogether = 8;  // maps read off together
constexpr int kMostLoops = 500;       // of the leakage loop in one map
constexpr double kSettled = 1e-10;    // relative change of a leakage power

/// Watts of every drive under every map.
std::vector<std::vector<double>> watts_of(const std::vector<PowerMap>& maps, const std::vector<Drive>& drives,
                                          std::size_t leaks_from) {
  base::Diagnostics all;
  std::vector<std::vector<double>> out;
  for (const PowerMap& map : maps) {
    auto& watts = out.emplace_back();
    for (std::size_t d = 0; d < drives.size(); ++d) watts.push_back(d < leaks_from ? drives[d].designed : 0);
    for (const auto& [name, power] : map.watts) {
      const auto drive = std::find_if(drives.begin(), drives.begin() + std::ptrdiff_t(leaks_from),
                                      [&, n = name](const Drive& d) { return d.name == n; });
      if (drive == drives.begin() + std::ptrdiff_t(leaks_from)) {
        std::string names;
        for (std::size_t d = 0; d < leaks_from; ++d) names += (d == 0 ? "" : ", ") + drives[d].name;
        all.error({}, fmt::format("map \"{}\": \"{}\" is no source of the design", map.name, name),
                  "name one of " + names);
      } else if (!std::isfinite(power)) {
        all.error({}, fmt::format("map \"{}\": the power of \"{}\" is {}", map.name, name, power),
                  "give a finite power");
      } else {
        watts[std::size_t(drive - drives.begin())] = power;
      }
    }
  }
  all.throw_if_errors();
  return out;
}

/// What is solved for: directions in the space of drives, and every map's coefficients on them.
struct Span {
  std::vector<std::vector<double>> watts;         ///< [direction][drive]
  std::vector<std::vector<double>> coefficients;  ///< [map][direction]
  bool by_maps = false;
};

/// Drives whose powers keep one ratio over all maps share a direction. Leaking drives stand alone, last.
Span span_of(const std::vector<std::vector<double>>& maps, std::size_t leaks_from, std::size_t drives) {
  Span out;
  const auto column = [&](std::size_t d, std::size_t m) { return maps[m][d]; };
  std::vector<std::size_t> first;  // a direction's first drive
  std::vector<double> scale;       // and that drive's largest power
  for (std::size_t d = 0; d < leaks_from; ++d) {
    double largest = 0;
    for (std::size_t m = 0; m < maps.size(); ++m)
      if (std::abs(column(d, m)) > std::abs(largest)) largest = column(d, m);
    if (largest == 0) continue;
    std::size_t g = 0;
    for (; g < first.size(); ++g) {
      bool same = true;
      for (std::size_t m = 0; m < maps.size() && same; ++m)
        same = std::abs(column(d, m) / largest - column(first[g], m) / scale[g]) <= kSame;
      if (same) break;
    }
    if (g == first.size()) {
      first.push_back(d);
      scale.push_back(largest);
      out.watts.emplace_back(drives, 0.0);
    }
    out.watts[g][d] = largest;
  }
  if (leaks_from == drives && out.watts.size() > maps.size()) {
    out.watts = maps;
    out.by_maps = true;
    for (std::size_t m = 0; m < maps.size(); ++m) {
      out.coefficients.emplace_back(maps.size(), 0.0);
      out.coefficients.back()[m] = 1;
    }
    return out;
  }
  for (std::size_t m = 0; m < maps.size(); ++m) {
    auto& c = out.coefficients.emplace_back();
    for (std::size_t g = 0; g < first.size(); ++g) c.push_back(column(first[g], m) / scale[g]);
    c.resize(first.size() + drives - leaks_from, 0.0);
  }
  for (std::size_t d = leaks_from; d < drives; ++d) {
    out.watts.emplace_back(drives, 0.0);
    out.watts.back()[d] = 1;
  }
  return out;
}

/// The cells that the regions' temperatures and the films' heat are read from.
std::vector<std::size_t> cells_read(const Model& model, const std::vector<Region>& regions) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  std::vector<char> wanted(g.cells(), 0);
  for (const CooledFace& face : model.faces) wanted[face.cell] = 1;
  for (const Region& region : regions) {
    const int k0 = std::max(0, mesh::nearest_line(g.z, region.z0) - 1);
    const int k1 = std::min(g.nz(), mesh::nearest_line(g.z, region.z1) + 1);
    for (const auto& footprint : region.footprints)
      for (const std::int32_t column : mesh::cover(g, footprint, 0.25e-6).column) {
        const int i = column % g.nx(), j = column / g.nx();
        for (int jj = std::max(0, j - 1); jj <= std::min(g.ny() - 1, j + 1); ++jj)
          for (int ii = std::max(0, i - 1); ii <= std::min(g.nx() - 1, i + 1); ++ii) {
            const std::size_t at = (std::size_t(jj) * std::size_t(g.nx()) + std::size_t(ii)) * nz;
            std::fill(wanted.begin() + std::ptrdiff_t(at + std::size_t(k0)),
                      wanted.begin() + std::ptrdiff_t(at + std::size_t(k1)), char(1));
          }
      }
  }
  std::vector<std::size_t> out;
  for (std::size_t c = 0; c < wanted.size(); ++c)
    if (wanted[c] && model.mesh.solid[c] >= 0) out.push_back(c);
  return out;
}

/// Leakage powers at which every leaking die's mean temperature agrees with its law.
class Loops {
 public:
  Loops(const std::vector<Leak>& leaks, const std::vector<Region>& regions) : leaks_(leaks) {
    for (const Leak& leak : leaks)
      for (const Region& region : regions)
        if (region.path == leak.path) asked_.push_back(region);
  }
  bool any() const { return !leaks_.empty(); }
  /// Means of the leaking dies above the reference.
  std::vector<double> means(const Model& model, const std::vector<double>& u) const {
    std::vector<double> out;
    for (const PartValue& v : measure(model, u, asked_)) out.push_back(v.temperature.mean_K - model.t_ref);
    return out;
  }
  /// mean = base + answer' P, P = law(mean); the last coefficients become the powers.
  void settle(const std::string& map, double t_ref, const std::vector<double>& base,
              const std::vector<std::vector<double>>& answer, std::vector<double>& coefficients) const {
    const std::size_t n = leaks_.size(), from = coefficients.size() - n;
    double change = 1;
    for (int loop = 0; loop < kMostLoops && change > kSettled; ++loop) {
      change = 0;
      for (std::size_t l = 0; l < n; ++l) {
        double mean = t_ref + base[l];
        for (std::size_t s = 0; s < n; ++s) mean += answer[s][l] * coefficients[from + s];
        const auto& law = leaks_[l].law;
        const double watts = law.power * std::exp2((mean - law.at) / law.doubles_every);
        change = std::max(change, std::abs(watts - coefficients[from + l]) / std::max(watts, 1e-30));
        coefficients[from + l] = watts;
        if (!(mean < 2000)) change = std::numeric_limits<double>::infinity(), loop = kMostLoops;
      }
    }
    if (change > kSettled)
      throw base::Error(
          fmt::format("under map \"{}\" leakage and temperature never agree (thermal runaway)", map),
          "lower its powers or cool the package better");
  }

 private:
  std::vector<Leak> leaks_;
  std::vector<Region> asked_;
};

}  // namespace

std::vector<std::string> source_names(const package::Assembly& assembly) {
  std::vector<std::string> out;
  for (const Drive& drive : drives_of(assembly)) out.push_back(drive.name);
  return out;
}

ManyResult steady_many(const package::Design& design, const package::Assembly& designed,
                       const std::vector<PowerMap>& maps, const ResponseOptions& options, base::Pool& pool) {
  const auto start = Clock::now();
  ManyResult out;
  if (maps.empty()) return out;
  const Assembly assembly = with_leakage(design, designed);
  const std::vector<Drive> drives = drives_of(assembly);  // leakage comes after all that is designed
  const std::size_t leaks_from = drives_of(designed).size();
  const auto watts = watts_of(maps, drives, leaks_from);
  Responder responder(design, assembly, options, pool);
  Model& model = responder.model();
  out.notes = responder.notes();
  out.cells = model.grid().cells();
  out.seconds_mesh = since(start) - responder.seconds_setup();

  const auto solving = Clock::now();
  Span span = span_of(watts, leaks_from, drives.size());
  responder.place(drives, std::vector<double>(drives.size(), 0.0));
  const std::vector<double> still = model.rhs;  // what ambients alone drive
  std::vector<std::vector<double>> columns{still};
  for (const auto& direction : span.watts) {
    responder.place(drives, direction);
    std::vector<double>& column = columns.emplace_back(model.rhs);
    base::parallel_for(pool, still.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
      for (std::size_t c = begin; c < end; ++c) column[c] -= still[c];
    });
  }
  if (options.progress)
    options.progress(0.2, fmt::format("{} solves for {} maps", columns.size(), maps.size()));
  for (const auto& column : columns)
    out.solves += std::any_of(column.begin(), column.end(), [](double v) { return v != 0; });
  const auto fields = responder.solve(columns, options.relative_residual);
  columns = {};
  out.spanned_by = span.by_maps ? "maps" : "sources";
  out.seconds_solve = since(solving) + responder.seconds_setup();

  const auto measuring = Clock::now();
  std::vector<Region> regions;
  for (const Region& region : regions_of(design, assembly))
    if (region.kind != PartKind::part) regions.push_back(region);
  const std::vector<std::size_t> cells = cells_read(model, regions);
  std::vector<std::vector<double>> seen(fields.size(), std::vector<double>(cells.size()));
  pool.run(fields.size(), [&](std::size_t f) {
    for (std::size_t n = 0; n < cells.size(); ++n) seen[f][n] = fields[f][cells[n]];
  });
  std::vector<double> u(model.grid().cells(), 0.0);
  const auto combine = [&](const std::vector<double>& coefficients) {
    base::parallel_for(pool, cells.size(), 4096, [&](std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) u[cells[n]] = seen[0][n];
      for (std::size_t d = 0; d < coefficients.size(); ++d) {
        const double by = coefficients[d];
        if (by == 0) continue;
        const double* from = seen[d + 1].data();
        for (std::size_t n = begin; n < end; ++n) u[cells[n]] += by * from[n];
      }
    });
  };
  const auto drive_watts = [&](const std::vector<double>& coefficients) {
    std::vector<double> all(drives.size(), 0.0);
    for (std::size_t d = 0; d < coefficients.size(); ++d)
      for (std::size_t q = 0; q < all.size(); ++q) all[q] += coefficients[d] * span.watts[d][q];
    return all;
  };
  const Loops loops(leaks_of(design, assembly), regions);
  std::vector<std::vector<double>> answer;  // of leakage: K/W
  if (loops.any()) {
    const std::size_t directions = span.watts.size(), n = directions - (drives.size() - leaks_from);
    std::vector<double> none(directions, 0.0);
    responder.place(drives, drive_watts(none));
    combine(none);
    const std::vector<double> rest = loops.means(model, u);
    for (std::size_t d = n; d < directions; ++d) {
      std::vector<double> one = none;
      one[d] = 1;
      responder.place(drives, drive_watts(one));
      combine(one);
      answer.push_back(loops.means(model, u));
      for (std::size_t l = 0; l < rest.size(); ++l) answer.back()[l] -= rest[l];
    }
  }
  // Several maps at a time take what they need of every field, so that each is read once for all of them.
  std::vector<std::vector<double>> read;
  const auto combine_some = [&](std::size_t begin, std::size_t end) {
    read.assign(end - begin, std::vector<double>(cells.size()));
    base::parallel_for(pool, cells.size(), 2048, [&](std::size_t from, std::size_t to) {
      for (std::size_t m = begin; m < end; ++m)
        std::copy(seen[0].begin() + std::ptrdiff_t(from), seen[0].begin() + std::ptrdiff_t(to),
                  read[m - begin].begin() + std::ptrdiff_t(from));
      for (std::size_t d = 0; d + 1 < seen.size(); ++d)
        for (std::size_t m = begin; m < end; ++m) {
          const double by = span.coefficients[m][d];
          if (by == 0) continue;
          const double* const field = seen[d + 1].data();
          double* const to_map = read[m - begin].data();
          for (std::size_t n = from; n < to; ++n) to_map[n] += by * field[n];
        }
    });
  };
  for (std::size_t m = 0; m < maps.size(); ++m) {
    std::vector<double>& coefficients = span.coefficients[m];
    if (loops.any()) {
      responder.place(drives, drive_watts(coefficients));
      combine(coefficients);
      loops.settle(maps[m].name, model.t_ref, loops.means(model, u), answer, coefficients);
      combine(coefficients);
    } else {
      if (m % kTogether == 0) combine_some(m, std::min(maps.size(), m + kTogether));
      const std::vector<double>& of_map = read[m % kTogether];
      base::parallel_for(pool, cells.size(), 4096, [&](std::size_t begin, std::size_t end) {
        for (std::size_t n = begin; n < end; ++n) u[cells[n]] = of_map[n];
      });
    }
    responder.place(drives, drive_watts(coefficients));
    MapTemperatures& result = out.maps.emplace_back();
    result.name = maps[m].name;
    const std::vector<PartValue> values = measure(model, u, regions);
    for (std::size_t r = 0; r < regions.size(); ++r) {
      PartTemperature part = values[r].temperature;
      part.power_W = 0;
      const std::string name = drive_name(part.path);
      const auto all = drive_watts(coefficients);
      for (std::size_t d = 0; d < drives.size(); ++d)
        if (drives[d].name == name || drives[d].name.rfind(name + ".", 0) == 0) part.power_W += all[d];
      (regions[r].kind == PartKind::die ? result.dies : result.blocks).push_back(std::move(part));
    }
    result.heat_in_W = model.power;
    double gross = 0;
    if (model.op.streams.empty()) {
      result.heat_out_W = heat_out(model, u, &gross);
      result.balance = std::abs(result.heat_in_W - result.heat_out_W) /
                       std::max({std::abs(result.heat_in_W), 0.5 * gross, 1e-300});
    } else {
      result.heat_out_W = result.balance = std::numeric_limits<double>::quiet_NaN();
    }
    if (options.progress) options.progress(0.8 + 0.2 * double(m + 1) / double(maps.size()), maps[m].name);
  }
  out.seconds_measure = since(measuring);
  out.seconds = since(start);
  return out;
}

}  // namespace bondline::thermal
