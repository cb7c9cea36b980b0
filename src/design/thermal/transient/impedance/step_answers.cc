#include "design/thermal/transient/impedance/step_answers.h"

#include <algorithm>
#include <cmath>
#include <complex>

#include <fmt/format.h>

#include <Eigen/Eigenvalues>

#include "base/diagnostic.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kResidual = 1e-6;
constexpr double kKnown =
    1e-6;                       // of a solution: what the space misses less of, it holds, and slower ones too
constexpr double kBeyond = 10;  // s reach this far beyond both ends of the times
constexpr double kSame = 1e-7;  // of a solution: what is left of it beside the space is rounding
constexpr int kFinest = 3;      // halvings of a decade between neighbouring s, at most
constexpr std::size_t kBlock = 8192;

/// (1 - exp(-l t)) / l.
std::complex<double> risen(std::complex<double> l, double t) {
  const std::complex<double> z = l * t;
  if (std::abs(z) < 1e-4) return t * (1.0 - z / 2.0 + z * z / 6.0);
  return (1.0 - std::exp(-z)) / l;
}

}  // namespace

struct StepAnswers::Impl {
  StepProblem p;
  base::Pool& pool;
  numerics::ConductionSolver plain;        // K alone, for K v
  std::vector<std::vector<double>> v, kv;  // C-orthonormal; K v, of directed operators alone
  Eigen::MatrixXd k;                       // V' K V
  Eigen::VectorXd q;                       // V' q
  std::size_t solves = 0;
  double missed = 0;

  Impl(const StepProblem& problem, base::Pool& threads) : p(problem), pool(threads), plain(*p.op, threads) {}

  std::size_t cells() const { return p.heat.size(); }
  bool directed() const { return !p.op->streams.empty(); }

  template <class Body>
  void each_cell(const Body& body) const {
    base::parallel_for(pool, cells(), kBlock, body);
  }

  static Eigen::Map<const Eigen::VectorXd> flat(const std::vector<double>& x) {
    return {x.data(), long(x.size())};
  }

  /// v_i' x of every i.
  Eigen::VectorXd project(const std::vector<double>& x) const {
    Eigen::VectorXd a(long(v.size()));
    pool.run(v.size(), [&](std::size_t i) { a[long(i)] = flat(v[i]).dot(flat(x)); });
    return a;
  }

  /// x += V a.
  void combine(const Eigen::VectorXd& a, std::vector<double>& x) const {
    each_cell([&](std::size_t begin, std::size_t end) {
      for (std::size_t i = 0; i < v.size(); ++i) {
        const double w = a[long(i)];
        for (std::size_t c = begin; c < end; ++c) x[c] += w * v[i][c];
      }
    });
  }

  double length(const std::vector<double>& x) const {
    return std::sqrt(base::parallel_sum(pool, x.size(), kBlock, [&](std::size_t a, std::size_t b) {
      double sum = 0;
      for (std::size_t c = a; c < b; ++c) sum += p.capacity[c] * x[c] * x[c];
      return sum;
    }));
  }

  void join(std::vector<double> x) {
    const double whole = length(x);
    if (!(whole > 0)) return;
    for (int twice = 0; twice < 2 && !v.empty(); ++twice) {
      std::vector<double> stored(cells());
      each_cell([&](std::size_t a, std::size_t b) {
        for (std::size_t c = a; c < b; ++c) stored[c] = p.capacity[c] * x[c];
      });
      combine(-project(stored), x);
    }
    const double left = length(x);
    if (!(left > kSame * whole)) return;
    each_cell([&](std::size_t a, std::size_t b) {
      for (std::size_t c = a; c < b; ++c) x[c] /= left;
    });
    std::vector<double> kx(cells());
    plain.residual(std::vector<double>(cells(), 0.0), x, kx);
    each_cell([&](std::size_t a, std::size_t b) {
      for (std::size_t c = a; c < b; ++c) kx[c] = -kx[c];
    });
    v.push_back(std::move(x));
    const long n = long(v.size());
    k.conservativeResize(n, n);
    k.col(n - 1) = project(kx);
    k.row(n - 1) = k.col(n - 1).transpose();
    if (directed()) {
      pool.run(kv.size(), [&](std::size_t j) { k(n - 1, long(j)) = flat(v.back()).dot(flat(kv[j])); });
      kv.push_back(std::move(kx));
    }
    q.conservativeResize(n);
    q[n - 1] = flat(v.back()).dot(flat(p.heat));
  }

  /// The solution at s as the space has it.
  std::vector<double> guess(double s) const {
    std::vector<double> x(cells(), 0.0);
    if (v.empty()) return x;
    const long n = long(v.size());
    combine((k + s * Eigen::MatrixXd::Identity(n, n)).partialPivLu().solve(q), x);
    return x;
  }

  /// Solves at s and lets the solution join; how much of it the space had missed.
  double solve(double s) {
    numerics::ConductionOperator op = *p.op;
    for (std::size_t c = 0; c < cells(); ++c) op.ground[c] += s * p.capacity[c];
    numerics::ConductionSolver solver(op, pool);
    std::vector<double> x = guess(s);
    const std::vector<double> before = x;
    numerics::SolveOptions how;
    how.relative_residual = kResidual;
    const auto report = solver.solve(p.heat, x, how);
    if (!report.converged)
      throw base::Error(fmt::format("the answer at {:.3g} s missed its tolerance: {}", 1 / s,
                                    solver.problem().empty() ? report.problem : solver.problem()),
                        "check conductivities, densities and specific heats");
    ++solves;
    double most = 0, off = 0;
    for (std::size_t c = 0; c < cells(); ++c) {
      most = std::max(most, std::abs(x[c]));
      off = std::max(off, std::abs(x[c] - before[c]));
    }
    if (report.iterations > 0) join(std::move(x));
    return most > 0 ? off / most : 0;
  }

  void build(const base::Progress& progress) {
    join(p.steady);
    const double high = kBeyond / p.from, low = 1 / (kBeyond * p.until);
    const int decades = int(std::ceil(std::log10(high / low)));
    const auto s_at = [&](double share) { return high * std::pow(low / high, share); };
    int known = 0;       // decades in a row
    double slowest = 0;  // s
    for (int n = 0; n <= decades && known < 2; ++n) {
      slowest = s_at(double(n) / decades);
      known = solve(slowest) < kKnown ? known + 1 : 0;
      if (progress) progress(0.5 * n / decades, "answers by decade");
    }
    // In between until what was missed squared, which is what is left with twice as many, is small enough.
    for (int halving = 1, between = decades; halving <= kFinest; ++halving, between *= 2) {
      missed = 0;
      for (int n = 0; n < between; ++n) {
        const double at = s_at((n + 0.5) / between);
        if (at < slowest) break;
        missed = std::max(missed, solve(at));
        if (progress) progress(0.5 + 0.5 * n / between, "answers in between");
      }
      if (missed * missed <= p.tolerance) return;
    }
  }
};

StepAnswers::StepAnswers(const StepProblem& problem, base::Pool& pool, const base::Progress& progress)
    : impl_(std::make_unique<Impl>(problem, pool)) {
  impl_->build(progress);
}
StepAnswers::~StepAnswers() = default;
StepAnswers::StepAnswers(StepAnswers&&) noexcept = default;

std::size_t StepAnswers::size() const {
  return impl_->v.size();
}
std::size_t StepAnswers::solves() const {
  return impl_->solves;
}
double StepAnswers::error() const {
  return impl_->missed * impl_->missed;
}

std::vector<std::vector<double>> StepAnswers::at(const std::vector<double>& times) const {
  const Impl& m = *impl_;
  const long n = long(m.v.size()), count = long(times.size());
  Eigen::MatrixXd y = Eigen::MatrixXd::Zero(n, count);
  if (m.directed()) {
    const Eigen::EigenSolver<Eigen::MatrixXd> modes(m.k);
    const Eigen::VectorXcd start =
        modes.eigenvectors().partialPivLu().solve(m.q.cast<std::complex<double>>());
    for (long t = 0; t < count; ++t) {
      Eigen::VectorXcd each = start;
      for (long i = 0; i < n; ++i) each[i] *= risen(modes.eigenvalues()[i], times[std::size_t(t)]);
      y.col(t) = (modes.eigenvectors() * each).real();
    }
  } else {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> modes(m.k);
    const Eigen::VectorXd start = modes.eigenvectors().transpose() * m.q;
    for (long t = 0; t < count; ++t) {
      Eigen::VectorXd each = start;
      for (long i = 0; i < n; ++i) each[i] *= risen(modes.eigenvalues()[i], times[std::size_t(t)]).real();
      y.col(t) = modes.eigenvectors() * each;
    }
  }
  std::vector<std::vector<double>> out(times.size(), std::vector<double>(m.cells(), 0.0));
  base::parallel_for(m.pool, m.cells(), 2048, [&](std::size_t begin, std::size_t end) {
    for (long i = 0; i < n; ++i)
      for (long t = 0; t < count; ++t) {
        const double w = y(i, t);
        double* to = out[std::size_t(t)].data();
        const double* from = m.v[std::size_t(i)].data();
        for (std::size_t c = begin; c < end; ++c) to[c] += w * from[c];
      }
  });
  return out;
}

}  // namespace bondline::thermal::detail
