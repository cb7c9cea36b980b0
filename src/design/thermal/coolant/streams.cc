#include "design/thermal/coolant/streams.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "design/mesh/cover.h"
#include "design/thermal/coolant/channels_held.h"

namespace bondline::thermal::detail {
namespace {

using package::ChannelLayer;
using package::Channels;

// What counts as none: walls apart from each other conduct across an averaged layer with this share of their
// material's conductivity (it keeps quotients of conductivities defined).
constexpr double kNone = 1e-9;
constexpr double kOffGrid = 0.02;  // of a channel's width that the grid may miss

/// Share of the layer's section (and plan) that is coolant.
double open_share(const ChannelLayer& layer) {
  const Channels& c = *layer.channels;
  if (c.pins) return c.porosity();
  const package::Rect box = layer.footprint.bounds();
  return std::min(1 - kNone, c.count * c.width / (c.along_y() ? box.width() : box.height()));
}

class Placer {
 public:
  explicit Placer(Model& model) : model_(model), s_(model.streams), net_(model.op.streams) {}

  void place() {
    s_.walls.clear(), s_.layer.clear(), s_.last.clear(), s_.inlet.clear();
    s_.layers.assign(s_.flows.size(), {});
    s_.node_of.assign(model_.grid().cells(), -1);
    s_.fluid_cells.clear();
    net_ = {};
    net_.first.push_back(0);
    for (std::size_t l = 0; l < s_.flows.size(); ++l) {
      layer_ = std::int32_t(l);
      const ChannelLayer& layer = model_.assembly->channels[l];
      s_.layers[l].k0 = mesh::nearest_line(model_.grid().z, layer.z0);
      s_.layers[l].k1 = mesh::nearest_line(model_.grid().z, layer.z1);
      s_.layers[l].open = open_share(layer);
      s_.layers[l].first = std::int32_t(net_.nodes());
      if (layer.resolved)
        for (const package::Rect& lane : layer.lanes) resolved(layer, lane);
      else
        averaged(layer);
      s_.layers[l].end = std::int32_t(net_.nodes());
    }
    s_.source.assign(net_.nodes(), 0.0);
  }

 private:
  const CoolantFlow& flow() const { return s_.flows[std::size_t(layer_)]; }

  /// Nodes of one chain: `count` steps along the flow; `index(s)` the interval of the s-th.
  template <class Body>
  void chain(const ChannelLayer& layer, int first, int end, double rate, Body body) {
    const Channels& c = *layer.channels;
    const bool forward = c.flow_to == Face::north || c.flow_to == Face::east;
    const double inlet = c.inlet.value_or(model_.design->environment.ambient) - model_.t_ref;
    for (int s = 0; s < end - first; ++s) {
      net_.upstream.push_back(s == 0 ? -1 : std::int32_t(net_.nodes()) - 1);
      net_.rate.push_back(rate);
      s_.layer.push_back(layer_);
      s_.last.push_back(s + 1 == end - first);
      s_.inlet.push_back(inlet);
      body(forward ? first + s : end - 1 - s, std::int32_t(net_.nodes()) - 1);
      net_.first.push_back(net_.cell.size());
    }
  }

  void link(std::size_t cell, double g) {
    if (!(g > 0)) return;
    net_.cell.push_back(cell);
    net_.g.push_back(g);
    model_.op.ground[cell] += g;
  }
  void wet(WettedFace face) {
    face.layer = layer_;
    link(face.a, face.link_a());
    if (face.b != SIZE_MAX) {
      link(face.b, face.link_b());
      model_.op.gz[std::min(face.a, face.b)] = face.pair();
    }
    s_.walls.push_back(face);
  }

  /// Nearest interval range of [a, b]; refused when the grid misses the channel by more than kOffGrid.
  std::pair<int, int> range(const std::vector<double>& lines, double a, double b, const ChannelLayer& layer) {
    const int first = mesh::nearest_line(lines, a), end = mesh::nearest_line(lines, b);
    if (end <= first || std::abs(lines[std::size_t(first)] - a) > kOffGrid * (b - a) ||
        std::abs(lines[std::size_t(end)] - b) > kOffGrid * (b - a)) {
      base::Diagnostics all;
      all.error(layer.channels->where,
                fmt::format("the grid is too coarse to resolve the channels of {}", layer.path),
                "ask for more cells (--cells), or write model: averaged");
      throw ChannelsNotHeld(std::move(all));
    }
    return {first, end};
  }

  void resolved(const ChannelLayer& layer, const package::Rect& lane) {
    const auto& g = model_.grid();
    const bool along_y = layer.channels->along_y();
    const auto [a0, a1] = along_y ? range(g.x, lane.x0, lane.x1, layer) : range(g.y, lane.y0, lane.y1, layer);
    const auto [b0, b1] = along_y ? range(g.y, lane.y0, lane.y1, layer) : range(g.x, lane.x0, lane.x1, layer);
    const int k0 = s_.layers[std::size_t(layer_)].k0, k1 = s_.layers[std::size_t(layer_)].k1;
    const int first = a0, end = a1;
    chain(layer, b0, b1, flow().rate / double(layer.lanes.size()), [&](int along, std::int32_t node) {
      for (int across = first; across < end; ++across) {
        const int i = along_y ? across : along, j = along_y ? along : across;
        for (int k = k0; k < k1; ++k) {
          const std::size_t cell = g.index(i, j, k);
          if (!model_.fluid(cell)) blocked(layer, cell);
          s_.node_of[cell] = node;
          s_.fluid_cells.push_back(cell);
        }
        ceiling(i, j, k1 - 1, k1, flow().h_top, WettedFace::Kind::top, node);
        ceiling(i, j, k0, k0 - 1, flow().h_bottom, WettedFace::Kind::bottom, node);
      }
      side(along_y ? first - 1 : along, along_y ? along : first - 1, k0, k1, along_y, node);
      side(along_y ? end : along, along_y ? along : end, k0, k1, along_y, node);
    });
  }

  [[noreturn]] void blocked(const ChannelLayer& layer, std::size_t cell) const {
    const int s = model_.mesh.solid[cell];
    base::Diagnostics all;
    all.error(layer.channels->where,
              fmt::format("a channel of {} is blocked by {}", layer.path,
                          s < 0 ? "nothing (the void)" : model_.assembly->solids[std::size_t(s)].path),
              "move one of them; channels run straight through their layer");
    throw base::Error(std::move(all));
  }

  bool solid(int i, int j, int k) const {
    const auto& g = model_.grid();
    if (i < 0 || j < 0 || k < 0 || i >= g.nx() || j >= g.ny() || k >= g.nz()) return false;
    const std::size_t c = g.index(i, j, k);
    return model_.mesh.solid[c] >= 0 && !model_.fluid(c);
  }

  /// Floor or ceiling of a resolved channel's cell: the solid in layer `beyond`.
  void ceiling(int i, int j, int, int beyond, double h, WettedFace::Kind kind, std::int32_t node) {
    if (!solid(i, j, beyond) || !(h > 0)) return;
    WettedFace f;
    f.kind = kind;
    f.node = node;
    f.a = model_.grid().index(i, j, beyond);
    f.area = model_.area(i, j);
    f.ga = 2 * model_.mesh.kz[f.a] * f.area / model_.dz(beyond);
    f.gf = h * f.area;
    wet(f);
  }

  void side(int i, int j, int k0, int k1, bool along_y, std::int32_t node) {
    if (!(flow().h_side > 0)) return;
    for (int k = k0; k < k1; ++k) {
      if (!solid(i, j, k)) continue;
      WettedFace f;
      f.node = node;
      f.a = model_.grid().index(i, j, k);
      f.axis = along_y ? 0 : 1;
      f.area = (along_y ? model_.dy(j) : model_.dx(i)) * model_.dz(k);
      f.ga = 2 * (along_y ? model_.mesh.kx[f.a] / model_.dx(i) : model_.mesh.ky[f.a] / model_.dy(j)) * f.area;
      f.gf = flow().h_side * f.area;
      wet(f);
    }
  }

  void averaged(const ChannelLayer& layer) {
    const auto& g = model_.grid();
    const Channels& c = *layer.channels;
    const package::Rect box = layer.footprint.bounds();
    const int i0 = mesh::nearest_line(g.x, box.x0), i1 = mesh::nearest_line(g.x, box.x1);
    const int j0 = mesh::nearest_line(g.y, box.y0), j1 = mesh::nearest_line(g.y, box.y1);
    const bool along_y = c.along_y();
    const double across =
        along_y ? g.x[std::size_t(i1)] - g.x[std::size_t(i0)] : g.y[std::size_t(j1)] - g.y[std::size_t(j0)];
    auto& here = s_.layers[std::size_t(layer_)];
    here.column_node.assign(std::size_t(g.nx()) * std::size_t(g.ny()), -1);
    for (int lane = along_y ? i0 : j0; lane < (along_y ? i1 : j1); ++lane) {
      const double share = (along_y ? model_.dx(lane) : model_.dy(lane)) / across;
      chain(layer, along_y ? j0 : i0, along_y ? j1 : i1, flow().rate * share,
            [&](int along, std::int32_t node) {
              const int i = along_y ? lane : along, j = along_y ? along : lane;
              here.column_node[std::size_t(j) * std::size_t(g.nx()) + std::size_t(i)] = node;
              averaged_column(layer, i, j, node);
            });
    }
  }

  void averaged_column(const ChannelLayer& layer, int i, int j, std::int32_t node) {
    const auto& here = s_.layers[std::size_t(layer_)];
    const Channels& c = *layer.channels;
    const double area = model_.area(i, j);
    star(i, j, here.k1, here.k1 - 1, WettedFace::Kind::top, node);
    star(i, j, here.k0 - 1, here.k0, WettedFace::Kind::bottom, node);
    if (flow().per_base || !(flow().h_side > 0)) return;
    // Wetted wall per volume of the layer, and what lies between a wall's mean temperature and its surface
    // when heat leaves it evenly: w / 6k of a plate, D / 8k of a cylinder.
    const double per_volume =
        c.pins ? std::numbers::pi * c.diameter / (c.pitch * c.pitch)
               : 2 * c.count /
                     ((c.along_y() ? layer.footprint.bounds().width() : layer.footprint.bounds().height()));
    for (int k = here.k0; k < here.k1; ++k) {
      if (!solid(i, j, k)) continue;
      WettedFace f;
      f.kind = WettedFace::Kind::volume;
      f.node = node;
      f.a = model_.grid().index(i, j, k);
      f.area = per_volume * area * model_.dz(k);
      f.ga = std::numeric_limits<double>::infinity();
      const double k_wall = model_.mesh.kz[f.a] / (1 - s_.layers[std::size_t(layer_)].open);
      const double inside = c.pins ? c.diameter / (8 * k_wall) : c.wall / (6 * k_wall);
      f.gf = f.area / (1 / flow().h_side + inside);
      wet(f);
    }
  }

  /// Floor or ceiling of an averaged layer: the neighbour in layer `beyond`, the walls in layer `within`.
  void star(int i, int j, int beyond, int within, WettedFace::Kind kind, std::int32_t node) {
    if (!solid(i, j, beyond) || !solid(i, j, within)) return;
    const auto& g = model_.grid();
    WettedFace f;
    f.kind = kind;
    f.node = node;
    f.a = g.index(i, j, beyond);
    f.b = g.index(i, j, within);
    const double area = model_.area(i, j);
    const double h = kind == WettedFace::Kind::top ? flow().h_top : flow().h_bottom;
    f.area = flow().per_base ? area : area * s_.layers[std::size_t(layer_)].open;
    f.ga = 2 * model_.mesh.kz[f.a] * area / model_.dz(beyond);
    f.gb = area / (0.5 * model_.dz(within) / model_.mesh.kz[f.b] + model_.contact(std::min(f.a, f.b)));
    f.gf = h * f.area;
    if (f.gf > 0) wet(f);
  }

  Model& model_;
  Streams& s_;
  numerics::StreamNetwork& net_;
  std::int32_t layer_ = 0;
};

}  // namespace

void prepare_streams(Model& model) {
  const auto& layers = model.assembly->channels;
  Streams& s = model.streams;
  if (layers.empty()) return;
  s.fluid_solid.assign(model.assembly->solids.size(), 0);
  for (std::size_t n = 0; n < s.fluid_solid.size(); ++n)
    s.fluid_solid[n] = model.assembly->solids[n].role == package::Role::coolant;
  // Properties at the inlet's temperature plus half of the rise that all heat would make, shared by rate.
  double power = 0, rate = 0;
  for (const auto& source : model.assembly->sources) power += std::max(0.0, source.power);
  const auto inlet = [&](const ChannelLayer& layer) {
    return layer.channels->inlet.value_or(model.design->environment.ambient);
  };
  for (const ChannelLayer& layer : layers) rate += coolant_flow(layer, inlet(layer)).rate;
  constexpr double kMostRise = 40;  // K, of half the rise: beyond, the films along the channel differ anyway
  s.flows.clear();
  for (const ChannelLayer& layer : layers)
    s.flows.push_back(coolant_flow(layer, inlet(layer) + std::min(kMostRise, 0.5 * power / rate)));

  auto& m = model.mesh;
  const auto& g = model.grid();
  for (const ChannelLayer& layer : layers) {
    const std::size_t l = std::size_t(&layer - layers.data());
    const Channels& c = *layer.channels;
    const int k0 = mesh::nearest_line(g.z, layer.z0), k1 = mesh::nearest_line(g.z, layer.z1);
    const double walls = 1 - open_share(layer);
    for (int j = 0; j < g.ny(); ++j)
      for (int i = 0; i < g.nx(); ++i)
        for (int k = k0; k < k1; ++k) {
          const std::size_t cell = g.index(i, j, k);
          if (model.fluid(cell)) {
            // Half a cell of these conducts as the film does, so that faces between coolant and wall are read
            // right.
            m.kx[cell] = std::max(kNone, 0.5 * s.flows[l].h_side * model.dx(i));
            m.ky[cell] = std::max(kNone, 0.5 * s.flows[l].h_side * model.dy(j));
            m.kz[cell] = std::max(kNone, 0.25 * (s.flows[l].h_top + s.flows[l].h_bottom) * model.dz(k));
          } else if (!layer.resolved && m.solid[cell] == layer.solid) {
            m.kz[cell] *= walls;
            m.kx[cell] *= c.pins || c.along_y() ? kNone : walls;
            m.ky[cell] *= c.pins || !c.along_y() ? kNone : walls;
          }
        }
  }
}

void place_streams(Model& model) {
  if (model.assembly->channels.empty()) return;
  Placer(model).place();
}

void drive_streams(Model& model) {
  Streams& s = model.streams;
  if (model.op.streams.empty()) return;
  std::fill(s.source.begin(), s.source.end(), 0.0);
  for (const std::size_t cell : s.fluid_cells) {
    s.source[std::size_t(s.node_of[cell])] += model.rhs[cell];
    model.rhs[cell] = 0;
  }
  const int nx = model.grid().nx();
  const std::size_t nz = std::size_t(model.grid().nz());
  const auto bulge = [&](std::size_t cell) {
    const std::size_t column = cell / nz;
    return model.bulge(cell, model.area(int(column) % nx, int(column) / nx), model.dz(int(cell % nz)));
  };
  if (!model.volume_watts.empty())
    for (const WettedFace& f : s.walls) {
      if (f.axis != 2 || f.kind == WettedFace::Kind::volume) continue;
      const double a = f.link_a() * bulge(f.a);
      model.rhs[f.a] -= a;
      s.source[std::size_t(f.node)] += a;
      if (f.b == SIZE_MAX) continue;
      const double b = f.link_b() * bulge(f.b);
      model.rhs[f.b] -= b;
      s.source[std::size_t(f.node)] += b;
    }
  for (const auto& [node, watts] : s.direct) s.source[std::size_t(node)] += watts;
  s.direct.clear();
  numerics::StreamMarch(model.op.streams).add_drive(s.inlet, s.source, model.rhs);
}

numerics::StreamMarch::State stream_state(const Model& model, const std::vector<double>& u) {
  return numerics::StreamMarch(model.op.streams).run(u, model.streams.inlet, model.streams.source);
}

double stream_heat(const Model& model, const std::vector<double>& u, double* gross) {
  if (gross) *gross = 0;
  if (model.op.streams.empty()) return 0;
  const auto state = stream_state(model, u);
  std::vector<double> heat(model.streams.layers.size(), 0.0);
  for (std::size_t n = 0; n < state.out.size(); ++n)
    heat[std::size_t(model.streams.layer[n])] += state.heat[n];
  double sum = 0;
  for (const double q : heat) {
    sum += q;
    if (gross) *gross += std::abs(q);
  }
  return sum;
}

void show_streams(const Model& model, std::vector<double>& u) {
  if (model.op.streams.empty()) return;
  const auto state = stream_state(model, u);
  for (const std::size_t cell : model.streams.fluid_cells)
    u[cell] = state.mean[std::size_t(model.streams.node_of[cell])];
}

void leave_out_coolant(const Model& model, std::vector<double>& capacity) {
  const std::size_t nz = std::size_t(model.grid().nz());
  for (std::size_t l = 0; l < model.streams.layers.size(); ++l) {
    const auto& here = model.streams.layers[l];
    const ChannelLayer& layer = model.assembly->channels[l];
    if (layer.resolved) continue;
    for (std::size_t c = 0; c < capacity.size(); ++c)
      if (int(c % nz) >= here.k0 && int(c % nz) < here.k1 && model.mesh.solid[c] == layer.solid)
        capacity[c] *= 1 - here.open;
  }
  for (const std::size_t cell : model.streams.fluid_cells) capacity[cell] = 0;
}

std::vector<CoolantResult> coolant_results(const Model& model, const std::vector<double>& u) {
  std::vector<CoolantResult> out;
  if (model.op.streams.empty()) return out;
  const auto state = stream_state(model, u);
  for (std::size_t l = 0; l < model.streams.layers.size(); ++l) {
    const ChannelLayer& layer = model.assembly->channels[l];
    const CoolantFlow& flow = model.streams.flows[l];
    CoolantResult r;
    r.path = layer.path;
    r.coolant = flow.name;
    r.model = layer.lumped ? "four_resistor" : layer.resolved ? "resolved" : "averaged";
    r.channels = layer.channels->pins ? 0 : layer.channels->count;
    r.flow_m3_s = flow.flow;
    r.rate_W_K = flow.rate;
    r.velocity_m_s = flow.velocity;
    r.h_W_m2K = flow.per_base ? flow.h_bottom : flow.h_side;
    r.reynolds = flow.reynolds;
    r.nusselt = flow.nusselt;
    r.pressure_drop_Pa = flow.pressure_drop;
    if (flow.pressure_drop >= 0) r.pump_W = flow.pressure_drop * flow.flow;
    r.entrance_share = flow.entrance;
    r.boiling_K = flow.boiling;
    r.where = layer.channels->where;
    double rate = 0, mixed = 0, hottest = -std::numeric_limits<double>::infinity();
    const auto& nodes = model.streams.layers[l];
    for (std::size_t n = std::size_t(nodes.first); n < std::size_t(nodes.end); ++n) {
      r.heat_W += state.heat[n];
      if (!model.streams.last[n]) continue;
      rate += model.op.streams.rate[n];
      mixed += model.op.streams.rate[n] * state.out[n];
      hottest = std::max(hottest, state.out[n]);
    }
    r.inlet_K = model.t_ref + model.streams.inlet[std::size_t(nodes.first)];
    r.outlet_K = model.t_ref + mixed / rate;
    r.outlet_max_K = model.t_ref + hottest;
    r.rise_K = r.outlet_K - r.inlet_K;
    r.wall_max_K = r.inlet_K;
    for (const WettedFace& f : model.streams.walls) {
      if (std::size_t(f.layer) != l) continue;
      const double v = state.mean[std::size_t(f.node)];
      const double b = f.b == SIZE_MAX ? 0 : f.gb * u[f.b];
      const double wall = std::isinf(f.ga) ? u[f.a] : (f.ga * u[f.a] + b + f.gf * v) / (f.ga + f.gb + f.gf);
      r.wall_max_K = std::max(r.wall_max_K, model.t_ref + wall);
    }
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace bondline::thermal::detail
