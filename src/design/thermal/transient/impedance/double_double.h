// Numbers of about 31 digits as sums of two doubles (Dekker 1971; Knuth's two-sum). Only what the ladder
// needs; relies on strict IEEE arithmetic (no contraction, no fast-math), as the whole house does.
#pragma once
#include <cmath>

namespace bondline::thermal::detail {

struct DoubleDouble {
  double high = 0, low = 0;
  DoubleDouble() = default;
  DoubleDouble(double value) : high(value) {}
  DoubleDouble(double h, double l) : high(h + l), low(l - (high - h)) {}  // |h| >= |l|
  double value() const { return high + low; }
};

inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
  const double s = a.high + b.high, t = s - a.high;
  const double error = (a.high - (s - t)) + (b.high - t);
  return {s, error + (a.low + b.low)};
}
inline DoubleDouble operator-(const DoubleDouble& a) {
  DoubleDouble out;
  out.high = -a.high;
  out.low = -a.low;
  return out;
}
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) {
  return a + -b;
}
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
  const double p = a.high * b.high;
  return {p, std::fma(a.high, b.high, -p) + (a.high * b.low + a.low * b.high)};
}
inline DoubleDouble operator/(const DoubleDouble& a, const DoubleDouble& b) {
  const double q = a.high / b.high;
  const DoubleDouble rest = a - b * DoubleDouble(q);
  const double q2 = rest.high / b.high;
  const DoubleDouble last = rest - b * DoubleDouble(q2);
  return DoubleDouble(q, q2) + DoubleDouble(last.high / b.high);
}
inline DoubleDouble root(const DoubleDouble& a) {
  if (!(a.high > 0)) return 0.0;
  const double s = std::sqrt(a.high);  // one Newton step doubles its digits
  return DoubleDouble(s) + (a - DoubleDouble(s) * DoubleDouble(s)) / DoubleDouble(2 * s);
}

}  // namespace bondline::thermal::detail
