#include "design/thermal/coolant/stream_gradient.h"

#include <cmath>

#include "design/thermal/coolant/streams.h"

namespace bondline::thermal::detail {

void seed_through_streams(const Model& model, std::vector<double>& seed) {
  if (model.op.streams.empty()) return;
  std::vector<double> weight(model.op.streams.nodes(), 0.0);
  bool any = false;
  for (const std::size_t cell : model.streams.fluid_cells) {
    if (seed[cell] == 0) continue;
    any = true;
    weight[std::size_t(model.streams.node_of[cell])] += seed[cell];
    seed[cell] = 0;
  }
  if (any) numerics::StreamMarch(model.op.streams).pull_back(weight, seed);
}

void show_adjoint(const Model& model, std::vector<double>& lambda) {
  if (model.op.streams.empty()) return;
  const numerics::StreamMarch march(model.op.streams);
  const auto worth = march.adjoint(lambda);
  for (const std::size_t cell : model.streams.fluid_cells) {
    const std::size_t n = std::size_t(model.streams.node_of[cell]);
    const auto& w = march.weights_of(n);
    lambda[cell] = (w.b * worth.by_mean[n] + w.a * worth.by_out[n]) / model.op.streams.rate[n];
  }
}

// J changes by  sum over links  -lambda_i (T_i - mean) dg_i  +  sum over nodes (s dmean + m dout), with s and
// m the adjoints of mean and out, and  mean = a in + b S / C, out = e in + a S / C, S = sum g_i T_i + q, N =
// sum g_i / C.  A link's T_i is that of its cell's centre plus its bulge.
void stream_gradient(const Model& model, const std::vector<double>& u, const std::vector<double>& lambda,
                     Gradient& out) {
  if (model.op.streams.empty()) return;
  const auto& net = model.op.streams;
  const auto& s = model.streams;
  const numerics::StreamMarch march(net);
  const auto worth = march.adjoint(lambda);
  const auto state = stream_state(model, u);
  const std::size_t n_nodes = net.nodes(), nz = std::size_t(model.grid().nz());
  const int nx = model.grid().nx();
  std::vector<double> sum_g(n_nodes, 0.0), by_n(n_nodes, 0.0), by_sum(n_nodes, 0.0);
  for (std::size_t n = 0; n < n_nodes; ++n) {
    for (std::size_t l = net.first[n]; l < net.first[n + 1]; ++l) sum_g[n] += net.g[l];
    const double c = net.rate[n], units = sum_g[n] / c;
    const auto& w = march.weights_of(n);
    const auto slope = numerics::StreamMarch::slopes(units);
    const double sum = (state.mean[n] - w.a * state.in[n]) / w.b;  // S / C
    by_n[n] = worth.by_mean[n] * (slope.a * state.in[n] + slope.b * sum) +
              worth.by_out[n] * (slope.e * state.in[n] + slope.a * sum);
    by_sum[n] = (worth.by_mean[n] * w.b + worth.by_out[n] * w.a) / c;
    const std::size_t layer = std::size_t(s.layer[n]);
    if (std::isfinite(c)) out.coolant_flow[layer] -= by_n[n] * units + by_sum[n] * c * sum;
    if (net.upstream[n] < 0) out.coolant_inlet[layer] += worth.by_mean[n] * w.a + worth.by_out[n] * w.e;
  }
  const auto bulge = [&](std::size_t cell) {
    const std::size_t column = cell / nz;
    return model.bulge(cell, model.area(int(column) % nx, int(column) / nx), model.dz(int(cell % nz)));
  };
  const auto add = [&](std::size_t cell, int axis, double value) {
    out.solid[std::size_t(model.mesh.solid[cell])][std::size_t(axis)] += value;
  };
  for (const WettedFace& f : s.walls) {
    const std::size_t n = std::size_t(f.node);
    const bool flat = f.axis == 2 && f.kind != WettedFace::Kind::volume;
    // dJ per link conductance at a cell, and what a bulge's own dependence on k adds (d falls as 1 / k).
    const auto per_link = [&](std::size_t cell) {
      const double t = u[cell] + (flat ? bulge(cell) : 0);
      return -lambda[cell] * (t - state.mean[n]) + by_n[n] / net.rate[n] + by_sum[n] * t;
    };
    const auto bulge_slope = [&](std::size_t cell, double g) {
      if (flat) add(cell, 2, -g * bulge(cell) * (by_sum[n] - lambda[cell]));
    };
    const double ja = per_link(f.a);
    const std::size_t layer = std::size_t(f.layer);
    if (std::isinf(f.ga)) {
      // gf = A / (1 / h + r), r = c / k: the share of either in the sum.
      const double film = s.flows[layer].h_side * f.area, share = f.gf / film;
      out.coolant_h[layer] += ja * f.gf * share;
      add(f.a, 2, ja * f.gf * (1 - share));
      continue;
    }
    bulge_slope(f.a, f.link_a());
    const double all = f.ga + f.gb + f.gf;
    double jb = 0, jp = 0;
    if (f.b != SIZE_MAX) {
      jb = per_link(f.b);
      bulge_slope(f.b, f.link_b());
      // The faces between cells count the pair as two half cells in series: what they count for
      // conductivities is taken back below.
      jp = -(lambda[f.a] - lambda[f.b]) * (u[f.a] + bulge(f.a) - u[f.b] - bulge(f.b));
    }
    const double la = f.link_a(), lb = f.link_b(), pair = f.pair();
    // d ln of the three products by ln ga, ln gb, ln gf: one for its own factors less the share in the sum.
    const auto by = [&](double own_a, double own_b, double own_p, double share) {
      return ja * la * (own_a - share) + jb * lb * (own_b - share) + jp * pair * (own_p - share);
    };
    add(f.a, f.axis, by(1, 0, 1, f.ga / all));
    out.coolant_h[layer] += by(1, 1, 0, f.gf / all);
    if (f.b == SIZE_MAX) continue;
    const std::size_t column = f.b / nz;
    const double half =
        0.5 * model.dz(int(f.b % nz)) / (model.mesh.kz[f.b] * model.area(int(column) % nx, int(column) / nx));
    add(f.b, 2, by(0, 1, 1, f.gb / all) * f.gb * half);
    add(f.a, 2, -jp * pair * pair / f.ga);
    add(f.b, 2, -jp * pair * pair * half);
  }
}

}  // namespace bondline::thermal::detail
