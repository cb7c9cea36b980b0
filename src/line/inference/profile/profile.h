// Time of every step of a compiled model against the roofs measured in the same run: arithmetic of the
// instruction set, memory. A step's roof is the time it would take at the measured peak; percent_* say how
// near it comes. Layer times are taken between two clock reads per step, so they sum to the whole.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/runtime/runtime.h"

namespace bondline::inference {

struct ProfileOptions {
  double seconds = 1;    ///< time to measure for, after warming up
  std::size_t runs = 0;  ///< at least this many runs; 0: ten
  bool roofs = true;     ///< measure peaks (0.3 s more)
};

struct Layer {
  std::string name, op;
  std::string kind;                  ///< of the step: "conv_int8"
  double ms = 0;                     ///< median over runs
  double gops = 0;                   ///< 10^9 operations per second, a multiply-accumulate being two
  std::int64_t macs = 0, bytes = 0;  ///< per run
  double percent_compute = 0;        ///< of the measured arithmetic peak for its type; 0: no multiplications
  double percent_bandwidth = 0;      ///< of the measured read bandwidth of the memory its data fits in
};

struct Profile {
  std::vector<Layer> layers;
  double total_ms = 0;          ///< median of whole runs without clock reads between steps
  double layers_ms = 0;         ///< sum over layers
  double overhead_percent = 0;  ///< of timing: median of timed runs over total_ms - 1
  double peak_int8_gops = 0, peak_f32_gops = 0;
  double bandwidth_l2 = 0, bandwidth_l3 = 0, bandwidth_memory = 0;  ///< bytes/s
  double gops = 0;                                                  ///< of the whole run
  double percent_of_peak = 0;  ///< sum of the steps' times at peak over total_ms
  std::size_t runs = 0;
  std::string isa;
};

/// Runs the stream on made-up inputs (a fixed pseudo-random pattern). nullopt with an error when a run fails.
std::optional<Profile> profile(Stream& stream, const ProfileOptions& options, base::Diagnostics& diagnostics);

struct BenchOptions {
  double seconds = 1;
  std::size_t runs = 0;
  int threads = 1;
  int streams = 1;
};

/// Whole runs, several streams at once when asked.
struct Bench {
  double p50_ms = 0, p99_ms = 0, min_ms = 0, mean_ms = 0;
  double cpu_ms = 0;      ///< process CPU time per run, smallest over blocks of runs
  double throughput = 0;  ///< runs per second over all streams
  std::uint64_t runs = 0;
  double load_ms = 0;  ///< filled by the caller
};
std::optional<Bench> bench(std::shared_ptr<const Model> model, const BenchOptions& options,
                           base::Diagnostics& diagnostics);

/// Buffers for a model's ports filled with a fixed pattern: floats in [0, 1), small whole numbers otherwise.
class SampleBuffers {
 public:
  explicit SampleBuffers(const Model& model);
  std::vector<const void*> inputs;
  std::vector<void*> outputs;

 private:
  std::vector<std::vector<std::byte>> memory_;
};

}  // namespace bondline::inference
