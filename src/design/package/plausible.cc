#include "design/package/plausible.h"

#include <cmath>

#include <fmt/format.h>

namespace bondline::package {

Slip unit_slip(double si, std::string_view as_written, const Plausible& range) {
  if (si <= 0 && range.min >= 0) return {};
  if (std::isinf(si)) {
    if (range.dimension == base::dim::film_coefficient) return {};  // a face held at the fluid's temperature
    return {fmt::format("{} cannot be infinite", range.what), "write a number and its unit"};
  }
  if (si >= range.min && si <= range.max) return {};
  const auto words = [&](double value) {
    return base::format_quantity(value, range.dimension, 4, range.scale);
  };
  const std::string bounds = range.min > 0 ? fmt::format("({} .. {})", words(range.min), words(range.max))
                                           : fmt::format("(at most {})", words(range.max));
  Slip slip{fmt::format("{} is implausible for {} {}", as_written, range.what, bounds), "check the unit"};
  if (range.dimension == base::dim::temperature && range.scale == base::Scale::point) {
    const double if_celsius = si + 273.15;  // a bare kelvin number that was meant in degC
    if (if_celsius >= range.min && if_celsius <= range.max)
      slip.mend = fmt::format("did you mean {}?", words(if_celsius));
    return slip;
  }
  for (const double factor : {1e-3, 1e3, 1e-6, 1e6, 1e-9, 1e9}) {
    const double meant = si * factor;
    if (meant < range.min || meant > range.max || meant == 0) continue;
    slip.mend = fmt::format("did you mean {}?", words(meant));
    break;
  }
  return slip;
}

}  // namespace bondline::package
