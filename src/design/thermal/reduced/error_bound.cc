#include "design/thermal/reduced/error_bound.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace bondline::thermal::detail {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Eigen::Index;

constexpr double kE = 2.718281828459045;
constexpr int kPerOctave = 4;        // points of the time grid
constexpr double kAtOnce = 1e-10;    // of the shortest step
constexpr double kQuadrature = 1.1;  // trapezoids over 19 % steps in time miss smooth decays by far less

Eigen::Map<const Matrix> matrix(const std::vector<double>& values, std::size_t rows, std::size_t columns) {
  return {values.data(), Index(rows), Index(columns)};
}

/// Norms of one residual on the time grid: of its lasting part, of what decays, of two derivatives.
struct Residual {
  double lasting = 0;
  std::vector<double> fading, first, second;
};

class Times {
 public:
  Times(double from, double to) {
    for (double t = from; t < to * 1.2; t *= std::exp2(1.0 / kPerOctave)) at_.push_back(t);
  }
  std::size_t count() const { return at_.size(); }
  double operator[](std::size_t n) const { return at_[n]; }
  std::size_t half(std::size_t n) const { return n - kPerOctave; }  ///< index of t / 2

  /// Prepares around(): the grid's points on both sides of t_n - t_p.
  void prepare() {
    before_.assign(count() * count(), 0);
    for (std::size_t n = 0; n < count(); ++n)
      for (std::size_t p = 0; p < n; ++p)
        before_[n * count() + p] =
            std::uint16_t(std::log2(std::max(at_[n] - at_[p], at_.front()) / at_.front()) * kPerOctave);
  }
  /// The larger of the values around t_n - t_p.
  double around(const std::vector<double>& f, std::size_t n, std::size_t p) const {
    const std::size_t a = std::min(std::size_t(before_[n * count() + p]), f.size() - 1);
    return std::max(f[a], f[std::min(a + 1, f.size() - 1)]);
  }
  /// int_0^{t_last} f(s) ds, f given on the grid, about constant before it.
  template <class F>
  double integral(std::size_t last, const F& f) const {
    double sum = f(0) * at_[0], before = f(0);
    for (std::size_t n = 1; n <= last; ++n) {
      const double now = f(n);
      sum += 0.5 * (before + now) * (at_[n] - at_[n - 1]);
      before = now;
    }
    return kQuadrature * sum;
  }

 private:
  std::vector<double> at_;
  std::vector<std::uint16_t> before_;
};

/// sup over rates l >= a of l^order exp(-l t).
double smoothing(int order, double a, double t) {
  if (a * t >= order) return std::pow(a, order) * std::exp(-a * t);
  return std::pow(order / (kE * t), order);
}

class Bounder {
 public:
  Bounder(const ReducedBasis& basis, const std::vector<FilmGroup>& groups, std::span<const double> low,
          std::span<const double> h, double shortest)
      : basis_(basis), a_(basis.slowest), times_(1, 1) {
    const std::size_t n = basis.states;
    Matrix A = matrix(basis.A_low, n, n), film = Matrix::Zero(Index(basis.rank), Index(n));
    for (std::size_t f = 0; f < groups.size(); ++f) {
      if (basis.films[f].empty()) continue;
      A += (h[f] - low[f]) * matrix(basis.films[f], n, n);
      if (!basis.film_r[f].empty()) film += (h[f] - low[f]) * matrix(basis.film_r[f], basis.rank, n);
    }
    const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix> eigen(matrix(basis.E, n, n), A);
    // States without heat capacity (surfaces) follow at once: they leave nothing that fades.
    const double least = kAtOnce * shortest;
    Index massless = 0;
    while (massless + 1 < Index(n) && eigen.eigenvalues()(massless) < least) ++massless;
    const Index slow = Index(n) - massless;
    rates_ = eigen.eigenvalues().tail(slow).cwiseInverse();
    const Matrix drive = eigen.eigenvectors().transpose() * matrix(basis.port, n, basis.vectors);
    drive_ = drive.bottomRows(slow);
    const Matrix V = eigen.eigenvectors().rightCols(slow);
    modes_r_ = matrix(basis.rate_r, basis.rank, n) * V * rates_.asDiagonal() - film * V;
    lasting_r_ = film * (eigen.eigenvectors() * drive);
    if (modes_r_.rows() > modes_r_.cols())  // norms only are asked: the triangular factor has them
      modes_r_ =
          Eigen::HouseholderQR<Matrix>(modes_r_).matrixQR().topRows(slow).triangularView<Eigen::Upper>();
    times_ = Times(std::min(0.02 / rates_.maxCoeff(), shortest / 64), 40 / a_);
    times_.prepare();
  }

  const Times& times() const { return times_; }

  Residual residual(std::size_t g) const {
    Residual r;
    const Vector beta = drive_.col(Index(g));
    const double floor = basis_.floor[g];
    r.lasting = lasting_r_.col(Index(g)).norm() + floor;
    Matrix weights(beta.size(), Index(3 * times_.count()));
    for (std::size_t n = 0; n < times_.count(); ++n) {
      const Vector decayed = beta.array() * (-rates_ * times_[n]).array().exp();
      weights.col(Index(3 * n)) = decayed;
      weights.col(Index(3 * n + 1)) = decayed.cwiseProduct(rates_);
      weights.col(Index(3 * n + 2)) = decayed.cwiseProduct(rates_).cwiseProduct(rates_);
    }
    const Eigen::RowVectorXd norms = (modes_r_ * weights).colwise().norm();
    for (std::size_t n = 0; n < times_.count(); ++n) {
      const double t = times_[n], slow = std::exp(-rates_.minCoeff() * t);
      r.fading.push_back(norms(Index(3 * n)) + floor * slow);
      r.first.push_back(norms(Index(3 * n + 1)) + floor * slow / (kE * t));
      r.second.push_back(norms(Index(3 * n + 2)) + floor * slow * 4 / (kE * kE * t * t));
    }
    return r;
  }

  /// Energy norm of the error of the answer to a unit step with residual q: what is left of it, its rate.
  struct Answer {
    double lasting = 0;
    std::vector<double> fading, rate;
  };
  Answer answer(const Residual& q) const {
    Answer out;
    out.lasting = q.lasting;
    const std::size_t count = times_.count();
    out.fading.resize(count);
    out.rate.resize(count);
    for (std::size_t n = kPerOctave; n < count; ++n) {
      const double t = times_[n];
      const std::size_t m = times_.half(n);
      const auto kernel = [&](int order, double s) { return smoothing(order, a_, s); };
      const auto late = [&](const std::vector<double>& f) {  // int_{t/2}^t exp(-a (t - s)) f(s) ds
        return times_.integral(
            n, [&](std::size_t p) { return p < m ? 0.0 : std::exp(-a_ * (t - times_[p])) * f[p]; });
      };
      const auto early = [&](int order) {  // int_0^{t/2} sup|S^(order)(t - s)| |q(s)| ds
        return times_.integral(m, [&](std::size_t p) { return kernel(order, t - times_[p]) * q.fading[p]; });
      };
      out.fading[n] =
          q.fading[n] + kernel(0, t) * q.lasting + kernel(0, t / 2) * q.fading[m] + early(1) + late(q.first);
      out.rate[n] = q.first[n] + kernel(1, t) * q.lasting + kernel(1, t / 2) * q.fading[m] + early(2) +
                    kernel(0, t / 2) * q.first[m] + late(q.second);
    }
    // Before the grid's second octave: |G - G(end)| <= |q| + |q(0)| + int |q'|, all found from the first
    // point.
    double passed = 0;
    for (std::size_t n = 0; n < count; ++n) {
      passed += (n == 0 ? times_[0] : times_[n] - times_[n - 1]) * q.first[n];
      const double crude = 2 * q.lasting + 2 * q.fading.front() + q.fading[n] + kQuadrature * passed;
      out.fading[n] = n < kPerOctave ? crude : std::min(out.fading[n], crude);
      if (n < kPerOctave) out.rate[n] = crude / times_[n] * 4;
    }
    return out;
  }

  /// |c' (e(t) - e(end))| on the grid from its second octave on.
  std::vector<double> fading_error(const Residual& r, const Answer& g) const {
    std::vector<double> out(times_.count(), 0.0);
    for (std::size_t n = kPerOctave; n < times_.count(); ++n) {
      const std::size_t m = times_.half(n);
      out[n] = g.fading[n] * r.lasting + (g.fading[m] + g.lasting) * r.fading[m] +
               times_.integral(m, [&](std::size_t p) { return times_.around(g.rate, n, p) * r.fading[p]; }) +
               times_.integral(m, [&](std::size_t p) {
                 return (g.fading[p] + g.lasting) * times_.around(r.first, n, p);
               });
    }
    return out;
  }

 private:
  const ReducedBasis& basis_;
  double a_;
  Times times_;
  Vector rates_;
  Matrix drive_, modes_r_, lasting_r_;
};

/// Amplitudes with  sum_m amplitude_m exp(-rate_m t) >= f(t)  on the grid from `shortest` on; slow rates
/// first.
std::vector<double> cover(const Times& times, std::vector<double> f, const std::vector<double>& rates,
                          double shortest) {
  std::vector<double> amplitudes(rates.size(), 0.0);
  std::size_t first = 0;
  while (first + 1 < times.count() && times[first + 1] <= shortest) ++first;
  for (std::size_t n = f.size() - 1; n-- > first;) f[n] = std::max(f[n], f[n + 1]);  // between points too
  const double step = std::exp2(1.0 / kPerOctave);
  for (std::size_t m = 0; m < rates.size(); ++m) {
    const double from = m + 1 < rates.size() ? 2 / rates[m + 1] : 0;
    for (std::size_t n = first; n < times.count(); ++n) {
      // f is highest at the start of an interval, the exponential lowest at its end.
      if (times[n] * step < from) continue;
      amplitudes[m] = std::max(amplitudes[m], f[n] * std::exp(rates[m] * times[n] * step));
    }
    for (std::size_t n = first; n < times.count(); ++n) {
      const double left = f[n] - amplitudes[m] * std::exp(-rates[m] * times[n] * step);
      f[n] = times[n] * step < from ? std::max(0.0, left) : 0.0;  // not what rounding left
    }
  }
  return amplitudes;
}

}  // namespace

numerics::HistoryBound error_bound(const ReducedBasis& basis, const std::vector<FilmGroup>& groups,
                                   const Ports& ports, std::span<const double> low, std::span<const double> h,
                                   double shortest, base::Pool& pool) {
  const Bounder bounder(basis, groups, low, h, shortest);
  std::vector<Residual> residuals(basis.vectors);
  std::vector<Bounder::Answer> answers(basis.vectors);
  pool.run(basis.vectors, [&](std::size_t g) {
    residuals[g] = bounder.residual(g);
    answers[g] = bounder.answer(residuals[g]);
  });
  numerics::HistoryBound out;
  out.inputs = int(ports.inputs.size());
  out.outputs = int(ports.outputs.size());
  out.shortest_step = shortest;
  for (double rate = 0.5 * basis.slowest; rate < 2 / shortest; rate *= 6) out.rates.push_back(rate);
  const std::size_t inputs = ports.inputs.size(), outputs = ports.outputs.size();
  out.fixed.assign(inputs * outputs, 0.0);
  out.amplitudes.assign(out.rates.size() * inputs * outputs, 0.0);
  std::vector<std::vector<std::vector<double>>> found(basis.vectors,
                                                      std::vector<std::vector<double>>(basis.vectors));
  pool.run(basis.vectors, [&](std::size_t go) {
    if (std::find(basis.vector_of_output.begin(), basis.vector_of_output.end(), int(go)) ==
        basis.vector_of_output.end())
      return;
    for (const int gi : basis.vector_of_input) {
      auto& fitted = found[go][std::size_t(gi)];
      if (fitted.empty())
        fitted = cover(bounder.times(), bounder.fading_error(residuals[std::size_t(gi)], answers[go]),
                       out.rates, shortest);
    }
  });
  for (std::size_t o = 0; o < outputs; ++o) {
    const std::size_t go = std::size_t(basis.vector_of_output[o]);
    for (std::size_t i = 0; i < inputs; ++i) {
      const std::size_t gi = std::size_t(basis.vector_of_input[i]);
      double factor = std::abs(basis.factor_of_output[o] * basis.factor_of_input[i]);
      const int film = ports.inputs[i].film;
      if (film >= 0 && groups[std::size_t(film)].parameter()) factor *= h[std::size_t(film)];
      out.fixed[o * inputs + i] = factor * residuals[go].lasting * residuals[gi].lasting;
      for (std::size_t m = 0; m < out.rates.size(); ++m)
        out.amplitudes[(m * outputs + o) * inputs + i] = factor * found[go][gi][m];
    }
  }
  return out;
}

}  // namespace bondline::thermal::detail
