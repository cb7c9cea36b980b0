#include "design/thermal/reduced/contour.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace bondline::thermal::detail {
namespace {

using std::numbers::pi;

// Between 30 and 45 degrees the bound is least (by 1 %), and the sum is shortest at 40.
constexpr double kAngle = 40 * pi / 180;
constexpr double kScale = 1;    // m: the path meets the real axis at m (1 - sin(angle)) / t
constexpr double kTail = 19;    // where exp(s t) < 1e-8 of its size at x = 0
constexpr double kDigits = 17;  // 2 pi d / step: exp(-17) = 4e-8
constexpr double kRiemann = 0.05;

/// s = size (1 + sin(i x - angle)) - shift for x >= 0.
struct Hyperbola {
  double size = 0, angle = 0, shift = 0;
  std::complex<double> at(double x) const {
    return {size * (1 - std::sin(angle) * std::cosh(x)) - shift, size * std::cos(angle) * std::sinh(x)};
  }
  double speed(double x) const {  ///< |ds/dx|
    const double cosh = std::cosh(x), sine = std::sin(angle);
    return size * std::sqrt(cosh * cosh - sine * sine);
  }
  double crossing() const { return size * (1 - std::sin(angle)) - shift; }
};

/// Largest |exp(s t)| for t between from and to.
double grown(std::complex<double> s, double from, double to) {
  return std::exp(std::max(s.real() * from, s.real() * to));
}

/// What (A + s C)^-1 is at most between dual norm and norm. v*Av lies within the angle theta of the real axis
/// and v*(A - shift C)v >= (1 - shift / a) v*Av; |u + w| >= |u| sin(angle) (|u| below 90 degrees) and
/// >= (|u| + |w|) cos(angle / 2) for numbers u and w with that angle between them.
struct Inverse {
  double theta = 0, a = 0, shift = 0;
  /// All over a hyperbola of this angle, in the norm of A.
  double operator()(double angle) const { return a / (a - shift) / std::cos(angle + theta); }
  /// At s, in the norm of A + sigma C; sigma > 0: of paths without a shift.
  double at(std::complex<double> s, double sigma) const {
    const double angle = std::abs(std::arg(s + shift)) + theta;
    if (sigma == 0) return a / (a - shift) / (angle > 0.5 * pi ? std::sin(angle) : 1.0);
    return std::max(1.0, sigma / std::abs(s)) / std::cos(0.5 * angle);
  }
};

/// 1/(2 pi) int |exp(s t)| 2 |(A + s C)^-1| |ds| / |s| over both halves, from above: along x the exponential
/// falls while |s| and the speed grow.
double whole_integral(const Hyperbola& h, double inverse, double from, double to) {
  double sum = 0;
  for (double x = 0;; x += kRiemann) {
    const std::complex<double> s = h.at(x);
    const double term = grown(s, from, to) * h.speed(x + kRiemann) * kRiemann / std::abs(s);
    sum += term;
    if (s.real() * from < -1 && term < 1e-18 * sum) return 2 / pi * inverse * (sum + term);
  }
}

/// 2 pi d / step decides how far the sum is off: the best d to one side.
double left_out(const Hyperbola& path, const Inverse& inverse, double widest, double step, double most,
                double from, double to) {
  double best = std::numeric_limits<double>::infinity();
  for (const double share : {0.6, 0.7, 0.8, 0.9, 0.95}) {
    Hyperbola beside = path;
    beside.angle += share * widest;
    if (path.crossing() < 0 && !(beside.crossing() <= most)) continue;
    best = std::min(best, whole_integral(beside, inverse(beside.angle), from, to) /
                              std::expm1(2 * pi * share * std::abs(widest) / step));
  }
  return best;
}

/// most: neighbouring paths of one that runs between -a and 0 cross the axis there or further left.
Contour path(double from, double to, const Hyperbola& h, const Inverse& inverse, double most,
             const std::vector<double>& norms) {
  Contour out;
  out.from = from;
  out.to = to;
  const double above = 0.5 * pi - inverse.theta - h.angle;  // how far the angle may grow
  const double step = 2 * pi * 0.9 * std::min(h.angle, above) / kDigits;
  const int count = int(std::ceil(std::acosh((kTail / kScale + 1) / std::sin(h.angle)) / step)) + 1;
  const auto weight = [&](int n) {
    const double x = n * step;
    const std::complex<double> s = h.at(x);
    return grown(s, from, to) / pi * h.speed(x) * step * (n == 0 ? 0.5 : 1.0) / std::abs(s);
  };
  for (int n = 0; n < count; ++n) out.at.push_back(h.at(n * step));
  for (const double sigma : norms) {
    std::vector<double> weights;
    double sum = 0;
    for (int n = 0; n < count && (sigma == 0 || h.shift == 0); ++n) {
      weights.push_back(weight(n) * inverse.at(h.at(n * step), sigma));
      sum += weights.back();
    }
    out.weight.push_back(std::move(weights));
    out.whole.push_back(std::sqrt(sum));
  }
  for (int n = count;; ++n) {  // the terms beyond fall faster than by halves
    const double w = 2 * inverse(h.angle) * weight(n);
    out.rest += w;
    if (w < 1e-18) {
      out.rest += w;
      break;
    }
  }
  out.rest += left_out(h, inverse, -h.angle, step, most, from, to) +
              left_out(h, inverse, above, step, most, from, to);
  return out;
}

}  // namespace

std::vector<Contour> contours(double a, double shortest, double sector, const std::vector<double>& norms) {
  const double step = std::sqrt(2.0), theta = std::atan(sector);
  std::vector<Contour> out;
  const double early = std::min(kAngle, 0.5 * (0.5 * pi - theta));
  // A - shift C with shift <= 3/4 a is within a wider angle.
  const double wider = std::atan(4 * sector), angle = std::min(kAngle, 0.5 * (0.5 * pi - wider));
  const double across = kScale * (1 - std::sin(angle));
  // Paths that fade meet the real axis at -a/2, the last one at -0.6 a, so that its neighbours fade like
  // exp(-a t / 2) too.
  const double settled = 4 * across / a, last = std::max(8 / a, 10 * across / a);
  double t = shortest;
  for (; t < settled; t *= step) {
    const double to = std::min(t * step, settled);
    out.push_back(path(t, to, {kScale / t, early, 0}, {theta, a, 0}, 0, norms));
  }
  for (t = std::max(shortest, settled);; t *= step) {
    const bool end = t >= last;
    const double shift = (end ? 0.6 : 0.5) * a + across / t;
    out.push_back(path(t, end ? t : t * step, {kScale / t, angle, shift}, {wider, a, shift},
                       end ? -0.5 * a : -1e-3 * a, norms));
    out.back().late = true;
    if (end) return out;
  }
}

}  // namespace bondline::thermal::detail
