#include "design/thermal/responses/compact.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/responses/network.h"
#include "design/thermal/responses/responder.h"

namespace bondline::thermal {
namespace {

using namespace detail;

/// The package without what its user brings: board, sink, films; and without loops.
Design bare(const Design& design) {
  Design d = design;
  d.board.reset();
  d.heat_sink.reset();
  std::erase_if(d.tims, [](const package::Tim& tim) { return tim.name == "tim2"; });
  d.environment.films.clear();
  for (auto& die : d.dies) die.power.leakage.reset();
  return d;
}

void add_film(Design& d, Face face, double h, const std::string& part = "") {
  package::Film film;
  film.face = face;
  film.h = h;
  film.ambient = d.environment.ambient;
  film.part = part;
  d.environment.films.push_back(std::move(film));
}

bool is_side(Face face) {
  return face != Face::top && face != Face::bottom;
}

/// Which node every cooled face belongs to.
struct Patches {
  std::vector<std::string> names;
  std::vector<double> area;
  std::vector<int> of_face;  ///< per entry of model.faces
};

/// A stack of dies seen from above.
struct Plan {
  std::string name;  ///< of its first die
  package::Rect box;
};

double overlap(const package::Rect& a, const package::Rect& b) {
  return std::max(0.0, std::min(a.x1, b.x1) - std::max(a.x0, b.x0)) *
         std::max(0.0, std::min(a.y1, b.y1) - std::max(a.y0, b.y0));
}

/// Dies that cover half of one another are one stack.
std::vector<Plan> plans_of(const std::vector<Region>& regions) {
  std::vector<Plan> out;
  for (const Region& region : regions) {
    package::Rect box = region.footprints[0].bounds();
    for (const auto& footprint : region.footprints) {
      const package::Rect r = footprint.bounds();
      box = {std::min(box.x0, r.x0), std::min(box.y0, r.y0), std::max(box.x1, r.x1), std::max(box.y1, r.y1)};
    }
    const auto stack = std::find_if(out.begin(), out.end(), [&](const Plan& plan) {
      return overlap(plan.box, box) > 0.5 * std::min(plan.box.area(), box.area());
    });
    if (stack == out.end())
      out.push_back({drive_name(region.path), box});
    else if (box.area() > stack->box.area())
      stack->box = box;
  }
  return out;
}

/// Per stack what lies above and below it ("inner" where there is one stack), the rest of top and bottom
/// ("outer"), and the sides.
Patches patches_of(const Model& model, const std::vector<Region>& regions) {
  const std::vector<Plan> plans = plans_of(regions);
  std::vector<std::string> names;
  for (const char* face : {"top.", "bottom."}) {
    for (const Plan& plan : plans) names.push_back(face + (plans.size() == 1 ? "inner" : plan.name));
    names.push_back(std::string(face) + "outer");
  }
  names.push_back("sides");
  std::vector<double> area(names.size(), 0.0);
  std::vector<std::size_t> which;
  const auto& g = model.grid();
  for (const CooledFace& face : model.faces) {
    const std::size_t column = face.cell / std::size_t(g.nz());
    const std::size_t i = column % std::size_t(g.nx()), j = column / std::size_t(g.nx());
    const double x = 0.5 * (g.x[i] + g.x[i + 1]), y = 0.5 * (g.y[j] + g.y[j + 1]);
    std::size_t n = 0;
    while (n < plans.size() &&
           !(x > plans[n].box.x0 && x < plans[n].box.x1 && y > plans[n].box.y0 && y < plans[n].box.y1))
      ++n;
    which.push_back(is_side(face.face) ? names.size() - 1
                                       : n + (face.face == Face::top ? 0 : plans.size() + 1));
    area[which.back()] += face.area;
  }
  Patches out;
  std::vector<int> place(names.size(), -1);
  for (std::size_t n = 0; n < names.size(); ++n) {
    if (!(area[n] > 0)) continue;
    place[n] = int(out.names.size());
    out.names.push_back(names[n]);
    out.area.push_back(area[n]);
  }
  for (const std::size_t n : which) out.of_face.push_back(place[n]);
  return out;
}

/// Heat leaving through every patch, W.
std::vector<double> flows(const Model& model, const Patches& patches, const std::vector<double>& u) {
  std::vector<double> out(patches.names.size(), 0.0);
  const auto& g = model.grid();
  for (std::size_t f = 0; f < model.faces.size(); ++f) {
    const CooledFace& face = model.faces[f];
    const std::size_t column = face.cell / std::size_t(g.nz());
    const int i = int(column) % g.nx(), j = int(column) / g.nx(), k = int(face.cell % std::size_t(g.nz()));
    double inside = u[face.cell], direct = 0;
    if (!is_side(face.face)) {
      inside += model.bulge(face.cell, model.area(i, j), model.dz(k));
      const int line = face.face == Face::top ? k + 1 : k;
      const double film = model.films[std::size_t(face.film)].h * face.area;
      for (const HeatPlane& plane : model.planes)
        if (plane.line == line) direct += plane.watts[column] * film / (film + face.half);
    }
    out[std::size_t(patches.of_face[f])] += face.g * (inside - face.ambient) + direct;
  }
  return out;
}

/// Decades of film coefficients above and below with sides that are hardly or well cooled: from still air to
/// liquid cold plates, as JESD15-4 asks a boundary-condition-independent model to be fitted over. Apart from
/// them, sets between the decades to check the fit with.
std::vector<CompactPoint> film_sets() {
  std::vector<CompactPoint> out;
  for (const double top : {10.0, 100.0, 1e3, 1e4})
    for (const double bottom : {10.0, 100.0, 1e3, 1e4}) out.push_back({{top, bottom, 10}, true, 0, 0});
  for (const double top : {10.0, 1e3})
    for (const double bottom : {10.0, 1e3}) out.push_back({{top, bottom, 200}, true, 0, 0});
  for (int n = 1; n <= 8; ++n) {
    const auto between = [n](double prime, double low, double high) {
      return low * std::pow(high / low, std::fmod(n * std::sqrt(prime), 1.0));
    };
    out.push_back({{between(2, 10, 1e4), between(3, 10, 1e4), between(5, 10, 200)}, false, 0, 0});
  }
  return out;
}

double film_on(const FilmSet& films, Face face) {
  return face == Face::top ? films.top : face == Face::bottom ? films.bottom : films.sides;
}
double film_on(const FilmSet& films, const std::string& node) {
  if (node.rfind("top.", 0) == 0) return films.top;
  if (node.rfind("bottom.", 0) == 0) return films.bottom;
  return node == "sides" ? films.sides : 0;
}

}  // namespace

std::vector<double> CompactNetwork::rises(const FilmSet& films, const std::vector<double>& watts) const {
  std::vector<double> h, all(nodes.size(), 0.0);
  for (const CompactNode& node : nodes) h.push_back(node.area > 0 ? film_on(films, node.name) : 0);
  std::copy(watts.begin(), watts.end(), all.begin());
  return network_rises(nodes, links, h, all);
}

CompactNetwork delphi_network(const package::Design& design, const CompactOptions& options,
                              base::Pool& pool) {
  const auto start = std::chrono::steady_clock::now();
  Design d = bare(design);
  for (const Face face : {Face::top, Face::bottom, Face::west, Face::east, Face::south, Face::north})
    add_film(d, face, 100);
  Assembly assembly = package::assemble(d);
  std::vector<Region> regions;
  std::vector<Drive> drives;
  parts_of(d, regions_of(d, assembly), assembly, regions, drives);
  if (drives.empty())
    throw base::Error("nothing is heated: a compact model needs a junction",
                      "give a die, or a layer with power");
  ResponseOptions how;
  how.cells = options.cells;
  Responder responder(d, assembly, how, pool);
  Model& model = responder.model();
  if (!model.op.streams.empty())
    throw base::Error("a compact model of a package with coolant channels is not offered",
                      "export it without its channels, and cool the face they are behind");
  CompactNetwork out;
  out.cells = model.grid().cells();
  out.notes = responder.notes();
  const std::size_t junctions = drives.size();
  for (const Drive& drive : drives) out.nodes.push_back({drive.name + ".junction", 0});
  const Patches patches = patches_of(model, regions);
  for (std::size_t n = 0; n < patches.names.size(); ++n)
    out.nodes.push_back({patches.names[n], patches.area[n]});
  out.points = film_sets();

  const auto set = [&](const FilmSet& films) {
    for (AppliedFilm& film : model.films) film.h = film_on(films, film.face);
    place_films(model);
  };
  const auto heat = [&](std::size_t j) {
    std::vector<double> watts(junctions, 0.0);
    watts[j] = 1;
    responder.place(drives, watts);
  };
  // Right-hand sides first, then all film sets side by side, then what they say.
  struct Task {
    std::vector<double> ground;
    std::vector<std::vector<double>> columns, fields;
  };
  std::vector<Task> tasks(out.points.size());
  for (std::size_t p = 0; p < tasks.size(); ++p) {
    set(out.points[p].films);
    tasks[p].ground = model.op.ground;
    for (std::size_t j = 0; j < junctions; ++j) {
      heat(j);
      tasks[p].columns.push_back(model.rhs);
    }
  }
  pool.run(tasks.size(), [&](std::size_t p) {
    numerics::ConductionOperator op = model.op;
    op.ground = tasks[p].ground;
    base::Pool alone(1);
    numerics::ConductionSolver solver(op, alone);
    refuse_singular(model, solver);
    for (const auto& column : tasks[p].columns) {
      auto& u = tasks[p].fields.emplace_back(column.size(), 0.0);
      const auto report = solver.solve(column, u, {});
      if (!report.converged)
        throw base::Error("a solve for the compact model failed: " + report.problem,
                          "ask for another number of cells (--cells)");
    }
    if (options.progress && p == 0) options.progress(0.4, "film sets");
  });
  std::vector<NetworkTruth> truths, fitted;
  for (std::size_t p = 0; p < tasks.size(); ++p) {
    set(out.points[p].films);
    NetworkTruth truth;
    for (const CompactNode& node : out.nodes)
      truth.h.push_back(node.area > 0 ? film_on(out.points[p].films, node.name) : 0);
    for (std::size_t j = 0; j < junctions; ++j) {
      heat(j);
      const auto values = measure(model, tasks[p].fields[j], regions);
      for (std::size_t i = 0; i < junctions; ++i)
        truth.rise.push_back((i == j ? values[i].temperature.max_K : values[i].temperature.mean_K) -
                             model.t_ref);
      const auto q = flows(model, patches, tasks[p].fields[j]);
      truth.share.insert(truth.share.end(), q.begin(), q.end());
    }
    if (out.points[p].fitted) fitted.push_back(truth);
    truths.push_back(std::move(truth));
    tasks[p] = {};
  }
  out.links = fit_network(out.nodes, junctions, fitted);
  for (std::size_t p = 0; p < truths.size(); ++p) {
    const NetworkErrors e = network_errors(out.nodes, out.links, junctions, truths[p]);
    CompactPoint& point = out.points[p];
    point.junction_error = e.junction;
    point.flow_error = e.flow;
    if (!std::isfinite(e.junction) || !std::isfinite(e.flow))
      throw base::Error("no network of resistances was found that answers as this package does",
                        "ask for another number of cells (--cells)");
    double& worst = point.fitted ? out.fit_error : out.check_error;
    worst = std::max(worst, e.junction);
    out.flow_error = std::max(out.flow_error, e.flow);
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

TwoResistor two_resistor(const package::Design& design, const CompactOptions& options, base::Pool& pool) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  constexpr double kRing = 5e-3, kBeside = 1e-3;  // m; JESD51-8: ring from 5 mm on, board read within 1 mm
  TwoResistor out;
  /// Hottest junction under a watt shared as designed, K above the held face; and the field to read.
  const auto run = [&](const Design& d, const std::vector<Probe>& probes, std::vector<double>& probed) {
    Assembly assembly = package::assemble(d);
    std::vector<Region> regions;
    std::vector<Drive> drives;
    parts_of(d, regions_of(d, assembly), assembly, regions, drives);
    double total = 0;
    for (const Drive& drive : drives)
      for (const auto& [source, share] : drive.shares) total += assembly.sources[source].power;
    if (!(total > 0)) throw base::Error("nothing is heated: there is no junction", "give a die its power");
    std::vector<double> watts;
    for (const Drive& drive : drives) {
      double sum = 0;
      for (const auto& [source, share] : drive.shares) sum += assembly.sources[source].power;
      watts.push_back(sum / total);
    }
    ResponseOptions how;
    how.cells = options.cells;
    Responder responder(d, assembly, how, pool);
    responder.quiet();
    responder.place(drives, watts);
    Model& model = responder.model();
    out.cells = std::max(out.cells, model.grid().cells());
    for (const std::string& note : responder.notes())
      if (std::find(out.notes.begin(), out.notes.end(), note) == out.notes.end()) out.notes.push_back(note);
    const auto field = responder.solve({model.rhs}, 1e-8);
    double hottest = 0;
    for (const PartValue& v : measure(model, field[0], regions))
      hottest = std::max(hottest, v.temperature.max_K - model.t_ref);
    SteadyOptions asked;
    asked.probes = probes;
    SteadyResult read;
    probe(model, field[0], asked, read);
    for (const double t : read.probes_K) probed.push_back(t - model.t_ref);
    return hottest;
  };
  {
    Design d = bare(design);
    add_film(d, Face::top, kInfinite);
    std::vector<double> none;
    out.theta_jc_top = run(d, {}, none);
  }
  if (!design.board || !design.balls) {
    out.notes.push_back(
        fmt::format("theta_jb was not found: it needs a board and the balls or lands it hangs on"));
    return out;
  }
  Design d = bare(design);
  d.board = design.board;
  d.board->size = {d.body_size.x + 2 * kRing, d.body_size.y + 2 * kRing};
  d.board->at = {};
  for (const Face face : {Face::west, Face::east, Face::south, Face::north})
    add_film(d, face, kInfinite, "board");
  double top = -1e9;
  for (const auto& solid : package::assemble(d).solids)
    if (solid.role == package::Role::board_layer) top = std::max(top, solid.z1);
  const bool long_x = d.body_size.x >= d.body_size.y;
  const Probe at{long_x ? 0 : 0.5 * d.body_size.x + kBeside, long_x ? 0.5 * d.body_size.y + kBeside : 0,
                 top - 1e-6};
  std::vector<double> board;
  const double junction = run(d, {at}, board);
  out.theta_jb = junction - board[0];
  out.notes.push_back(fmt::format("theta_jb stands on the design's own board{}, held 5 mm from the body",
                                  design.board->standard.empty() ? "" : " (" + design.board->standard + ")"));
  return out;
}

std::string to_spice(const CompactNetwork& network, const std::string& name) {
  const auto word = [](std::string text) {
    for (char& c : text)
      if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return text;
  };
  std::string out = fmt::format(
      "* {}: 1 V is 1 K, 1 A is 1 W. Junction error {:.1f} % over the fitted films, {:.1f} % between them.\n",
      name, 100 * network.fit_error, 100 * network.check_error);
  out += ".subckt " + word(name);
  for (const auto& node : network.nodes) out += " " + word(node.name);
  out += "\n";
  for (const auto& node : network.nodes)
    if (node.area > 0) out += fmt::format("* {}: {:.6g} m2\n", word(node.name), node.area);
  for (std::size_t l = 0; l < network.links.size(); ++l) {
    const auto& link = network.links[l];
    out += fmt::format("R{} {} {} {:.6g}\n", l + 1, word(network.nodes[std::size_t(link.a)].name),
                       word(network.nodes[std::size_t(link.b)].name), 1 / link.conductance);
  }
  return out + ".ends\n";
}

}  // namespace bondline::thermal
