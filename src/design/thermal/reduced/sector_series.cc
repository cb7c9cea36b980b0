#include "design/thermal/reduced/sector_series.h"

#include <Eigen/Dense>
#include <cmath>
#include <complex>
#include <numbers>

namespace bondline::thermal::detail {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::VectorXcd;

constexpr int kPoints = 2000;
const double kNorm = 1 + std::numbers::sqrt2;

double largest(const VectorXcd& v) {
  return v.cwiseAbs().maxCoeff();
}

SectorSeries with_pole(double tangent, std::size_t terms, double pole) {
  // Points of the edge crowd towards y = 0 and 1 as Chebyshev's do. The lower edge is the conjugate.
  VectorXcd y(kPoints), f(kPoints);
  const Complex along(1, tangent);
  for (int n = 0; n < kPoints; ++n) {
    const double x = 0.5 * (1 + std::cos(std::numbers::pi * (n + 0.5) / kPoints));
    const Complex b = along * ((1 - x) / x);
    y(n) = 1.0 / (1.0 + b);
    f(n) = (1.0 + b) * std::exp(-b / pole);
  }
  const auto dot = [](const VectorXcd& a, const VectorXcd& b) { return a.dot(b).real() / kPoints; };
  SectorSeries out;
  out.pole = pole;
  std::vector<VectorXcd> p{VectorXcd::Ones(kPoints)};
  for (std::size_t k = 0; k + 1 < terms; ++k) {
    VectorXcd next = y.cwiseProduct(p[k]);
    std::vector<double> h(k + 2, 0.0);
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t i = 0; i <= k; ++i) {
        const double share = dot(p[i], next);
        h[i] += share;
        next -= share * p[i];
      }
    h[k + 1] = std::sqrt(dot(next, next));
    p.push_back(next / h[k + 1]);
    out.step.push_back(std::move(h));
  }
  VectorXcd left = f, sum = VectorXcd::Zero(kPoints);
  out.weight.assign(terms, 0.0);
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t k = 0; k < terms; ++k) {
      const double share = dot(p[k], left);
      out.weight[k] += share;
      left -= share * p[k];
      sum += share * p[k];
    }
  out.rest = kNorm * largest(left);
  out.most = kNorm * largest(sum);
  return out;
}

/// An error in Y p_k enters p_{k+1} and runs on through the recurrence.
void find_returns(double tangent, SectorSeries& series) {
  constexpr int kFew = 200;
  VectorXcd y(kFew);
  for (int n = 0; n < kFew; ++n) {
    const double x = 0.5 * (1 + std::cos(std::numbers::pi * (n + 0.5) / kFew));
    y(n) = 1.0 / (1.0 + Complex(1, tangent) * ((1 - x) / x));
  }
  const std::size_t terms = series.weight.size();
  for (std::size_t k = 0; k + 1 < terms; ++k) {
    std::vector<VectorXcd> e(terms, VectorXcd::Zero(kFew));
    e[k + 1] = VectorXcd::Constant(kFew, 1 / series.step[k][k + 1]);
    VectorXcd sum = series.weight[k + 1] * e[k + 1];
    for (std::size_t j = k + 1; j + 1 < terms; ++j) {
      VectorXcd next = y.cwiseProduct(e[j]);
      for (std::size_t i = k + 1; i <= j; ++i) next -= series.step[j][i] * e[i];
      e[j + 1] = next / series.step[j][j + 1];
      sum += series.weight[j + 1] * e[j + 1];
    }
    series.returns.push_back(kNorm * largest(sum));
  }
}

}  // namespace

SectorSeries sector_series(double tangent, std::size_t terms) {
  SectorSeries best;
  for (const double pole : {1.0 / 4, 1.0 / 6, 1.0 / 8, 1.0 / 11, 1.0 / 16, 1.0 / 22}) {
    SectorSeries s = with_pole(tangent, terms, pole);
    if (best.weight.empty() || s.rest < best.rest) best = std::move(s);
  }
  find_returns(tangent, best);
  return best;
}

}  // namespace bondline::thermal::detail
