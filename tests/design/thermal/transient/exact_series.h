// Exact temperatures of a uniform block by separation of variables, evaluated here on their own: adiabatic
// sides and bottom, film h on top (z = L), heat in a rectangle of the bottom plane from t = 0 (Carslaw and
// Jaeger, Conduction of Heat in Solids, 1959, 3.11 for the modes beta tan(beta L) = h/k).
#pragma once
#include <cmath>
#include <numbers>
#include <vector>

namespace bondline::test {

struct ExactBlockInTime {
  double a = 0, b = 0, thick = 0;  // m
  double k = 0, c = 0, h = 0;      // W/(m K), J/(m3 K), W/(m2 K)
  double x0 = 0, x1 = 0, y0 = 0, y1 = 0, watts = 0;

  /// Roots of beta tan(beta L) = h/k, one in each (n pi, n pi + pi/2).
  std::vector<double> roots(int count) const {
    std::vector<double> out;
    for (int n = 0; n < count; ++n) {
      double low = n * std::numbers::pi, high = low + std::numbers::pi / 2;
      for (int step = 0; step < 200; ++step) {
        const double mid = 0.5 * (low + high);
        (mid * std::sin(mid) - h * thick / k * std::cos(mid) > 0) == (n % 2 == 0) ? high = mid : low = mid;
      }
      out.push_back(0.5 * (low + high) / thick);
    }
    return out;
  }

  /// Rise of the bottom plane per unit flux amplitude of a mode with wave number g, t after the step.
  double mode(double g, double t, const std::vector<double>& beta) const {
    double z = 1 / h + thick / k;
    if (g > 0) {
      const double th = std::tanh(g * thick);
      z = (k * g + h * th) / (k * g * (h + k * g * th));
    }
    const double hk = h / k;
    for (const double w : beta) {
      const double n = 2 * (w * w + hk * hk) / (thick * (w * w + hk * hk) + hk);
      const double rate = k / c * (w * w + g * g);
      if (rate * t > 40) break;
      z -= n * std::exp(-rate * t) / (k * (w * w + g * g));
    }
    return z;
  }

  /// Mean rise over a rectangle of the bottom plane (a point where its sides are zero).
  double rise(double u0, double u1, double v0, double v1, double t, int modes = 1500) const {
    const auto beta = roots(400);
    const auto mean = [](double from, double to, double length, int m) {
      if (m == 0) return 1.0;
      const double w = m * std::numbers::pi / length;
      return to > from ? (std::sin(w * to) - std::sin(w * from)) / (w * (to - from)) : std::cos(w * from);
    };
    std::vector<double> cx, cy;
    for (int m = 0; m < modes; ++m) {
      cx.push_back((m == 0 ? 1 : 2) * mean(x0, x1, a, m) * mean(u0, u1, a, m));
      cy.push_back((m == 0 ? 1 : 2) * mean(y0, y1, b, m) * mean(v0, v1, b, m));
    }
    double sum = 0;
    for (int m = 0; m < modes; ++m)
      for (int n = 0; n < modes; ++n) {
        if (double(m) * n > modes * 60.0) break;  // both factors fall
        const double g = std::numbers::pi * std::hypot(m / a, n / b);
        sum += cx[std::size_t(m)] * cy[std::size_t(n)] * mode(g, t, beta);
      }
    return watts * sum / (a * b);
  }
};

}  // namespace bondline::test
