#include "design/thermal/reduced/ports.h"

#include <algorithm>
#include <cmath>

#include "design/mesh/cover.h"
#include "design/thermal/coolant/streams.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kSnap = 0.25e-6;    // m, as parts are measured
constexpr double kTypicalRise = 20;  // K, an ambient's excursion that accuracy is judged by

/// A temperature as weights of cells and of planes of the grid; `curved`: shares of the parabola inside
/// heated cells (mean = centre - bulge / 3).
struct Reading {
  Functional at;
  std::vector<std::pair<std::size_t, double>> curved;
};

Reading mean_in_plane(const Model& model, const Region& region) {
  Reading out;
  const auto& g = model.grid();
  const int line = mesh::nearest_line(g.z, region.plane_z);
  double area = 0;
  for (const auto& footprint : region.footprints) {
    const mesh::Cover cover = mesh::cover(g, footprint, kSnap);
    for (std::size_t n = 0; n < cover.column.size(); ++n) {
      const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
      if (face_parts(model, i, j, line, region.owner_above).a == SIZE_MAX) continue;
      const double a = cover.share[n] * model.area(i, j);
      area += a;
      out.at.planes.push_back({i, j, line, region.owner_above, a});
    }
  }
  for (PlaneTerm& t : out.at.planes) t.weight /= area;
  return out;
}

Reading mean_in_volume(const Model& model, const Region& region) {
  Reading out;
  const auto& g = model.grid();
  const int k0 = mesh::nearest_line(g.z, region.z0), k1 = mesh::nearest_line(g.z, region.z1);
  double volume = 0;
  for (const auto& footprint : region.footprints) {
    const mesh::Cover cover = mesh::cover(g, footprint, kSnap);
    for (std::size_t n = 0; n < cover.column.size(); ++n) {
      const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
      for (int k = k0; k < k1; ++k) {
        const std::size_t c = g.index(i, j, k);
        if (model.mesh.solid[c] < 0) continue;
        const double v = cover.share[n] * model.area(i, j) * model.dz(k);
        volume += v;
        out.at.cells.push_back({c, v});
      }
    }
  }
  for (auto& [cell, weight] : out.at.cells) weight /= volume;
  out.curved = out.at.cells;
  return out;
}

/// What a reading has of coolant: weights of the streams' means, per node; empty without streams.
std::vector<double> of_streams(const Model& model, const Reading& reading) {
  std::vector<double> out(model.op.streams.nodes(), 0.0);
  const auto add = [&](std::size_t cell, double weight) {
    if (cell == SIZE_MAX || !model.fluid(cell)) return;
    if (const std::int32_t node = model.streams.node_of[cell]; node >= 0) out[std::size_t(node)] += weight;
  };
  for (const auto& [cell, weight] : reading.at.cells) add(cell, weight);
  for (const PlaneTerm& t : reading.at.planes) {
    const FaceValue f = face_parts(model, t.i, t.j, t.line, t.owner_above);
    if (f.a == SIZE_MAX || std::isinf(f.gb)) continue;
    add(f.a, t.weight * f.ga / (f.ga + f.gb));
    add(f.b, t.weight * f.gb / (f.ga + f.gb));
  }
  return out;
}

/// Weights over the unknowns.
std::vector<double> weights(const SurfaceModel& full, const Reading& reading) {
  const Model& model = full.model();
  std::vector<double> out(full.size(), 0.0);
  full.read_streams(of_streams(model, reading), out);
  const auto add = [&](std::size_t cell, double weight) {
    if (cell != SIZE_MAX && full.of_cell(cell) != SIZE_MAX) out[full.of_cell(cell)] += weight;
  };
  for (const auto& [cell, weight] : reading.at.cells) add(cell, weight);
  for (const PlaneTerm& t : reading.at.planes) {
    const FaceValue f = face_parts(model, t.i, t.j, t.line, t.owner_above);
    if (f.a == SIZE_MAX || std::isinf(f.gb)) continue;
    if (f.face >= 0 && full.of_face(std::size_t(f.face)) != SIZE_MAX) {
      out[full.of_face(std::size_t(f.face))] += t.weight;
      continue;
    }
    add(f.a, t.weight * f.ga / (f.ga + f.gb));
    add(f.b, t.weight * f.gb / (f.ga + f.gb));
  }
  return out;
}

/// What the streams' means are while all cells are held at zero: what inlets and sources drive them with.
double streams_alone(const Model& unit, const Reading& reading) {
  if (unit.op.streams.empty()) return 0;
  const std::vector<double> by_node = of_streams(unit, reading);
  const auto state = numerics::StreamMarch(unit.op.streams).run({}, unit.streams.inlet, unit.streams.source);
  double sum = 0;
  for (std::size_t n = 0; n < by_node.size(); ++n) sum += by_node[n] * state.mean[n];
  return sum;
}

/// What heat adds to a reading at once: the parabola inside heated cells, planes between two cells, and what
/// enters the coolant directly.
double direct_part(const SurfaceModel& full, const Model& unit, const Reading& reading) {
  const auto& g = unit.grid();
  const std::size_t nz = std::size_t(g.nz());
  const auto bulge = [&](std::size_t cell, int i, int j) {
    return unit.bulge(cell, unit.area(i, j), unit.dz(int(cell % nz)));
  };
  double sum = streams_alone(unit, reading);
  for (const auto& [cell, weight] : reading.curved) {
    const int column = int(cell / nz);
    sum -= weight * bulge(cell, column % g.nx(), column / g.nx()) / 3;
  }
  for (const PlaneTerm& t : reading.at.planes) {
    const FaceValue f = face_parts(unit, t.i, t.j, t.line, t.owner_above);
    if (f.a == SIZE_MAX || std::isinf(f.gb)) continue;
    if (f.face >= 0 && full.of_face(std::size_t(f.face)) != SIZE_MAX) continue;  // the surface's own unknown
    double drive = f.source + f.ga * bulge(f.a, t.i, t.j);
    if (f.b != SIZE_MAX) drive += f.gb * bulge(f.b, t.i, t.j);
    sum += t.weight * drive / (f.ga + f.gb);
  }
  return sum;
}

/// Readings whose plane is held at a film's ambient follow it at once.
double held_part(const SurfaceModel& full, const Reading& reading, std::size_t group) {
  const Model& model = full.model();
  double sum = 0;
  for (const PlaneTerm& t : reading.at.planes) {
    const FaceValue f = face_parts(model, t.i, t.j, t.line, t.owner_above);
    if (f.a == SIZE_MAX || !std::isinf(f.gb) || f.face < 0) continue;
    if (full.group_of_film(std::size_t(model.faces[std::size_t(f.face)].film)) == int(group)) sum += t.weight;
  }
  return sum;
}

/// Sources of one name with their shares of it.
struct Heater {
  std::string path;
  double power = 0;
  std::vector<std::pair<std::size_t, double>> shares;
};

/// The assembly with a source for every heatable region, and who heats what.
std::vector<Heater> heaters(const std::vector<Region>& regions, const std::vector<double>& scale,
                            Assembly& assembly) {
  std::vector<Heater> out;
  const auto named = [&](const std::string& path) -> Heater& {
    for (Heater& h : out)
      if (h.path == path) return h;
    return out.emplace_back(Heater{path, 0, {}});
  };
  for (std::size_t s = 0; s < assembly.sources.size(); ++s) {
    Heater& h = named(assembly.sources[s].path);
    h.power += assembly.sources[s].power * scale[s];
    h.shares.push_back({s, assembly.sources[s].power});
  }
  for (const Region& region : regions) {
    if (region.kind == PartKind::part) continue;
    const bool layer = region.path.rfind("block.", 0) == 0 && region.path.find('.', 6) == std::string::npos;
    if (layer) continue;  // a plain layer that nobody heats: lid, glue
    const bool heated = std::any_of(out.begin(), out.end(), [&](const Heater& h) {
      return h.path == region.path || h.path.rfind(region.path + ".", 0) == 0;
    });
    if (heated) continue;
    Heater& h = named(region.path);
    for (const auto& footprint : region.footprints) {
      const double z0 = region.in_plane ? region.plane_z : region.z0, z1 = region.in_plane ? z0 : region.z1;
      h.shares.push_back({assembly.sources.size(), footprint.size.x * footprint.size.y});
      assembly.sources.push_back({region.path, assembly.find(region.path), footprint, z0, z1, 1, {}});
    }
  }
  for (Heater& h : out) {
    double sum = 0;
    for (const auto& [source, share] : h.shares) sum += share;
    // A source of no net power (or of both signs) spreads evenly.
    for (auto& [source, share] : h.shares) share = sum != 0 ? share / sum : 1.0 / double(h.shares.size());
  }
  return out;
}

}  // namespace

std::string short_name(const std::string& path) {
  for (const char* head : {"dies.", "block."})
    if (path.rfind(head, 0) == 0) return path.substr(std::string(head).size());
  return path;
}

Ports make_ports(const SurfaceModel& full, const std::vector<Region>& regions, base::Pool& pool) {
  const Model& model = full.model();
  Ports ports;
  std::vector<Reading> readings;

  // The hottest points under the design's powers.
  numerics::ConductionSolver solver(model.op, pool);
  refuse_singular(model, solver);
  const Solution designed = solve(model, solver, {}, {});
  const std::vector<PartValue> hot = measure(model, designed.u, regions);
  const auto add = [&](std::string name, Reading reading) {
    Port port;
    port.name = std::move(name);
    port.unit = "K";
    port.over = weights(full, reading);
    ports.outputs.push_back(std::move(port));
    readings.push_back(std::move(reading));
  };
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const Region& region = regions[r];
    if (hot[r].hottest.cells.empty() && hot[r].hottest.planes.empty()) continue;
    if (region.kind == PartKind::part) {
      if (region.path == "board") add("board.temperature", {hot[r].hottest, {}});
      continue;
    }
    add(short_name(region.path) + ".junction", {hot[r].hottest, {}});
    add(short_name(region.path) + ".mean",
        region.in_plane ? mean_in_plane(model, region) : mean_in_volume(model, region));
  }
  const auto& g = model.grid();
  const int i = mesh::interval_of(g.x, 0), j = mesh::interval_of(g.y, 0);
  for (int k = g.nz() - 1; k >= 0; --k) {
    if (model.mesh.solid[g.index(i, j, k)] < 0) continue;
    Reading top;
    top.at.planes.push_back({i, j, k + 1, false, 1.0});
    add("case.top", std::move(top));
    break;
  }

  Assembly assembly = *model.assembly;
  const std::vector<Heater> all = heaters(regions, model.source_scale, assembly);
  Model unit = model;
  unit.assembly = &assembly;
  for (AppliedFilm& film : unit.films) {
    film.ambient = model.t_ref;
    if (std::isfinite(film.h)) film.h = 0;
  }
  for (CooledFace& face : unit.faces) {
    face.ambient = 0;
    if (std::isfinite(unit.films[std::size_t(face.film)].h)) face.g = 0;
  }
  std::fill(unit.streams.inlet.begin(), unit.streams.inlet.end(), 0.0);
  std::vector<std::vector<double>> direct;  // per input
  for (const Heater& heater : all) {
    unit.source_scale.assign(assembly.sources.size(), 0.0);
    for (const auto& [source, share] : heater.shares)
      unit.source_scale[source] = share / assembly.sources[source].power;
    place_sources(unit);
    make_rhs(unit);
    Port port;
    port.name = short_name(heater.path) + ".power";
    port.unit = "W";
    port.over = full.source_vector(unit);
    port.nominal = heater.power;
    port.typical = std::abs(heater.power);
    ports.inputs.push_back(std::move(port));
    auto& column = direct.emplace_back();
    for (const Reading& reading : readings) column.push_back(direct_part(full, unit, reading));
  }
  for (std::size_t f = 0; f < full.groups().size(); ++f) {
    Port port;
    port.name = full.groups()[f].name + ".ambient";
    port.unit = "K";
    port.over = full.film_vector(f);
    port.film = int(f);
    port.nominal = full.groups()[f].ambient;
    port.typical = kTypicalRise;
    port.K_offset = model.t_ref;
    ports.inputs.push_back(std::move(port));
    auto& column = direct.emplace_back();
    for (const Reading& reading : readings) column.push_back(held_part(full, reading, f));
  }
  std::fill(unit.streams.source.begin(), unit.streams.source.end(), 0.0);
  for (std::size_t l = 0; l < model.streams.layers.size(); ++l) {
    const auto& layer = model.streams.layers[l];
    std::fill(unit.streams.inlet.begin(), unit.streams.inlet.end(), 0.0);
    std::fill(unit.streams.inlet.begin() + layer.first, unit.streams.inlet.begin() + layer.end, 1.0);
    std::vector<double> drive(model.grid().cells(), 0.0);
    numerics::StreamMarch(unit.op.streams).add_drive(unit.streams.inlet, {}, drive);
    Port port;
    port.name = short_name(model.assembly->channels[l].path) + ".inlet";
    port.unit = "K";
    port.over.assign(full.size(), 0.0);
    for (std::size_t c = 0; c < drive.size(); ++c)
      if (drive[c] != 0) port.over[full.of_cell(c)] = drive[c];
    port.layer = int(l);
    port.nominal = model.streams.inlet[std::size_t(layer.first)];
    port.typical = kTypicalRise;
    port.K_offset = model.t_ref;
    ports.inputs.push_back(std::move(port));
    auto& column = direct.emplace_back();
    for (const Reading& reading : readings) column.push_back(streams_alone(unit, reading));
  }
  const std::size_t inputs = ports.inputs.size();
  ports.direct.assign(ports.outputs.size() * inputs, 0.0);
  for (std::size_t q = 0; q < inputs; ++q)
    for (std::size_t o = 0; o < ports.outputs.size(); ++o) ports.direct[o * inputs + q] = direct[q][o];
  return ports;
}

}  // namespace bondline::thermal::detail
