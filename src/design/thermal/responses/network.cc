#include "design/thermal/responses/network.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace bondline::thermal::detail {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Eigen::Index;

constexpr double kFlowWeight = 0.5;  // of a surface's share of the heat beside a junction's relative rise
constexpr int kMostSteps = 300;
constexpr double kEnough = 1e-6;  // relative fall of the sum of squares
// Beside a junction's own conductance to the ambient: more is a short, which the fit would drive on to
// infinity; less carries nothing.
constexpr double kShort = 1e5, kCarries = 1e-6;

Matrix conductances(const std::vector<CompactNode>& nodes, const std::vector<CompactLink>& links,
                    const std::vector<double>& h) {
  const Index n = Index(nodes.size());
  Matrix L = Matrix::Zero(n, n);
  for (const CompactLink& link : links) {
    L(link.a, link.a) += link.conductance, L(link.b, link.b) += link.conductance;
    L(link.a, link.b) -= link.conductance, L(link.b, link.a) -= link.conductance;
  }
  for (Index k = 0; k < n; ++k) L(k, k) += h[std::size_t(k)] * nodes[std::size_t(k)].area;
  return L;
}

/// Residuals of one truth into r (and their derivatives by ln g into J), from `row` on.
void residuals(const std::vector<CompactNode>& nodes, const std::vector<CompactLink>& links,
               std::size_t junctions, const NetworkTruth& truth, Index& row, Vector& r, Matrix* J) {
  const Matrix X = conductances(nodes, links, truth.h)
                       .llt()
                       .solve(Matrix::Identity(Index(nodes.size()), Index(nodes.size())));
  const std::size_t surfaces = nodes.size() - junctions;
  for (std::size_t j = 0; j < junctions; ++j) {
    const double own = truth.rise[j * junctions + j];
    for (std::size_t q = 0; q < nodes.size(); ++q, ++row) {
      const bool surface = q >= junctions;
      const double scale = surface ? kFlowWeight * truth.h[q] * nodes[q].area : 1 / own;
      const double target = surface ? kFlowWeight * truth.share[j * surfaces + q - junctions]
                                    : truth.rise[j * junctions + q] / own;
      const Index i = Index(q), s = Index(j);
      r(row) = scale * X(i, s) - target;
      if (J == nullptr) continue;
      for (std::size_t l = 0; l < links.size(); ++l) {
        const Index a = links[l].a, b = links[l].b;
        (*J)(row, Index(l)) = -scale * links[l].conductance * (X(a, s) - X(b, s)) * (X(i, a) - X(i, b));
      }
    }
  }
}

}  // namespace

std::vector<double> network_rises(const std::vector<CompactNode>& nodes,
                                  const std::vector<CompactLink>& links, const std::vector<double>& h,
                                  const std::vector<double>& watts) {
  const Vector t =
      conductances(nodes, links, h).llt().solve(Eigen::Map<const Vector>(watts.data(), Index(watts.size())));
  return {t.data(), t.data() + t.size()};
}

NetworkErrors network_errors(const std::vector<CompactNode>& nodes, const std::vector<CompactLink>& links,
                             std::size_t junctions, const NetworkTruth& truth) {
  Vector r(Index(junctions * nodes.size()));
  Index row = 0;
  residuals(nodes, links, junctions, truth, row, r, nullptr);
  NetworkErrors out;
  for (Index n = 0; n < r.size(); ++n) {
    const bool surface = std::size_t(n) % nodes.size() >= junctions;
    double& worst = surface ? out.flow : out.junction;
    const double error = std::abs(r(n)) / (surface ? kFlowWeight : 1);
    if (!(error <= worst)) worst = error;  // also where it is no number
  }
  return out;
}

std::vector<CompactLink> fit_network(const std::vector<CompactNode>& nodes, std::size_t junctions,
                                     const std::vector<NetworkTruth>& truths) {
  std::vector<CompactLink> links;
  double own = 0;
  for (const NetworkTruth& truth : truths) own = std::max(own, 1 / truth.rise[0]);
  for (int a = 0; a < int(nodes.size()); ++a)
    for (int b = a + 1; b < int(nodes.size()); ++b) links.push_back({a, b, own / double(nodes.size())});
  const Index rows = Index(truths.size() * junctions * nodes.size());
  const auto all = [&](const std::vector<CompactLink>& with, Matrix* J) {
    Vector r(rows);
    if (J != nullptr) J->resize(rows, Index(with.size()));
    Index row = 0;
    for (const NetworkTruth& truth : truths) residuals(nodes, with, junctions, truth, row, r, J);
    return r;
  };
  Matrix J;
  Vector r = all(links, &J);
  double damping = 1e-2;
  for (int step = 0; step < kMostSteps && damping < 1e12;) {
    const Index columns = Index(links.size());
    Matrix H = Matrix::Zero(columns, columns);
    H.selfadjointView<Eigen::Lower>().rankUpdate(J.transpose());
    const Vector slope = J.transpose() * r, diagonal = H.diagonal();
    const double before = r.squaredNorm();
    double after = before;
    for (; !(after < before) && step < kMostSteps && damping < 1e12; ++step) {
      Matrix damped = H;
      damped.diagonal().array() += damping * (diagonal.array() + 1e-9 * diagonal.maxCoeff());
      const Vector move = -damped.selfadjointView<Eigen::Lower>().llt().solve(slope);
      std::vector<CompactLink> next = links;
      for (Index l = 0; l < columns; ++l) {
        double& g = next[std::size_t(l)].conductance;
        g = std::min(kShort * own, g * std::exp(std::clamp(move(l), -2.0, 2.0)));
      }
      after = all(next, nullptr).squaredNorm();
      if (after < before)
        links = std::move(next);
      else
        damping *= 4;
    }
    if (!(after < before)) break;
    std::erase_if(links, [&](const CompactLink& link) { return link.conductance < kCarries * own; });
    r = all(links, &J);
    damping = std::max(1e-9, damping / 3);
    if (before - after < kEnough * before) break;
  }
  return links;
}

}  // namespace bondline::thermal::detail
