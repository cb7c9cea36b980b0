#include "line/inference/profile/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <numeric>
#include <thread>

#include "line/inference/kernels/kernels.h"

namespace bondline::inference {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double percentile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(p * static_cast<double>(sorted.size())))];
}

double seconds_of(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double cpu_seconds() {
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

bool refuse(const Stream& stream, base::Diagnostics& diagnostics) {
  diagnostics.error({}, "a run failed: " + stream.problem(), "give the model inputs it can work on");
  return false;
}

/// What a step could reach at best: the roof of its arithmetic and of the memory that holds its data.
void hold_against_roofs(const Profile& roofs, const Step& step, Layer& layer) {
  if (layer.ms <= 0) return;
  const double seconds = layer.ms * 1e-3;
  layer.gops = 2e-9 * static_cast<double>(step.macs) / seconds;
  const bool integer = step.kind == StepKind::conv_int8 || step.kind == StepKind::conv_pair_int8;
  const double peak = integer ? roofs.peak_int8_gops : roofs.peak_f32_gops;
  if (peak > 0) layer.percent_compute = 100 * layer.gops / peak;
  const double roof = step.bytes < (1 << 20)    ? roofs.bandwidth_l2
                      : step.bytes < (16 << 20) ? roofs.bandwidth_l3
                                                : roofs.bandwidth_memory;
  if (roof > 0) layer.percent_bandwidth = 100 * static_cast<double>(step.bytes) / seconds / roof;
}

}  // namespace

SampleBuffers::SampleBuffers(const Model& model) {
  std::uint32_t state = 1;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
  };
  for (const Port& port : model.inputs()) {
    std::vector<std::byte> data(port.bytes());
    if (port.dtype == DType::f32) {
      for (std::size_t i = 0; i + 4 <= data.size(); i += 4) {
        const float v = static_cast<float>(next()) / 16777216.0f;
        std::memcpy(data.data() + i, &v, 4);
      }
    } else if (size_of(port.dtype) > 1) {
      for (std::size_t i = 0; i < data.size(); i += size_of(port.dtype)) data[i] = std::byte{0};
    } else {
      for (auto& b : data)
        b = static_cast<std::byte>(port.dtype == DType::boolean ? next() & 1 : next() & 0x7f);
    }
    memory_.push_back(std::move(data));
    inputs.push_back(memory_.back().data());
  }
  for (const Port& port : model.outputs()) {
    memory_.emplace_back(port.bytes());
    outputs.push_back(memory_.back().data());
  }
}

std::optional<Profile> profile(Stream& stream, const ProfileOptions& options,
                               base::Diagnostics& diagnostics) {
  const Plan& plan = stream.model().plan();
  SampleBuffers buffers(stream.model());
  Profile out;
  out.isa = plan.isa;
  const std::size_t least = options.runs == 0 ? 10 : options.runs;
  std::vector<std::uint64_t> ns(plan.steps.size());
  for (int i = 0; i < 3; ++i) {
    if (stream.run(buffers.inputs, buffers.outputs) == RunStatus::failed)
      return refuse(stream, diagnostics), std::nullopt;
  }
  // Plain and timed runs take turns, so that a change of clock or load meets both.
  std::vector<double> whole, timed;
  std::vector<std::vector<double>> layers(plan.steps.size());
  const auto start = Clock::now();
  const auto clock = stream.threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  while (whole.size() < least || since(start) < options.seconds) {
    double at = seconds_of(clock);
    stream.run(buffers.inputs, buffers.outputs);
    whole.push_back((seconds_of(clock) - at) * 1e3);
    at = seconds_of(clock);
    stream.run_timed(buffers.inputs, buffers.outputs, ns);
    timed.push_back((seconds_of(clock) - at) * 1e3);
    for (std::size_t i = 0; i < ns.size(); ++i) layers[i].push_back(1e-6 * static_cast<double>(ns[i]));
    if (whole.size() >= 20000) break;
  }
  out.runs = whole.size();
  out.total_ms = median(whole);
  const double timed_ms = median(timed);
  out.overhead_percent = out.total_ms > 0 ? 100 * (timed_ms / out.total_ms - 1) : 0;
  // Layers of the runs around the median one: their sum is a run that happened, not a sum of medians.
  std::vector<std::size_t> order(timed.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return timed[a] < timed[b]; });
  const std::size_t middle = order.size() / 2, half = std::min<std::size_t>(order.size() / 8, middle);
  const auto peak = [&](bool integer) {
    const auto isa = kernels::isa_named(plan.isa).value_or(kernels::Isa::portable);
    return 1e-9 * (integer ? kernels::peak_int8_ops(isa) : kernels::peak_f32_flops(isa));
  };
  if (options.roofs) {
    out.peak_int8_gops = peak(true);
    out.peak_f32_gops = peak(false);
    out.bandwidth_l2 = kernels::read_bandwidth(std::size_t{256} << 10);
    out.bandwidth_l3 = kernels::read_bandwidth(std::size_t{4} << 20);
    out.bandwidth_memory = kernels::read_bandwidth(std::size_t{64} << 20);
  }
  double at_peak = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    Layer layer;
    layer.name = step.name;
    layer.op = step.op;
    layer.kind = std::string(name_of(step.kind));
    layer.macs = step.macs;
    layer.bytes = step.bytes;
    double sum = 0;
    for (std::size_t r = middle - half; r <= std::min(middle + half, order.size() - 1); ++r)
      sum += layers[i][order[r]];
    layer.ms = sum / static_cast<double>(std::min(middle + half, order.size() - 1) - (middle - half) + 1);
    hold_against_roofs(out, step, layer);
    out.layers_ms += layer.ms;
    const bool integer = step.kind == StepKind::conv_int8 || step.kind == StepKind::conv_pair_int8;
    const double roof = integer ? out.peak_int8_gops : out.peak_f32_gops;
    if (roof > 0) at_peak += 2e-6 * static_cast<double>(step.macs) / roof;
    out.layers.push_back(std::move(layer));
  }
  out.gops = out.total_ms > 0 ? 2e-6 * static_cast<double>(plan.macs) / out.total_ms : 0;
  out.percent_of_peak = out.total_ms > 0 ? 100 * at_peak / out.total_ms : 0;
  return out;
}

std::optional<Bench> bench(std::shared_ptr<const Model> model, const BenchOptions& options,
                           base::Diagnostics& diagnostics) {
  struct Lane {
    std::unique_ptr<Stream> stream;
    std::unique_ptr<SampleBuffers> buffers;
    std::vector<double> ms;
    bool failed = false;
  };
  std::vector<Lane> lanes(static_cast<std::size_t>(std::max(1, options.streams)));
  for (Lane& lane : lanes) {
    lane.stream = Stream::make(model, {options.threads}, diagnostics);
    if (lane.stream == nullptr) return std::nullopt;
    lane.buffers = std::make_unique<SampleBuffers>(*model);
    for (int i = 0; i < 2; ++i) {
      if (lane.stream->run(lane.buffers->inputs, lane.buffers->outputs) == RunStatus::failed) {
        return refuse(*lane.stream, diagnostics), std::nullopt;
      }
    }
  }
  const std::size_t least = options.runs == 0 ? 10 : options.runs;
  Bench out;
  double best_cpu = 1e300;
  const auto start = Clock::now();
  const auto drive = [&](Lane& lane, bool alone) {
    lane.ms.reserve(4096);
    while ((lane.ms.size() < least || since(start) < options.seconds) && lane.ms.size() < 1'000'000) {
      const double cpu = alone ? cpu_seconds() : 0;
      const auto at = Clock::now();
      lane.failed =
          lane.stream->run(lane.buffers->inputs, lane.buffers->outputs) == RunStatus::failed || lane.failed;
      lane.ms.push_back(since(at) * 1e3);
      if (alone) best_cpu = std::min(best_cpu, cpu_seconds() - cpu);
    }
  };
  const double cpu_before = cpu_seconds();
  if (lanes.size() == 1) {
    drive(lanes[0], true);
  } else {
    std::vector<std::thread> threads;
    for (Lane& lane : lanes) threads.emplace_back([&drive, &lane] { drive(lane, false); });
    for (auto& t : threads) t.join();
  }
  const double seconds = since(start), cpu = cpu_seconds() - cpu_before;
  std::vector<double> all;
  for (const Lane& lane : lanes) {
    if (lane.failed) return refuse(*lane.stream, diagnostics), std::nullopt;
    all.insert(all.end(), lane.ms.begin(), lane.ms.end());
  }
  std::sort(all.begin(), all.end());
  out.runs = all.size();
  out.min_ms = all.front();
  out.p50_ms = percentile(all, 0.5);
  out.p99_ms = percentile(all, 0.99);
  out.mean_ms = std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
  out.cpu_ms = lanes.size() == 1 ? best_cpu * 1e3 : cpu * 1e3 / static_cast<double>(all.size());
  out.throughput = static_cast<double>(all.size()) / seconds;
  return out;
}

}  // namespace bondline::inference
