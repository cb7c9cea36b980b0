#include "numerics/flexible_gmres.h"

#include <cmath>
#include <memory>

#include "numerics/aligned_array.h"
#include "numerics/conduction_cycle.h"

namespace bondline::numerics {
namespace {

constexpr double kResidualSlack = 1.01;  // what rounding may part the recurrence from the true residual

class Field {
 public:
  Field(const GmresSystem& system, base::Pool& pool)
      : system_(system), pool_(pool), partial_(system.blocks.size() - 1) {}

  std::size_t size() const { return system_.blocks.back(); }
  template <class Body>
  void each(Body body) {
    pool_.run(partial_.size(), [&](std::size_t b) { body(system_.blocks[b], system_.blocks[b + 1], b); });
  }
  double dot(const double* x, const double* y) {
    each([&](std::size_t begin, std::size_t end, std::size_t b) {
      double sum = 0;
      for (std::size_t c = begin; c < end; ++c) sum += x[c] * y[c];
      partial_[b] = sum;
    });
    return tree_sum(partial_);
  }
  /// y += a x; returns y . y.
  double add(double a, const double* x, double* y) {
    each([&](std::size_t begin, std::size_t end, std::size_t b) {
      double sum = 0;
      for (std::size_t c = begin; c < end; ++c) {
        y[c] += a * x[c];
        sum += y[c] * y[c];
      }
      partial_[b] = sum;
    });
    return tree_sum(partial_);
  }
  void scale(double a, double* x) {
    each([&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t c = begin; c < end; ++c) x[c] *= a;
    });
  }

 private:
  const GmresSystem& system_;
  base::Pool& pool_;
  std::vector<double> partial_;
};

}  // namespace

GmresReport flexible_gmres(const GmresSystem& system, std::span<double> u, const GmresOptions& options,
                           base::Pool& pool) {
  GmresReport report;
  Field field(system, pool);
  const std::size_t n = field.size(), m = std::size_t(options.restart);
  std::vector<AlignedArray<double>> basis;
  std::vector<AlignedArray<float>> direction;
  double last = HUGE_VAL;
  while (true) {
    if (basis.empty()) basis.emplace_back(n);
    report.norm = system.residual(u, basis[0].data());
    if (report.norm <= options.goal * (last == HUGE_VAL ? 1.0 : kResidualSlack) ||
        !(report.norm < 0.5 * last) || report.iterations >= options.max_iterations)
      break;
    last = report.norm;
    field.scale(1 / report.norm, basis[0].data());
    // H in rows of columns; Givens rotations turn it triangular as it grows.
    std::vector<std::vector<double>> h;
    std::vector<double> cosine, sine, s{report.norm};
    while (h.size() < m && report.iterations < options.max_iterations && std::abs(s.back()) > options.goal) {
      const std::size_t k = h.size();
      if (direction.size() <= k) direction.emplace_back(n);
      if (basis.size() <= k + 1) basis.emplace_back(n);
      system.precondition(basis[k].data(), direction[k].data());
      double* w = basis[k + 1].data();
      system.apply(direction[k].data(), w);
      std::vector<double> column(k + 2, 0.0);
      double square = 0;
      for (std::size_t i = 0; i <= k; ++i) {
        column[i] = field.dot(basis[i].data(), w);
        square = field.add(-column[i], basis[i].data(), w);
      }
      column[k + 1] = std::sqrt(square);
      ++report.iterations;
      const bool finite = std::isfinite(column[k + 1]);
      if (column[k + 1] > 0 && finite) field.scale(1 / column[k + 1], w);
      for (std::size_t i = 0; i < k; ++i) {
        const double a = column[i], b = column[i + 1];
        column[i] = cosine[i] * a + sine[i] * b;
        column[i + 1] = -sine[i] * a + cosine[i] * b;
      }
      const double length = std::hypot(column[k], column[k + 1]);
      if (!(length > 0) || !finite) break;
      cosine.push_back(column[k] / length);
      sine.push_back(column[k + 1] / length);
      column[k] = length;
      h.push_back(std::move(column));
      s.push_back(-sine[k] * s[k]);
      s[k] *= cosine[k];
      if (options.told) options.told(std::abs(s.back()));
    }
    if (h.empty()) break;
    std::vector<double> y(h.size());
    for (std::size_t k = h.size(); k-- > 0;) {
      y[k] = s[k];
      for (std::size_t j = k + 1; j < h.size(); ++j) y[k] -= h[j][k] * y[j];
      y[k] /= h[k][k];
    }
    field.each([&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t k = 0; k < y.size(); ++k)
        for (std::size_t c = begin; c < end; ++c) u[c] += y[k] * double(direction[k].data()[c]);
    });
  }
  report.bytes = n * (basis.size() * sizeof(double) + direction.size() * sizeof(float));
  return report;
}

}  // namespace bondline::numerics
