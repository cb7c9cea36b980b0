#include "numerics/state_space/modal_model.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>

namespace bondline::numerics {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kSymmetric = 1e-12;  // of A's norm: rounding of what made it
constexpr double kAtOnce = 1e-13;     // of the longest time constant
constexpr double kApart = 1e-9;       // inverse condition of modes that can still be told apart

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
  const Eigen::Map<const Matrix> A(m.A.data(), n, n);
  if ((A - A.transpose()).norm() <= kSymmetric * A.norm())
    decouple(m);
  else
    decouple_skewed(m);
}

void ModalModel::decouple(const StateSpace& m) {
  const auto n = Eigen::Index(states_), p = Eigen::Index(inputs_), q = Eigen::Index(outputs_);
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

// In coordinates where A's symmetric part is one and E diagonal, y = sqrt(E) z obeys N y' + y = sqrt(E) A^-1
// B u, N = sqrt(E) A^-1 sqrt(E). x*Nx lies in the right half plane for every x, hence N's eigenvalues do, and
// their inverses, the rates.
void ModalModel::decouple_skewed(const StateSpace& m) {
  const auto n = Eigen::Index(states_), p = Eigen::Index(inputs_), q = Eigen::Index(outputs_);
  using Column = Eigen::MatrixXd;
  const Column A = Eigen::Map<const Matrix>(m.A.data(), n, n), E = Eigen::Map<const Matrix>(m.E.data(), n, n);
  const Eigen::LLT<Column> even(0.5 * (A + A.transpose()));
  if (even.info() != Eigen::Success) {
    problem_ = "A is not positive definite: the model has no steady state";
    return;
  }
  const Eigen::GeneralizedSelfAdjointEigenSolver<Column> frame(0.5 * (E + E.transpose()),
                                                               0.5 * (A + A.transpose()));
  const double largest = frame.info() == Eigen::Success ? frame.eigenvalues().cwiseAbs().maxCoeff() : 0;
  if (!(largest > 0) || frame.eigenvalues()(0) < -1e-9 * largest) {
    problem_ = largest > 0 ? "a state would grow without end: E has a negative eigenvalue"
                           : "the time constants could not be found";
    return;
  }
  const Eigen::VectorXd root = frame.eigenvalues().cwiseMax(kAtOnce * largest).cwiseSqrt();
  const Column& M = frame.eigenvectors();
  const Eigen::PartialPivLU<Column> factor(M.transpose() * A * M);
  const Eigen::EigenSolver<Column> eigen(root.asDiagonal() * factor.solve(Column(root.asDiagonal())));
  const Eigen::MatrixXcd Y = eigen.eigenvectors();
  const Eigen::PartialPivLU<Eigen::MatrixXcd> inverse(Y);
  if (eigen.info() != Eigen::Success || !(inverse.rcond() > kApart)) {
    problem_ = "its modes run together";
    return;
  }
  const Column held =
      root.asDiagonal() * factor.solve(Column(M.transpose() * Eigen::Map<const Matrix>(m.B.data(), n, p)));
  const Eigen::MatrixXcd drive = inverse.solve(held.cast<std::complex<double>>());
  const Column seen = Eigen::Map<const Matrix>(m.C.data(), q, n) * M * root.cwiseInverse().asDiagonal();
  const Eigen::MatrixXcd read = seen.cast<std::complex<double>>() * Y;
  // One entry per real mode and per pair (its upper one).
  std::vector<std::pair<double, Eigen::Index>> order;
  std::vector<double> turn(std::size_t(n), 0.0);
  for (Eigen::Index k = 0; k < n; ++k) {
    const std::complex<double> tau = eigen.eigenvalues()(k);
    if (tau.imag() < 0) continue;
    const bool fades = tau.real() > kAtOnce * largest;
    const std::complex<double> rate = fades ? 1.0 / tau : 0.0;
    turn[std::size_t(k)] = rate.imag();
    order.emplace_back(fades ? 1 / rate.real() : 0.0, k);
  }
  std::sort(order.begin(), order.end());
  Matrix drives(p, n), reads(n, q);
  Eigen::Index at = 0;
  for (const auto& [tau, k] : order) {
    const bool pair = eigen.eigenvalues()(k).imag() > 0;
    drives.col(at) = drive.row(k).real().transpose();
    reads.row(at) = (pair ? 2.0 : 1.0) * read.col(k).real().transpose();
    taus_.push_back(tau);
    turns_.push_back(turn[std::size_t(k)]);
    ++at;
    if (!pair) continue;
    drives.col(at) = drive.row(k).imag().transpose();
    reads.row(at) = -2 * read.col(k).imag().transpose();
    taus_.push_back(tau);
    turns_.push_back(-turn[std::size_t(k)]);
    ++at;
  }
  store(drives, drive_);
  store(reads, read_);
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
  const auto& turns = model.turns();
  for (std::size_t k = 0; k + 1 < turns.size(); ++k) {
    if (turns[k] == 0) continue;
    const std::complex<double> decay = std::polar(std::exp(-dt / model.time_constants()[k]), -turns[k] * dt);
    const std::complex<double> gain = 1.0 - decay;
    pairs_.push_back({k, decay.real(), decay.imag(), gain.real(), gain.imag()});
    decay_[k] = decay_[k + 1] = 0;  // the step's plain loop then takes over what the pairs' loop left
    gain_[k] = gain_[k + 1] = 1;
    ++k;
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
  for (const Pair& pair : pairs_) {  // what they become stands in `work_` until the loop below
    double &re = z_[pair.first], &im = z_[pair.first + 1], &to_re = work_[pair.first],
           &to_im = work_[pair.first + 1];
    const double a = pair.decay_re * re - pair.decay_im * im + pair.gain_re * to_re - pair.gain_im * to_im;
    const double b = pair.decay_re * im + pair.decay_im * re + pair.gain_re * to_im + pair.gain_im * to_re;
    to_re = a;
    to_im = b;
  }
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
