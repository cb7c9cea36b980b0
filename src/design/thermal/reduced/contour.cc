#include "design/thermal/reduced/contour.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace bondline::thermal::detail {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Eigen::Index;

constexpr double kAngle = std::numbers::pi / 6;  // the path ends at 120 degrees
constexpr double kScale = 1;                     // m: the path meets the real axis at (m / 2) / t
constexpr double kSpacing = 0.35;     // exp(-2 pi 0.52 / 0.35) = 1e-4 off (strip of half width pi/6)
constexpr double kTail = 16;          // where exp(s t) < 1e-7 of its size at x = 0
constexpr double kQuadrature = 1.02;  // the above, and the kink of the larger of two exponentials at Re s = 0
constexpr double kAtOnce = 1e-10;     // of the shortest step

/// s = m (1 + sin(i x - angle)) / from - shift, for x >= 0; `inverse` bounds (A + s C)^-1 on it.
Contour path(double from, double to, double shift, double inverse) {
  Contour out;
  out.from = from;
  out.to = to;
  const double sine = std::sin(kAngle), cosine = std::cos(kAngle), size = kScale / from;
  const int count = int(std::ceil(std::acosh((kTail / kScale + 1) / sine) / kSpacing)) + 1;
  double sum = 0;
  for (int n = 0; n < count; ++n) {
    const double x = n * kSpacing, cosh = std::cosh(x);
    const std::complex<double> s(size * (1 - sine * cosh) - shift, size * cosine * std::sinh(x));
    const double length = size * std::sqrt(cosh * cosh - sine * sine) * kSpacing * (n == 0 ? 0.5 : 1.0);
    // int exp(s t) .. with t anywhere between: the larger end.
    const double grown = std::exp(std::max(s.real() * from, s.real() * to));
    out.at.push_back(s);
    out.weight.push_back(kQuadrature / std::numbers::pi * inverse * grown * length / std::abs(s));
    sum += out.weight.back();
  }
  out.whole = std::sqrt(sum);
  return out;
}

/// s tau / (1 + s tau) of every state, times the root of the weight; two columns per point.
Matrix shares(const ModalResiduals& m, const Contour& c) {
  Matrix out(Index(m.states), Index(2 * c.at.size()));
  for (std::size_t j = 0; j < c.at.size(); ++j) {
    const double root = std::sqrt(c.weight[j]);
    for (std::size_t k = 0; k < m.states; ++k) {
      const std::complex<double> st = c.at[j] * m.tau[k], share = root * st / (1.0 + st);
      out(Index(k), Index(2 * j)) = share.real();
      out(Index(k), Index(2 * j + 1)) = share.imag();
    }
  }
  return out;
}

}  // namespace

std::vector<Contour> contours(double a, double shortest) {
  // (A + s C)^-1: |1 + s mu| >= cos(angle) for every mu >= 0 where |arg s| <= 90 degrees + angle.
  const double outside = 1 / std::cos(kAngle), step = std::sqrt(2.0);
  std::vector<Contour> out;
  // Paths that fade meet the real axis at -a/2: s = w - shift with w as above, shift = a/2 + (m/2)/t, and
  // rates l >= a give |l + s| >= (l - shift) cos(angle), l / (l - shift) <= a / (a - shift).
  const double settled = 2 * kScale / a, last = 8 / a;
  double t = shortest;
  for (; t < settled; t *= step) out.push_back(path(t, std::min(t * step, settled), 0, outside));
  for (t = std::max(shortest, settled);; t *= step) {
    const double shift = a / 2 + kScale * (1 - std::sin(kAngle)) / t;
    const bool end = t >= last;
    out.push_back(path(t, end ? t : t * step, shift, outside * a / (a - shift)));
    out.back().late = true;
    if (end) return out;
  }
}

ModalResiduals decoupled(const ReducedResiduals& given, std::vector<double> floor, double shortest) {
  using Given = Eigen::Map<const Matrix>;
  const Index n = Index(given.states), ports = Index(given.ports), rank = Index(given.rank);
  const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix> eigen(Given(given.E, n, n), Given(given.A, n, n));
  const Matrix& modes = eigen.eigenvectors();
  const Vector tau = eigen.eigenvalues().cwiseMax(kAtOnce * shortest);
  const Matrix drive = modes.transpose() * Given(given.port, n, ports);
  const Matrix of_film = Given(given.film, rank, n) * modes, lasting = of_film * drive;
  const Matrix moving = Given(given.rate, rank, n) * modes * tau.cwiseInverse().asDiagonal() - of_film;
  Matrix gram = moving.transpose() * moving, cross = moving.transpose() * lasting;
  Vector square = lasting.colwise().squaredNorm();
  const Matrix spare = modes.transpose() * Given(given.spare, n, n) * modes, of_spare = spare * drive;
  gram += spare;
  cross -= of_spare;
  square += drive.cwiseProduct(of_spare).colwise().sum().transpose();
  const auto plain = [](const auto& m) { return std::vector<double>(m.data(), m.data() + m.size()); };
  return {given.states, given.ports,  plain(tau),    plain(drive),
          plain(gram),  plain(cross), plain(square), std::move(floor)};
}

std::vector<double> contour_norms(const ModalResiduals& m, const std::vector<Contour>& contours,
                                  base::Pool& pool) {
  const Index n = Index(m.states), ports = Index(m.ports);
  const Eigen::Map<const Matrix> drive(m.drive.data(), n, ports), gram(m.gram.data(), n, n),
      cross(m.cross.data(), n, ports);
  const Matrix joint = 2 * drive.cwiseProduct(cross);
  std::vector<double> out(m.ports * contours.size());
  pool.run(contours.size(), [&](std::size_t c) {
    const Contour& contour = contours[c];
    const Matrix share = shares(m, contour);
    Vector mean = Vector::Zero(n);
    double weights = 0;
    for (std::size_t j = 0; j < contour.at.size(); ++j) {
      mean += std::sqrt(contour.weight[j]) * share.col(Index(2 * j));
      weights += contour.weight[j];
    }
    const Matrix product = gram.cwiseProduct(share * share.transpose());
    const Vector moving = drive.cwiseProduct(product * drive).colwise().sum();
    const Vector mixed = joint.transpose() * mean;
    for (Index g = 0; g < ports; ++g) {
      const double square = m.square[std::size_t(g)] * weights + mixed(g) + moving(g);
      out[c * m.ports + std::size_t(g)] =
          std::sqrt(std::max(0.0, square)) + m.floor[std::size_t(g)] * contour.whole;
    }
  });
  return out;
}

std::vector<double> squares_at(const ModalResiduals& m, const std::vector<double>& shifts) {
  const Index n = Index(m.states), ports = Index(m.ports);
  const Eigen::Map<const Matrix> drive(m.drive.data(), n, ports), gram(m.gram.data(), n, n),
      cross(m.cross.data(), n, ports);
  std::vector<double> out;
  for (const double s : shifts) {
    Matrix z = drive;
    for (Index k = 0; k < n; ++k) {
      const double st = s * m.tau[std::size_t(k)];
      z.row(k) *= st / (1 + st);
    }
    const Vector moving = z.cwiseProduct(gram * z + 2 * cross).colwise().sum();
    for (Index g = 0; g < ports; ++g) out.push_back(std::max(0.0, m.square[std::size_t(g)] + moving(g)));
  }
  return out;
}

}  // namespace bondline::thermal::detail
