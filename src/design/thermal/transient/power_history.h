// Power over time: every heat source of an assembly follows one channel, piecewise constant between events.
// Channels that are multiples of each other are one.
#pragma once
#include <string>
#include <vector>

#include "design/package/solids.h"
#include "design/thermal/transient/transient.h"

namespace bondline::thermal::detail {

struct PowerHistory {
  /// Ends of the spans of constant power: 0 = time[0] < ... < time.back() = until. Neighbouring spans differ.
  std::vector<double> time;
  std::vector<std::vector<double>> level;  ///< [span][channel]
  std::vector<double> mean;                ///< per channel: of the design's own trace (as steady() takes it)
  std::vector<int> channel;                ///< per source of the assembly
  std::vector<double> watts;               ///< per source: W at level 1
  double period = 0;                       ///< s: when a trace repeats in the run; else 0
  std::vector<std::string> notes;

  std::size_t spans() const { return level.size(); }
  /// Factors on the assembly's (mean) source powers in a span, and for the mean power.
  std::vector<double> scales(const package::Assembly& assembly, std::size_t span) const;
  std::vector<double> mean_scales(const package::Assembly& assembly) const;
  double mean_of(std::size_t source) const { return watts[source] * mean[std::size_t(channel[source])]; }
  /// W of one source in a span.
  double of(std::size_t source, std::size_t span) const {
    return watts[source] * level[span][std::size_t(channel[source])];
  }
};

/// Throws base::Error for powers that are not finite and for more events than memory.
PowerHistory power_history(const package::Design& design, const package::Assembly& assembly, double until,
                           AfterTrace after);

/// The same heat with the power averaged between neighbouring `times` (rising, the last is the end).
PowerHistory averaged(const PowerHistory& history, const std::vector<double>& times);

}  // namespace bondline::thermal::detail
