#include "numerics/cosine_series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace bondline::numerics {
namespace {

// Angles are turned by a recurrence that starts afresh every kFresh modes: its rounding grows linearly, to
// about kFresh * 1e-16.
constexpr int kFresh = 32;

void fill_means(double a, double b, double length, int first, int last, double* c) {
  const double middle = std::numbers::pi * (a + b) / (2 * length);
  const double half = std::numbers::pi * (b - a) / (2 * length);
  const double cos_m = std::cos(middle), sin_m = std::sin(middle);
  const double cos_h = std::cos(half), sin_h = std::sin(half);
  double cm = 1, sm = 0, ch = 1, sh = 0;
  for (int m = first; m < last; ++m) {
    if (m == first || m % kFresh == 0) {
      cm = std::cos(m * middle);
      sm = std::sin(m * middle);
      if (half > 0) {
        ch = std::cos(m * half);
        sh = std::sin(m * half);
      }
    } else {
      const double next_cm = cm * cos_m - sm * sin_m;
      sm = sm * cos_m + cm * sin_m;
      cm = next_cm;
      const double next_ch = ch * cos_h - sh * sin_h;
      sh = sh * cos_h + ch * sin_h;
      ch = next_ch;
    }
    c[m] = m == 0 || half == 0 ? cm : cm * sh / (m * half);
  }
}

}  // namespace

int CosineAxis::add(double a, double b) {
  const auto [place, fresh] = known_.try_emplace({a, b}, intervals());
  if (fresh) {
    intervals_.push_back({a, b, a == 0 && b == length_, {}, {}});
    const int have = modes_;
    modes_ = 0;
    extend(have);
  }
  return place->second;
}

void CosineAxis::extend(int modes) {
  modes_ = std::max(modes_, modes);
  for (Interval& interval : intervals_) {
    const int have = static_cast<int>(interval.c.size());
    if (have >= modes_) continue;
    interval.c.resize(static_cast<std::size_t>(modes_));
    if (!interval.whole)
      fill_means(interval.a, interval.b, length_, have, modes_, interval.c.data());
    else if (have == 0 && modes_ > 0)
      interval.c[0] = 1;
    interval.running.resize(static_cast<std::size_t>(modes_) + 1, 0.0);
    for (int m = have; m < modes_; ++m) {
      const auto at = static_cast<std::size_t>(m);
      const double c = interval.c[at];
      interval.running[at + 1] = interval.running[at] + (m == 0 ? 1.0 : 2.0) * c * c;
    }
  }
}

double CosineAxis::weight(int interval, int first, int last) const {
  const auto& running = intervals_[static_cast<std::size_t>(interval)].running;
  return std::max(0.0, running[static_cast<std::size_t>(last)] - running[static_cast<std::size_t>(first)]);
}

double CosineAxis::weight_beyond(int interval) const {
  if (is_point(interval)) return std::numeric_limits<double>::infinity();
  if (intervals_[static_cast<std::size_t>(interval)].whole && modes_ > 0) return 0;
  const double all = length_ / width(interval);
  // 1e-14 covers the rounding of the running sum; the envelope bound takes over where that is too coarse.
  const double by_parseval = std::max(0.0, all - weight(interval, 0, modes_)) + 1e-14 * all;
  const double e = envelope(interval);
  const double by_envelope =
      modes_ > 0 ? 2 * e * e / (modes_ - 0.5) : std::numeric_limits<double>::infinity();
  return std::min(by_parseval, by_envelope);
}

double CosineAxis::envelope(int interval) const {
  if (is_point(interval)) return std::numeric_limits<double>::infinity();
  if (intervals_[static_cast<std::size_t>(interval)].whole) return 0;
  return 2 * length_ / (std::numbers::pi * width(interval));
}

// 2 c_m d_m is the sum over both ends, +- (sin m(b+x) + sin m(b-x)) / (m w) in angles b, x, w of end, point
// and width, and |sum of sin m phi| <= 1/|sin(phi/2)|. At an end of the axis itself sin m b is 0.
double CosineAxis::swing(int interval, int point) const {
  const Interval& span = intervals_[static_cast<std::size_t>(interval)];
  const double unit = std::numbers::pi / length_, x = unit * intervals_[static_cast<std::size_t>(point)].a;
  double sum = 0;
  for (const double end : {span.a, span.b}) {
    if (end == 0 || end == length_) continue;
    const double b = unit * end;
    sum += 1 / std::abs(std::sin((b + x) / 2)) + 1 / std::abs(std::sin((b - x) / 2));
  }
  return sum / (unit * width(interval));
}

}  // namespace bondline::numerics
