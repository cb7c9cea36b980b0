#include "show/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bondline::show {
namespace {

/// The smallest of 1, 2, 5, 10 times a power of ten that is not below `rough`.
double nice_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (double digit : {1.0, 2.0, 5.0}) {
    if (rough <= digit * power * (1 + 1e-9)) return digit * power;
  }
  return 10 * power;
}

std::string label_of(double value, double step) {
  if (std::abs(value) < step * 1e-6) value = 0;  // not "-0"
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  if (decimals > 5 || std::abs(value) >= 1e6) return fmt::format("{:.4g}", value);
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

Ticks nice_ticks(double low, double high, int most) {
  Ticks ticks;
  if (!std::isfinite(low) || !std::isfinite(high) || !std::isfinite(high - low)) return ticks;
  if (high < low) std::swap(low, high);
  most = std::max(2, most);
  const double size = std::max(std::abs(low), std::abs(high));
  if (high - low <= size * 1e-12 || high == low) {
    ticks.at.push_back(low);
    ticks.label.push_back(fmt::format("{:.4g}", low));
    return ticks;
  }
  double step = nice_step((high - low) / most);
  const auto count = [&] { return std::floor(high / step + 1e-9) - std::ceil(low / step - 1e-9) + 1; };
  while (count() > most) step = nice_step(step * 1.5);
  for (double n = std::ceil(low / step - 1e-9); n <= std::floor(high / step + 1e-9); n += 1) {
    ticks.at.push_back(std::clamp(n * step, low, high));
    ticks.label.push_back(label_of(n * step, step));
  }
  return ticks;
}

Ticks log_ticks(double low, double high, int most) {
  if (!(low > 0) || !(high > low) || !std::isfinite(high)) return {};
  most = std::max(2, most);
  const double first = std::floor(std::log10(low)), last = std::ceil(std::log10(high));
  const double decades = std::log10(high / low);
  const bool between = decades * 3 <= most;
  const double stride = between ? 1 : std::max(1.0, std::ceil(decades / most));
  Ticks ticks;
  for (double n = std::floor(first / stride) * stride; n <= last; n += stride) {
    for (double digit : {1.0, 2.0, 5.0}) {
      if (digit > 1 && !between) break;
      const double value = digit * std::pow(10.0, n);
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      ticks.at.push_back(value);
      ticks.label.push_back(fmt::format("{:g}", value));
    }
  }
  return ticks.at.size() >= 2 ? ticks : nice_ticks(low, high, most);
}

}  // namespace bondline::show
