// The cosine modes cos(m pi x / L) of an interval [0, L] with insulated ends, seen through averages: each
// interval [a, b] has the means
//     c_m = (1/(b-a)) int_a^b cos(m pi x/L) dx = cos(m pi (a+b)/(2L)) sin(u)/u,   u = m pi (b-a)/(2L),
// and a point (a == b) has c_m = cos(m pi a/L). By Parseval the sum of e_m c_m^2 over all m (e_0 = 1, else 2)
// is L/(b-a), so the weight that a truncation leaves out is known without summing it.
#pragma once
#include <map>
#include <utility>
#include <vector>

namespace bondline::numerics {

/// A set of intervals of one axis with their cosine means tabulated up to a growing number of modes.
class CosineAxis {
 public:
  explicit CosineAxis(double length) : length_(length) {}

  /// Number of the interval [a, b]; equal intervals share one number. 0 <= a <= b <= length is the caller's
  /// care.
  int add(double a, double b);
  /// Tabulates modes 0 .. modes-1 of every interval (never shrinks).
  void extend(int modes);

  double length() const { return length_; }
  int modes() const { return modes_; }
  int intervals() const { return static_cast<int>(intervals_.size()); }
  double width(int interval) const {
    return intervals_[static_cast<std::size_t>(interval)].b -
           intervals_[static_cast<std::size_t>(interval)].a;
  }
  bool is_point(int interval) const { return width(interval) == 0; }
  /// c_0, c_1, ... of an interval; modes() of them.
  const double* means(int interval) const { return intervals_[static_cast<std::size_t>(interval)].c.data(); }

  /// Sum of e_m c_m^2 for m in [first, last), last <= modes().
  double weight(int interval, int first, int last) const;
  /// Upper bound of the sum of e_m c_m^2 over all m >= modes(). Infinite for a point.
  double weight_beyond(int interval) const;
  /// |c_m| <= envelope/m. Infinite for a point, 0 for the whole axis.
  double envelope(int interval) const;
  /// For a point's means d_m: |sum over m in [first, last] of 2 c_m d_m a_m| <= swing * a_first/first for any
  /// a_m >= 0 that falls, since the signs swing (Abel). Infinite when the point lies on an end of the
  /// interval inside the axis.
  double swing(int interval, int point) const;

 private:
  struct Interval {
    double a = 0, b = 0;
    bool whole = false;  // all means but the first are 0
    std::vector<double> c;
    std::vector<double> running;  // running[m]: sum of e c^2 below m
  };
  double length_;
  int modes_ = 0;
  std::vector<Interval> intervals_;
  std::map<std::pair<double, double>, int> known_;
};

}  // namespace bondline::numerics
