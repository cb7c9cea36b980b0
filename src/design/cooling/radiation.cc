#include "design/cooling/radiation.h"

#include <algorithm>
#include <cmath>

namespace bondline::cooling {

double radiation_film(double emissivity, double t, double a) {
  return emissivity * kStefanBoltzmann * (t * t + a * a) * (t + a);
}

double radiation_slope(double emissivity, double t, double a) {
  return emissivity * kStefanBoltzmann * (3 * t * t + 2 * t * a + a * a);
}

double radiation_linearisation_error(double mean, double coldest, double hottest, double ambient) {
  const double used = radiation_film(1, mean, ambient);
  return std::max(std::abs(used / radiation_film(1, coldest, ambient) - 1),
                  std::abs(used / radiation_film(1, hottest, ambient) - 1));
}

}  // namespace bondline::cooling
