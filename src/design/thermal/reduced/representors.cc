#include "design/thermal/reduced/representors.h"

#include <Eigen/Dense>
#include <algorithm>

namespace bondline::thermal::detail {
namespace {

using Matrix = Eigen::MatrixXd;
using Eigen::Index;

constexpr double kDual = 1e-9;    // relative residual: only the bound reads representors
constexpr double kLeast = 1e-14;  // of the largest squared norm: below is rounding
constexpr Index kBlock = 1024;    // rows multiplied at once

}  // namespace

Matrix inner(const Eigen::Ref<const Matrix>& a, const Eigen::Ref<const Matrix>& b, base::Pool& pool) {
  const std::size_t chunks = 8;
  const Index each = (a.rows() + Index(chunks) - 1) / Index(chunks);
  std::vector<Matrix> parts(chunks);
  pool.run(chunks, [&](std::size_t c) {
    const Index first = std::min(a.rows(), Index(c) * each), count = std::min(each, a.rows() - first);
    parts[c] = a.middleRows(first, count).transpose() * b.middleRows(first, count);
  });
  for (std::size_t c = 1; c < chunks; ++c) parts[0] += parts[c];
  return parts[0];
}

void subtract(Matrix& x, const Eigen::Ref<const Matrix>& v, const Matrix& m, base::Pool& pool) {
  const std::size_t chunks = std::size_t((x.rows() + kBlock - 1) / kBlock);
  pool.run(chunks, [&](std::size_t c) {
    const Index first = Index(c) * kBlock, count = std::min(kBlock, x.rows() - first);
    x.middleRows(first, count).noalias() -= v.middleRows(first, count) * m;
  });
}

void append(Matrix& m, const Matrix& more) {
  if (m.cols() == 0) {
    m = more;
    return;
  }
  m.conservativeResize(Eigen::NoChange, m.cols() + more.cols());
  m.rightCols(more.cols()) = more;
}

Matrix Representors::apply(const Matrix& x) const {
  Matrix out(x.rows(), x.cols());
  full_.pool().run(std::size_t(x.cols()), [&](std::size_t c) {
    const Index k = Index(c);
    full_.apply(low_, x.col(k).data(), out.col(k).data(), Side::below);
    if (sigma_ > 0)
      for (Index n = 0; n < x.rows(); ++n) out(n, k) += sigma_ * full_.capacity()[std::size_t(n)] * x(n, k);
  });
  return out;
}

void Representors::subtract_basis(Matrix& x) const {
  for (int pass = 0; pass < 2; ++pass)  // twice is enough (Kahan, Parlett)
    if (V_.cols() > 0) subtract(x, V_, inner(V_, apply(x), full_.pool()), full_.pool());
}

void Representors::extend(const Matrix& fresh) {
  Matrix x = fresh;
  for (int pass = 0; sigma_ > 0 && pass < 2; ++pass) {
    subtract_basis(x);
    const Matrix gram = inner(x, apply(x), full_.pool());
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(0.5 * (gram + gram.transpose()));
    const Eigen::VectorXd& square = eigen.eigenvalues();
    const Eigen::VectorXd scale =
        square.cwiseMax(kLeast * square(square.size() - 1)).cwiseSqrt().cwiseInverse();
    x = (x * (eigen.eigenvectors() * scale.asDiagonal())).eval();
  }
  append(V_, x);
  if (phi_.cols() == 0) return;
  const Matrix held = inner(apply(x), phi_, full_.pool());
  subtract(phi_, x, held, full_.pool());
  gram_.noalias() -= held.transpose() * held;
}

void Representors::add(const Matrix& b) {
  solves_ += int(b.cols());
  const Columns solved =
      full_.solve(low_, sigma_, {std::size_t(b.rows()), {b.data(), b.data() + b.size()}}, kDual, Side::below);
  Matrix answer = Eigen::Map<const Matrix>(solved.values.data(), b.rows(), b.cols());
  subtract_basis(answer);
  append(phi_, answer);
  const Index known = gram_.rows(), all = phi_.cols();
  const Matrix more = inner(phi_, apply(answer), full_.pool());
  gram_.conservativeResize(all, all);
  gram_.rightCols(all - known) = more;
  gram_.bottomRows(all - known) = more.transpose();
}

Matrix Representors::root() const {
  const Eigen::LDLT<Matrix> factor(0.5 * (gram_ + gram_.transpose()));
  Matrix upper = Matrix::Identity(gram_.rows(), gram_.cols());
  upper = (factor.transpositionsP() * upper).eval();
  upper = (factor.matrixU() * upper).eval();
  return factor.vectorD().cwiseMax(0.0).cwiseSqrt().asDiagonal() * upper;
}

}  // namespace bondline::thermal::detail
