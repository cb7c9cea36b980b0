#include "design/thermal/reduced/modal_residuals.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

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

/// Residuals from the modes (columns of z), their time constants and each port's share of them.
template <class T>
ModalResiduals<T> of_modes(const ReducedResiduals& given, const Dense<T>& modes,
                           const Eigen::Matrix<T, Eigen::Dynamic, 1>& tau, const Dense<T>& drive,
                           const Matrix& held) {
  const Index n = Index(given.states), rank = Index(given.rank);
  Matrix film = Given(given.film, rank, n);
  if (given.flow) film += Given(given.flow, rank, n);
  const Dense<T> of_film = film * modes;
  // What stays: film z(0) less what the exact answers hold of it.
  const Dense<T> lasting = (Given(given.film, rank, n) * modes * drive + held.template cast<T>()).eval();
  const Dense<T> moving = Given(given.rate, rank, n) * modes * tau.cwiseInverse().asDiagonal() - of_film;
  Dense<T> gram = moving.adjoint() * moving, cross = moving.adjoint() * lasting;
  Vector square = lasting.colwise().squaredNorm();
  const Dense<T> spare = modes.adjoint() * Given(given.spare, n, n) * modes, of_spare = spare * drive;
  gram += spare;
  cross -= of_spare;
  square += drive.conjugate().cwiseProduct(of_spare).real().colwise().sum().transpose();
  return {given.states, given.ports, plain(tau), plain(drive), plain(gram), plain(cross), plain(square)};
}

/// s tau / (1 + s tau) of every state times the root of the weight. Real modes: two columns per point.
Matrix shares(const ModalResiduals<double>& m, const Contour& c) {
  Matrix out(Index(m.states), Index(2 * c.at.size()));
  for (std::size_t j = 0; j < c.at.size(); ++j) {
    const double root = std::sqrt(c.weight[j]);
    for (std::size_t k = 0; k < m.states; ++k) {
      const Complex st = c.at[j] * m.tau[k], share = root * st / (1.0 + st);
      out(Index(k), Index(2 * j)) = share.real();
      out(Index(k), Index(2 * j + 1)) = share.imag();
    }
  }
  return out;
}
/// The same for complex modes: one column per point, and their sum with the roots of the weights.
Dense<Complex> shares(const ModalResiduals<Complex>& m, const Contour& c) {
  Dense<Complex> out(Index(m.states), Index(c.at.size()));
  for (std::size_t j = 0; j < c.at.size(); ++j)
    for (std::size_t k = 0; k < m.states; ++k) {
      const Complex st = c.at[j] * m.tau[k];
      out(Index(k), Index(j)) = std::sqrt(c.weight[j]) * st / (1.0 + st);
    }
  return out;
}

/// sum_j weight_j |r_g(s_j)|^2 of every port.
template <class T>
Vector sums(const ModalResiduals<T>& m, const Contour& contour) {
  const Index n = Index(m.states), ports = Index(m.ports);
  const Eigen::Map<const Dense<T>> drive(m.drive.data(), n, ports), gram(m.gram.data(), n, n),
      cross(m.cross.data(), n, ports);
  const Dense<T> share = shares(m, contour);
  constexpr Index each = std::is_same_v<T, double> ? 2 : 1;
  Eigen::Matrix<T, Eigen::Dynamic, 1> mean = Eigen::Matrix<T, Eigen::Dynamic, 1>::Zero(n);
  double weights = 0;
  for (std::size_t j = 0; j < contour.at.size(); ++j) {
    mean += std::sqrt(contour.weight[j]) * share.col(each * Index(j));
    weights += contour.weight[j];
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

ModalResiduals<double> decoupled(const ReducedResiduals& given, double shortest) {
  const Index n = Index(given.states), ports = Index(given.ports);
  const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix> eigen(Given(given.E, n, n), Given(given.A, n, n));
  const Matrix& modes = eigen.eigenvectors();
  const Vector tau = eigen.eigenvalues().cwiseMax(kAtOnce * shortest);
  const Matrix drive = modes.transpose() * Given(given.port, n, ports);
  return of_modes<double>(given, modes, tau, drive, Matrix::Zero(Index(given.rank), ports));
}

ModalResiduals<Complex> decoupled_directed(const ReducedResiduals& given, double shortest) {
  const Index n = Index(given.states), ports = Index(given.ports);
  const Given E(given.E, n, n), A(given.A, n, n), port(given.port, n, ports);
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
  const Dense<Complex> modes = M * (root.cwiseInverse().asDiagonal() * Y);
  const Matrix steady = factor.solve(M.transpose() * port);
  const Dense<Complex> drive = inverse.solve((root.asDiagonal() * steady).cast<Complex>());
  // flow (z(0) - exact): nothing at the lowest films.
  const Matrix held = Given(given.flow, Index(given.rank), n) * (M * steady - Given(given.exact, n, ports));
  return of_modes<Complex>(given, modes, tau, drive, held);
}

std::vector<double> contour_norms(const PortResiduals& r, const std::vector<Contour>& contours,
                                  base::Pool& pool) {
  std::vector<double> out(r.ports * contours.size());
  pool.run(contours.size(), [&](std::size_t c) {
    const auto put = [&](std::size_t g, double square) {
      out[c * r.ports + g] = std::sqrt(std::max(0.0, square)) + r.floor[g] * contours[c].whole;
    };
    if (!directed(r)) {
      const Vector all = sums(r.symmetric, contours[c]);
      for (std::size_t g = 0; g < r.ports; ++g) put(g, all(Index(g)));
      return;
    }
    const Vector forward = sums(r.forward, contours[c]), backward = sums(r.backward, contours[c]);
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
