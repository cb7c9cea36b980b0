#include "design/cooling/correlated.h"

#include <algorithm>

#include <fmt/format.h>

namespace bondline::cooling {

void confine(Correlated& c, const char* name, double at, double low, double high) {
  if (at >= low && at <= high) return;
  c.valid = false;
  if (!c.doubt.empty()) c.doubt += "; ";
  if (at > 0 && low > 0)
    c.doubt += fmt::format("{} = {:.3g} lies outside {:.3g} to {:.3g} by a factor of {:.3g}: extrapolated",
                           name, at, low, high, at < low ? low / at : at / high);
  else
    c.doubt += fmt::format("{} = {:.3g} lies outside {:.3g} to {:.3g}: extrapolated", name, at, low, high);
}

Correlated with_doubts_of(Correlated value, const Correlated& other) {
  value.valid = value.valid && other.valid;
  value.scatter = std::max(value.scatter, other.scatter);
  if (!other.doubt.empty() && value.doubt.find(other.doubt) == std::string::npos)
    value.doubt += (value.doubt.empty() ? "" : "; ") + other.doubt;
  return value;
}

}  // namespace bondline::cooling
