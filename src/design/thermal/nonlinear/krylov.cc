#include "design/thermal/nonlinear/krylov.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>
#include <Eigen/Eigenvalues>

namespace bondline::thermal::detail {
namespace {

double dot(const Field& a, const Field& b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.size(); ++n) sum += a[n] * b[n];
  return sum;
}

void add(Field& into, double factor, const Field& what) {
  for (std::size_t n = 0; n < into.size(); ++n) into[n] += factor * what[n];
}

/// Makes w orthogonal to the basis (twice: enough, Giraud et al. 2005) and returns its length; the
/// coefficients go to column `at` of h.
double orthogonalise(const std::vector<Field>& basis, Field& w, Eigen::MatrixXd& h, int at) {
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t i = 0; i < basis.size(); ++i) {
      const double c = dot(basis[i], w);
      h(int(i), at) += c;
      add(w, -c, basis[i]);
    }
  const double length = std::sqrt(dot(w, w));
  h(at + 1, at) = length;
  return length;
}

}  // namespace

GmresReport gmres(const Apply& apply, const Apply& precondition, const Field& b, Field& x,
                  double relative_residual, int most) {
  GmresReport report;
  x.assign(b.size(), 0.0);
  const double beta = std::sqrt(dot(b, b));
  if (!(beta > 0)) {
    report.converged = beta == 0;
    return report;
  }
  Eigen::MatrixXd h = Eigen::MatrixXd::Zero(most + 1, most);
  std::vector<Field> basis{b}, directions;
  for (double& v : basis[0]) v /= beta;
  Eigen::VectorXd y;
  int m = 0;
  while (m < most) {
    Field z(b.size(), 0.0), w(b.size(), 0.0);
    precondition(basis[std::size_t(m)], z);
    apply(z, w);
    directions.push_back(std::move(z));
    const double length = orthogonalise(basis, w, h, m);
    ++m;
    Eigen::VectorXd right = Eigen::VectorXd::Zero(m + 1);
    right(0) = beta;
    const Eigen::MatrixXd left = h.topLeftCorner(m + 1, m);
    y = left.colPivHouseholderQr().solve(right);
    report.relative_residual = (left * y - right).norm() / beta;
    report.converged = report.relative_residual <= relative_residual;
    if (report.converged || !(length > 1e-14 * beta)) break;
    for (double& v : w) v /= length;
    basis.push_back(std::move(w));
  }
  report.iterations = m;
  const auto values = Eigen::MatrixXd(h.topLeftCorner(m, m)).eigenvalues();
  report.least_ritz = values(0).real();
  for (int n = 1; n < m; ++n) report.least_ritz = std::min(report.least_ritz, values(n).real());
  for (int n = 0; n < m; ++n) add(x, y(n), directions[std::size_t(n)]);
  return report;
}

Eigenvalue dominant_eigenvalue(const Apply& apply, Field start, double relative_residual, int most) {
  Eigenvalue out;
  const double beta = std::sqrt(dot(start, start));
  if (!(beta > 0)) {
    out.converged = true;
    out.vector = std::move(start);
    return out;
  }
  for (double& v : start) v /= beta;
  most = std::min(most, int(start.size()));
  Eigen::MatrixXd h = Eigen::MatrixXd::Zero(most + 1, most);
  std::vector<Field> basis{std::move(start)};
  Eigen::VectorXd direction;
  for (int m = 1; m <= most; ++m) {
    Field w(basis[0].size(), 0.0);
    apply(basis.back(), w);
    const double length = orthogonalise(basis, w, h, m - 1);
    const Eigen::EigenSolver<Eigen::MatrixXd> solver(Eigen::MatrixXd(h.topLeftCorner(m, m)));
    int best = 0;
    for (int n = 1; n < m; ++n)
      if (std::abs(solver.eigenvalues()(n)) > std::abs(solver.eigenvalues()(best))) best = n;
    out.value = solver.eigenvalues()(best).real();
    direction = solver.eigenvectors().col(best).real();
    const double scale = direction.norm();
    out.residual = length * std::abs(direction(m - 1)) / (scale * std::max(std::abs(out.value), 1e-300));
    out.iterations = m;
    out.converged = out.residual <= relative_residual || length <= 1e-14 * std::abs(out.value) ||
                    m == int(basis[0].size());
    if (out.converged || m == most) break;
    for (double& v : w) v /= length;
    basis.push_back(std::move(w));
  }
  out.vector.assign(basis[0].size(), 0.0);
  for (int n = 0; n < int(direction.size()); ++n) add(out.vector, direction(n), basis[std::size_t(n)]);
  const double norm = std::sqrt(dot(out.vector, out.vector));
  if (norm > 0)
    for (double& v : out.vector) v /= norm;
  return out;
}

}  // namespace bondline::thermal::detail
