#include "design/thermal/reduced/modal_residuals.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/diagnostic.h"

namespace bondline::thermal::detail {
namespace {

using Eigen::Index;
using Complex = std::complex<double>;
template <class T>
using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
using Matrix = Dense<double>;
using Vector = Eigen::VectorXd;
using Given = Eigen::Map<const Matrix>;

constexpr double kAtOnce = 1e-10;  // of the shortest step
constexpr double kMost = 1e8;      // condition of modes: what rounding then leaves is below the floor

template <class M>
auto plain(const M& m) {
  return std::vector<typename M::Scalar>(m.data(), m.data() + m.size());
}

/// s tau / (1 + s tau) of every state times the root of the weight. Real modes: two columns per point.
Matrix shares(const ModalResiduals<double>& m, const Contour& c, const std::vector<double>& weight) {
  Matrix out(Index(m.states), Index(2 * c.at.size()));
  for (std::size_t j = 0; j < c.at.size(); ++j) {
    const double root = std::sqrt(weight[j]);
    for (std::size_t k = 0; k < m.states; ++k) {
      const Complex st = c.at[j] * m.tau[k], share = root * st / (1.0 + st);
      out(Index(k), Index(2 * j)) = share.real();
      out(Index(k), Index(2 * j + 1)) = share.imag();
    }
  }
  return out;
}
/// The same for complex modes: one column per point, and their sum with the roots of the weights.
Dense<Complex> shares(const ModalResiduals<Complex>& m, const Contour& c, const std::vector<double>& weight) {
  Dense<Complex> out(Index(m.states), Index(c.at.size()));
  for (std::size_t j = 0; j < c.at.size(); ++j)
    for (std::size_t k = 0; k < m.states; ++k) {
      const Complex st = c.at[j] * m.tau[k];
      out(Index(k), Index(j)) = std::sqrt(weight[j]) * st / (1.0 + st);
    }
  return out;
}

/// sum_j weight_j |r_g(s_j)|^2 of every port.
template <class T>
Vector sums(const ModalResiduals<T>& m, const Contour& contour, const std::vector<double>& weight) {
  const Index n = Index(m.states), ports = Index(m.ports);
  const Eigen::Map<const Dense<T>> drive(m.drive.data(), n, ports), gram(m.gram.data(), n, n),
      cross(m.cross.data(), n, ports);
  const Dense<T> share = shares(m, contour, weight);
  constexpr Index each = std::is_same_v<T, double> ? 2 : 1;
  Eigen::Matrix<T, Eigen::Dynamic, 1> mean = Eigen::Matrix<T, Eigen::Dynamic, 1>::Zero(n);
  double weights = 0;
  for (std::size_t j = 0; j < contour.at.size(); ++j) {
    mean += std::sqrt(weight[j]) * share.col(each * Index(j));
    weights += weight[j];
  }
  Dense<T> product = Dense<T>::Zero(n, n);  // Hermitian: its lower half is enough
  product.template selfadjointView<Eigen::Lower>().rankUpdate(share);
  product = gram.cwiseProduct(product.conjugate()).eval();
  const Dense<T> driven = product.template selfadjointView<Eigen::Lower>() * drive;
  const Vector moving = drive.conjugate().cwiseProduct(driven).real().colwise().sum();
  const Vector mixed = 2 * (drive.cwiseProduct(cross.conjugate()).transpose() * mean).real();
  return weights * Eigen::Map<const Vector>(m.square.data(), ports) + mixed + moving;
}

template <class T>
Vector squares_of(const ModalResiduals<T>& m, double s) {
  const Index n = Index(m.states), ports = Index(m.ports);
  const Eigen::Map<const Dense<T>> drive(m.drive.data(), n, ports), gram(m.gram.data(), n, n),
      cross(m.cross.data(), n, ports);
  Dense<T> z = drive;
  for (Index k = 0; k < n; ++k) {
    const T st = s * m.tau[std::size_t(k)];
    z.row(k) *= st / (1.0 + st);
  }
  const Vector moving = z.conjugate().cwiseProduct(gram * z + 2.0 * cross).real().colwise().sum();
  return (Eigen::Map<const Vector>(m.square.data(), ports) + moving).cwiseMax(0.0);
}

bool directed(const PortResiduals& r) {
  return !r.of_forward.empty() || !r.of_backward.empty();
}

}  // namespace

Modes<double> modes_of(std::size_t states, std::size_t count, const double* E, const double* A,
                       const double* port, double shortest) {
  const Index n = Index(states), ports = Index(count);
  const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix> eigen(Given(E, n, n), Given(A, n, n));
  const Matrix& modes = eigen.eigenvectors();
  const Vector tau = eigen.eigenvalues().cwiseMax(kAtOnce * shortest);
  return {states, count, plain(tau), plain(modes), plain(Matrix(modes.transpose() * Given(port, n, ports)))};
}

Modes<Complex> directed_modes_of(std::size_t states, std::size_t count, const double* given_E,
                                 const double* given_A, const double* given_port, double shortest) {
  const Index n = Index(states), ports = Index(count);
  const Given E(given_E, n, n), A(given_A, n, n), port(given_port, n, ports);
  // In coordinates where A's symmetric part is one and E diagonal, y = sqrt(E) z turns E z' + A z = b into
  // N y' + y = .., N = sqrt(E) A^-1 sqrt(E): as little of its own scale is lost as can be.
  const Matrix even = 0.5 * (A + A.transpose());
  const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix> frame(E, even);
  const Matrix& M = frame.eigenvectors();
  const Vector root = frame.eigenvalues().cwiseMax(kAtOnce * shortest).cwiseSqrt();
  const Eigen::PartialPivLU<Matrix> factor(M.transpose() * A * M);
  const Matrix N = root.asDiagonal() * factor.solve(Matrix(root.asDiagonal()));
  const Eigen::EigenSolver<Matrix> eigen(N);
  const Dense<Complex> Y = eigen.eigenvectors();
  const Eigen::PartialPivLU<Dense<Complex>> inverse(Y);
  if (eigen.info() != Eigen::Success || !(inverse.rcond() > 1 / kMost))
    throw base::Error("the modes of the reduced model run together along the streams",
                      "ask for another number of states (--states) or cells (--cells)");
  Eigen::VectorXcd tau = eigen.eigenvalues();
  for (Index k = 0; k < n; ++k)
    if (!(std::abs(tau(k)) > kAtOnce * shortest && tau(k).real() > 0)) tau(k) = kAtOnce * shortest;
  const Matrix steady = root.asDiagonal() * factor.solve(M.transpose() * port);
  const Dense<Complex> mode = Matrix(M * root.cwiseInverse().asDiagonal()).cast<Complex>() * Y;
  return {states, count, plain(tau), plain(mode),
          plain(Dense<Complex>(inverse.solve(steady.cast<Complex>())))};
}

template <class T>
ModalResiduals<T> in_modes(const Modes<T>& given_modes, const ReducedResiduals& given) {
  const Index n = Index(given_modes.states), ports = Index(given_modes.ports), rank = Index(given.rank);
  const Eigen::Map<const Dense<T>> modes(given_modes.mode.data(), n, n),
      drive(given_modes.drive.data(), n, ports);
  const Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>> tau(given_modes.tau.data(), n);
  // What stays: film z(0), and flow (z(0) - exact), which is nothing at the lowest films.
  Dense<T> of_all = Given(given.film, rank, n) * modes, lasting = of_all * drive;
  if (given.flow) {
    const Given flow(given.flow, rank, n);
    of_all += flow * modes;
    const Dense<T> off = modes * drive - Given(given.exact, n, ports).template cast<T>();
    lasting += flow * off;
  }
  const Dense<T> moving = Given(given.rate, rank, n) * modes * tau.cwiseInverse().asDiagonal() - of_all;
  Dense<T> gram = moving.adjoint() * moving, cross = moving.adjoint() * lasting;
  Vector square = lasting.colwise().squaredNorm();
  const Dense<T> spare = modes.adjoint() * Given(given.spare, n, n) * modes, of_spare = spare * drive;
  gram += spare;
  cross -= of_spare;
  square += drive.conjugate().cwiseProduct(of_spare).real().colwise().sum().transpose();
  return {given_modes.states, given_modes.ports, given_modes.tau, given_modes.drive,
          plain(gram),        plain(cross),      plain(square)};
}
template ModalResiduals<double> in_modes(const Modes<double>&, const ReducedResiduals&);
template ModalResiduals<Complex> in_modes(const Modes<Complex>&, const ReducedResiduals&);

std::vector<double> contour_norms(const PortResiduals& r, const std::vector<Contour>& contours,
                                  std::size_t norm, base::Pool& pool) {
  std::vector<double> out(r.ports * contours.size(), std::numeric_limits<double>::infinity());
  pool.run(contours.size(), [&](std::size_t c) {
    const std::vector<double>& weight = contours[c].weight[norm];
    if (weight.empty()) return;
    const auto put = [&](std::size_t g, double square) {
      out[c * r.ports + g] = std::sqrt(std::max(0.0, square)) + r.floor[g] * contours[c].whole[norm];
    };
    if (!directed(r)) {
      const Vector all = sums(r.symmetric, contours[c], weight);
      for (std::size_t g = 0; g < r.ports; ++g) put(g, all(Index(g)));
      return;
    }
    const Vector forward = sums(r.forward, contours[c], weight),
                 backward = sums(r.backward, contours[c], weight);
    for (std::size_t g = 0; g < r.of_forward.size(); ++g) put(r.of_forward[g], forward(Index(g)));
    for (std::size_t g = 0; g < r.of_backward.size(); ++g) put(r.of_backward[g], backward(Index(g)));
  });
  return out;
}

std::vector<double> squares_at(const PortResiduals& r, const std::vector<double>& shifts) {
  std::vector<double> out(r.ports * shifts.size());
  for (std::size_t k = 0; k < shifts.size(); ++k) {
    double* at = out.data() + k * r.ports;
    if (!directed(r)) {
      const Vector all = squares_of(r.symmetric, shifts[k]);
      for (std::size_t g = 0; g < r.ports; ++g) at[g] = all(Index(g));
      continue;
    }
    const Vector forward = squares_of(r.forward, shifts[k]), backward = squares_of(r.backward, shifts[k]);
    for (std::size_t g = 0; g < r.of_forward.size(); ++g) at[r.of_forward[g]] = forward(Index(g));
    for (std::size_t g = 0; g < r.of_backward.size(); ++g) at[r.of_backward[g]] = backward(Index(g));
  }
  return out;
}

}  // namespace bondline::thermal::detail
