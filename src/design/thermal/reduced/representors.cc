#include "design/thermal/reduced/representors.h"

#include <Eigen/Dense>
#include <algorithm>

namespace bondline::thermal::detail {
namespace {

using Matrix = Eigen::MatrixXd;
using Given = Eigen::Map<const Matrix>;
using Eigen::Index;

constexpr double kDual = 1e-9;    // relative residual: only the bound reads representors
constexpr double kLeast = 1e-14;  // of the largest squared norm: below is rounding
constexpr Index kBlock = 1024;    // rows multiplied at once

void append(Matrix& m, const Matrix& more) {
  if (m.cols() == 0) {
    m = more;
    return;
  }
  m.conservativeResize(Eigen::NoChange, m.cols() + more.cols());
  m.rightCols(more.cols()) = more;
}

}  // namespace

std::vector<double> products(const double* a_values, std::size_t a_columns, const double* b_values,
                             std::size_t b_columns, std::size_t rows, base::Pool& pool) {
  const Given a(a_values, Index(rows), Index(a_columns)), b(b_values, Index(rows), Index(b_columns));
  const std::size_t chunks = 8;
  const Index each = (a.rows() + Index(chunks) - 1) / Index(chunks);
  std::vector<Matrix> parts(chunks);
  pool.run(chunks, [&](std::size_t c) {
    const Index first = std::min(a.rows(), Index(c) * each), count = std::min(each, a.rows() - first);
    parts[c] = a.middleRows(first, count).transpose() * b.middleRows(first, count);
  });
  for (std::size_t c = 1; c < chunks; ++c) parts[0] += parts[c];
  return {parts[0].data(), parts[0].data() + parts[0].size()};
}

void take_off(double* x_values, std::size_t x_columns, const double* v_values, std::size_t v_columns,
              const double* m_values, std::size_t rows, base::Pool& pool) {
  Eigen::Map<Matrix> x(x_values, Index(rows), Index(x_columns));
  const Given v(v_values, Index(rows), Index(v_columns)), m(m_values, Index(v_columns), Index(x_columns));
  const std::size_t chunks = std::size_t((x.rows() + kBlock - 1) / kBlock);
  pool.run(chunks, [&](std::size_t c) {
    const Index first = Index(c) * kBlock, count = std::min(kBlock, x.rows() - first);
    x.middleRows(first, count).noalias() -= v.middleRows(first, count) * m;
  });
}

struct Representors::Fields {
  const SurfaceModel& full;
  std::vector<double> low;
  double sigma = 0;
  Matrix V;  ///< the basis, orthonormal in the energy of P_sigma
  Matrix phi, gram;
  int solves = 0;

  Matrix inner(const Matrix& a, const Matrix& b) const {
    const auto values = products(a.data(), std::size_t(a.cols()), b.data(), std::size_t(b.cols()),
                                 std::size_t(a.rows()), full.pool());
    return Given(values.data(), a.cols(), b.cols());
  }
  void subtract(Matrix& x, const Matrix& v, const Matrix& m) const {
    take_off(x.data(), std::size_t(x.cols()), v.data(), std::size_t(v.cols()), m.data(),
             std::size_t(x.rows()), full.pool());
  }
  Matrix apply(const Matrix& x) const {
    Matrix out(x.rows(), x.cols());
    full.pool().run(std::size_t(x.cols()), [&](std::size_t c) {
      const Index k = Index(c);
      full.apply(low, x.col(k).data(), out.col(k).data(), Side::below);
      if (sigma > 0)
        for (Index n = 0; n < x.rows(); ++n) out(n, k) += sigma * full.capacity()[std::size_t(n)] * x(n, k);
    });
    return out;
  }
  void subtract_basis(Matrix& x) const {
    for (int pass = 0; pass < 2; ++pass)  // twice is enough (Kahan, Parlett)
      if (V.cols() > 0) subtract(x, V, inner(V, apply(x)));
  }
};

Representors::Representors(const SurfaceModel& full, std::span<const double> low, double sigma)
    : fields_(new Fields{full, {low.begin(), low.end()}, sigma, {}, {}, {}, 0}) {}
Representors::~Representors() = default;

double Representors::sigma() const {
  return fields_->sigma;
}
int Representors::solves() const {
  return fields_->solves;
}
std::size_t Representors::count() const {
  return std::size_t(fields_->phi.cols());
}

void Representors::extend(const Columns& fresh) {
  Fields& f = *fields_;
  Matrix x = Given(fresh.values.data(), Index(fresh.rows), Index(fresh.count()));
  for (int pass = 0; f.sigma > 0 && pass < 2; ++pass) {
    f.subtract_basis(x);
    const Matrix gram = f.inner(x, f.apply(x));
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(0.5 * (gram + gram.transpose()));
    const Eigen::VectorXd& square = eigen.eigenvalues();
    const Eigen::VectorXd scale =
        square.cwiseMax(kLeast * square(square.size() - 1)).cwiseSqrt().cwiseInverse();
    x = (x * (eigen.eigenvectors() * scale.asDiagonal())).eval();
  }
  append(f.V, x);
  if (f.phi.cols() == 0) return;
  const Matrix held = f.inner(f.apply(x), f.phi);
  f.subtract(f.phi, x, held);
  f.gram.noalias() -= held.transpose() * held;
}

void Representors::add(const Columns& b) {
  Fields& f = *fields_;
  f.solves += int(b.count());
  const Columns solved = f.full.solve(f.low, f.sigma, b, kDual, Side::below);
  Matrix answer = Given(solved.values.data(), Index(b.rows), Index(b.count()));
  f.subtract_basis(answer);
  append(f.phi, answer);
  const Index known = f.gram.rows(), all = f.phi.cols();
  const Matrix more = f.inner(f.phi, f.apply(answer));
  f.gram.conservativeResize(all, all);
  f.gram.rightCols(all - known) = more;
  f.gram.bottomRows(all - known) = more.transpose();
}

std::vector<double> Representors::root() const {
  const Matrix& gram = fields_->gram;
  const Eigen::LDLT<Matrix> factor(0.5 * (gram + gram.transpose()));
  Matrix upper = Matrix::Identity(gram.rows(), gram.cols());
  upper = (factor.transpositionsP() * upper).eval();
  upper = (factor.matrixU() * upper).eval();
  const Matrix root = factor.vectorD().cwiseMax(0.0).cwiseSqrt().asDiagonal() * upper;
  return {root.data(), root.data() + root.size()};
}

}  // namespace bondline::thermal::detail
