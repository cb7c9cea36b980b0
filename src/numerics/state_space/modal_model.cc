#include "numerics/state_space/modal_model.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace bondline::numerics {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

std::string shape_problem(const StateSpace& m) {
  if (m.states < 0 || m.inputs < 0 || m.outputs < 0) return "a size is negative";
  const std::size_t n = std::size_t(m.states), p = std::size_t(m.inputs), q = std::size_t(m.outputs);
  if (m.E.size() != n * n || m.A.size() != n * n || m.B.size() != n * p || m.C.size() != q * n ||
      !(m.D.empty() || m.D.size() == q * p))
    return "the sizes of the matrices do not fit";
  for (const auto* matrix : {&m.E, &m.A, &m.B, &m.C, &m.D})
    if (!all_finite(*matrix)) return "a matrix holds a number that is not finite";
  return "";
}

void store(const Matrix& m, std::vector<double>& out) {
  out.assign(m.data(), m.data() + m.size());
}

/// y += M x, M with one contiguous row of n values per x.
void add_rows(const double* matrix, const double* x, std::size_t rows, double* y, std::size_t n) {
  std::size_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const double a = x[r], b = x[r + 1], c = x[r + 2], d = x[r + 3];
    const double *pa = matrix + r * n, *pb = pa + n, *pc = pb + n, *pd = pc + n;
    for (std::size_t i = 0; i < n; ++i) y[i] += (a * pa[i] + b * pb[i]) + (c * pc[i] + d * pd[i]);
  }
  for (; r < rows; ++r) {
    const double* p = matrix + r * n;
    for (std::size_t i = 0; i < n; ++i) y[i] += x[r] * p[i];
  }
}

}  // namespace

ModalModel::ModalModel(const StateSpace& m)
    : states_(m.states), inputs_(m.inputs), outputs_(m.outputs), problem_(shape_problem(m)) {
  if (!problem_.empty()) return;
  const auto n = Eigen::Index(states_), p = Eigen::Index(inputs_), q = Eigen::Index(outputs_);
  direct_.assign(std::size_t(inputs_) * std::size_t(outputs_), 0.0);
  if (!m.D.empty()) store(Eigen::Map<const Matrix>(m.D.data(), q, p).transpose(), direct_);
  if (n == 0) return;
  Matrix E = Eigen::Map<const Matrix>(m.E.data(), n, n), A = Eigen::Map<const Matrix>(m.A.data(), n, n);
  E = (0.5 * (E + E.transpose())).eval();
  A = (0.5 * (A + A.transpose())).eval();
  const Eigen::LLT<Matrix> factor(A);
  if (factor.info() != Eigen::Success) {
    problem_ = "A is not positive definite: the model has no steady state";
    return;
  }
  Matrix S = factor.matrixL().solve(E);
  S = factor.matrixL().solve(S.transpose().eval());
  S = (0.5 * (S + S.transpose())).eval();
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(S);
  if (eigen.info() != Eigen::Success) {
    problem_ = "the time constants could not be found";
    return;
  }
  Eigen::VectorXd taus = eigen.eigenvalues();
  const double largest = std::max(std::abs(taus(0)), std::abs(taus(n - 1)));
  if (taus(0) < -1e-9 * largest) {
    problem_ = "a state would grow without end: E has a negative eigenvalue";
    return;
  }
  taus = taus.cwiseMax(0.0);
  taus_.assign(taus.data(), taus.data() + n);
  const Matrix V = factor.matrixU().solve(Matrix(eigen.eigenvectors()));
  store(V.transpose(), vectors_);
  store((V.transpose() * Eigen::Map<const Matrix>(m.B.data(), n, p)).transpose(), drive_);
  store((Eigen::Map<const Matrix>(m.C.data(), q, n) * V).transpose(), read_);
}

ModalStepper::ModalStepper(const ModalModel& model, double dt)
    : states_(model.states()),
      inputs_(model.inputs()),
      outputs_(model.outputs()),
      dt_(dt),
      drive_(model.drive()),
      read_(model.read()),
      direct_(model.direct()),
      z_(std::size_t(model.states()), 0.0),
      work_(std::size_t(model.states()), 0.0) {
  for (const double tau : model.time_constants()) {
    decay_.push_back(tau > 0 ? std::exp(-dt / tau) : 0.0);
    gain_.push_back(tau > 0 ? -std::expm1(-dt / tau) : 1.0);
  }
}

void ModalStepper::reset() {
  std::fill(z_.begin(), z_.end(), 0.0);
}

void ModalStepper::settle(std::span<const double> u) {
  reset();
  add_rows(drive_.data(), u.data(), std::size_t(inputs_), z_.data(), z_.size());
}

void ModalStepper::step(std::span<const double> u, std::span<double> y) {
  std::fill(work_.begin(), work_.end(), 0.0);
  add_rows(drive_.data(), u.data(), std::size_t(inputs_), work_.data(), work_.size());
  for (std::size_t k = 0; k < z_.size(); ++k) z_[k] = decay_[k] * z_[k] + gain_[k] * work_[k];
  outputs(u, y);
}

void ModalStepper::outputs(std::span<const double> u, std::span<double> y) const {
  const std::size_t n = std::size_t(outputs_);
  std::fill(y.begin(), y.begin() + std::ptrdiff_t(n), 0.0);
  add_rows(read_.data(), z_.data(), z_.size(), y.data(), n);
  add_rows(direct_.data(), u.data(), std::size_t(inputs_), y.data(), n);
}

}  // namespace bondline::numerics
