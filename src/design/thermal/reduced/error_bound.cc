#include "design/thermal/reduced/error_bound.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "design/thermal/reduced/contour.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kApart = 6;  // neighbouring rates of the cover

/// Amplitudes with  sum_m amplitude_m exp(-rate_m t) >= f_n  on the n-th contour's times; slow rates first.
std::vector<double> cover(const std::vector<Contour>& times, std::vector<double> f,
                          const std::vector<double>& rates) {
  std::vector<double> amplitudes(rates.size(), 0.0);
  for (std::size_t m = 0; m < rates.size(); ++m) {
    const double from = m + 1 < rates.size() ? 2 / rates[m + 1] : 0;
    for (std::size_t n = 0; n < times.size(); ++n)  // the exponential is lowest at an interval's end
      if (times[n].to >= from)
        amplitudes[m] = std::max(amplitudes[m], f[n] * std::exp(rates[m] * times[n].to));
    for (std::size_t n = 0; n < times.size(); ++n) {
      const double left = f[n] - amplitudes[m] * std::exp(-rates[m] * times[n].to);
      f[n] = times[n].to < from ? std::max(0.0, left) : 0.0;  // not what rounding left
    }
  }
  return amplitudes;
}

}  // namespace

numerics::HistoryBound error_bound(const ReducedBasis& basis, const std::vector<FilmGroup>& groups,
                                   const Ports& ports, std::span<const double> low, std::span<const double> h,
                                   double shortest, base::Pool& pool) {
  const std::vector<PortResiduals> all = port_residuals(basis, low, h, shortest);
  const PortResiduals& residuals = all[0];
  const std::vector<Contour> times = contours(basis.slowest, shortest, basis.sector, basis.sigmas());
  std::vector<std::vector<double>> norms;
  for (std::size_t d = 0; d < all.size(); ++d) norms.push_back(contour_norms(all[d], times, d, pool));
  numerics::HistoryBound out;
  out.inputs = int(ports.inputs.size());
  out.outputs = int(ports.outputs.size());
  out.shortest_step = shortest;
  for (double rate = 0.5 * basis.slowest; rate < 2 / shortest; rate *= kApart) out.rates.push_back(rate);
  const std::size_t inputs = ports.inputs.size(), outputs = ports.outputs.size();
  out.fixed.assign(inputs * outputs, 0.0);
  out.amplitudes.assign(out.rates.size() * inputs * outputs, 0.0);
  pool.run(outputs, [&](std::size_t o) {
    const std::size_t go = std::size_t(basis.vector_of_output[o]);
    for (std::size_t i = 0; i < inputs; ++i) {
      const std::size_t gi = std::size_t(basis.vector_of_input[i]);
      double factor = std::abs(basis.factor_of_output[o] * basis.factor_of_input[i]);
      const int film = ports.inputs[i].film;
      if (film >= 0 && groups[std::size_t(film)].parameter()) factor *= h[std::size_t(film)];
      const double stays = residuals.lasting(go) * residuals.lasting(gi);
      const double whole = residuals.norm[go] * residuals.norm[gi];
      out.fixed[o * inputs + i] = factor * stays;
      // A change leaves less than f of its time beside what stays of it.
      std::vector<double> f(times.size());
      for (std::size_t n = 0; n < times.size(); ++n) {
        double least = std::numeric_limits<double>::infinity();
        for (const auto& with : norms)
          least = std::min(least, with[n * residuals.ports + go] * with[n * residuals.ports + gi]);
        f[n] = least + times[n].rest * whole + (times[n].late ? 0 : stays);
      }
      const std::vector<double> amplitudes = cover(times, std::move(f), out.rates);
      for (std::size_t m = 0; m < out.rates.size(); ++m)
        out.amplitudes[(m * outputs + o) * inputs + i] = factor * amplitudes[m];
    }
  });
  return out;
}

}  // namespace bondline::thermal::detail
