// Inside the room: what both paths are given and how a result is put together.
#pragma once
#include <vector>

#include "design/thermal/model.h"
#include "design/thermal/transient/power_history.h"
#include "design/thermal/transient/transient.h"

namespace bondline::thermal::detail {

struct TimeRun {
  std::vector<const Design*> designs;  ///< one per workload; the first gives everything but power
  const Assembly* assembly = nullptr;  ///< of the first; sources of all workloads
  const TransientOptions* options = nullptr;
  std::vector<double> times;
  std::vector<PowerHistory> histories;  ///< per workload
  std::vector<Region> regions;
};

/// 0, dt, 2 dt, ..., until; or the times asked for. Throws base::Error where they make no sense.
std::vector<double> result_times(const TransientOptions& options);

/// Index of the span of constant power that ends at or holds t (its left limit).
std::size_t span_before(const PowerHistory& history, double t);

/// A result with named histories, their power and empty temperatures. Places per region: {list, index}.
struct Place {
  int list = 0;  ///< 0 dies, 1 blocks, 2 parts
  std::size_t index = 0;
};
TransientResult empty_result(const TimeRun& run, std::size_t workload, std::vector<Place>& places);
History& history_at(TransientResult& result, const Place& place);

/// Peaks, the whole at least as hot as what lies in it, largest error.
void finish(TransientResult& result);

/// Throws when a material that fills a solid lacks density or specific heat, naming material and mend.
void refuse_missing_capacity(const Design& design, const Assembly& assembly);

std::vector<TransientResult> transient_spectral(const TimeRun& run, base::Pool& pool);
std::vector<TransientResult> transient_volumes(const TimeRun& run, base::Pool& pool);

/// The series needs more modes than it may: the automatic path then takes finite volumes.
struct TooManyModes {
  std::size_t modes = 0;
};

}  // namespace bondline::thermal::detail
