#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/responses/responder.h"

namespace bondline::thermal {
using namespace detail;

ResistanceMatrix resistance_matrix(const package::Design& design, const package::Assembly& designed,
                                   const ResponseOptions& options, base::Pool& pool) {
  const auto start = std::chrono::steady_clock::now();
  Assembly assembly = designed;
  std::vector<Region> regions;
  std::vector<Drive> drives;
  parts_of(design, regions_of(design, designed), assembly, regions, drives);
  ResistanceMatrix out;
  if (drives.empty()) {
    out.notes.push_back(fmt::format("nothing is heated: there is no part to ask about"));
    return out;
  }
  Responder responder(design, assembly, options, pool);
  responder.quiet();
  Model& model = responder.model();
  out.cells = model.grid().cells();
  out.notes.insert(out.notes.end(), responder.notes().begin(), responder.notes().end());
  const std::size_t n = drives.size();
  const auto one = [&](std::size_t j) {
    std::vector<double> watts(n, 0.0);
    watts[j] = 1;
    responder.place(drives, watts);
  };
  std::vector<std::vector<double>> columns;
  for (std::size_t j = 0; j < n; ++j) {
    one(j);
    columns.push_back(model.rhs);
  }
  if (options.progress) options.progress(0.3, "one watt in each part");
  const auto fields = responder.solve(columns, options.relative_residual);
  out.peak.assign(n * n, 0.0);
  out.mean.assign(n * n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    one(j);
    const auto values = measure(model, fields[j], regions);
    for (std::size_t i = 0; i < n; ++i) {
      out.peak[i * n + j] = values[i].temperature.max_K - model.t_ref;
      out.mean[i * n + j] = values[i].temperature.mean_K - model.t_ref;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    out.names.push_back(drives[i].name);
    for (std::size_t j = 0; j < i; ++j)
      out.asymmetry = std::max(out.asymmetry, std::abs(out.mean[i * n + j] - out.mean[j * n + i]) /
                                                  std::sqrt(out.mean[i * n + i] * out.mean[j * n + j]));
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace bondline::thermal
