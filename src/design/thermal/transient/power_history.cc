#include "design/thermal/transient/power_history.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

using package::Design;
using package::Power;
using package::PowerTrace;

constexpr double kMostEvents = 2e6;

/// Power of one path over time: a constant and columns of one trace.
struct Law {
  double constant = 0;
  const PowerTrace* trace = nullptr;
  std::vector<std::size_t> columns;

  double sample(std::size_t s) const {
    double sum = constant;
    for (const std::size_t c : columns)
      if (c < trace->watts[s].size()) sum += trace->watts[s][c];
    return sum;
  }
  double mean() const {
    double sum = constant;
    for (const std::size_t c : columns) sum += trace->mean(c);
    return sum;
  }
  /// In the middle of a span; a trace that is over goes on as asked.
  double at(double t, AfterTrace after) const {
    if (columns.empty()) return constant;
    const double n = double(trace->watts.size());
    double s = std::floor(t / trace->interval);
    if (s >= n) {
      if (after == AfterTrace::off) return constant;
      s = after == AfterTrace::hold ? n - 1 : std::fmod(s, n);
    }
    return sample(std::size_t(std::clamp(s, 0.0, n - 1)));
  }
};

void add_columns(const Power& power, const std::string& name, Law& law) {
  if (!power.trace || power.trace->watts.empty()) return;
  for (std::size_t c = 0; c < power.trace->blocks.size(); ++c)
    if (power.trace->blocks[c] == name) {
      law.trace = &*power.trace;
      law.columns.push_back(c);
    }
}

void add_laws(const Power& power, const std::string& path, std::map<std::string, Law>& laws) {
  if (!power.trace) return;  // constant: as the assembly has it
  Law whole{power.uniform, nullptr, {}};
  add_columns(power, "", whole);
  laws[path] = whole;
  for (const auto& block : power.blocks) {
    Law law{block.power, nullptr, {}};
    if (!block.name.empty()) add_columns(power, block.name, law);
    laws[path + "." + block.name] = law;
  }
}

std::vector<const Power*> powers_of(const Design& design) {
  std::vector<const Power*> all;
  for (const auto& die : design.dies) all.push_back(&die.power);
  if (design.block)
    for (const auto& layer : design.block->layers) all.push_back(&layer.power);
  return all;
}

/// Ends of samples inside (0, until).
void add_breaks(const PowerTrace& trace, double until, AfterTrace after, std::vector<double>& breaks) {
  const double whole = trace.interval * double(trace.watts.size());
  const double last = after == AfterTrace::repeat ? until : std::min(until, whole * (1 + 1e-12));
  const double count = std::ceil(last / trace.interval);
  if (count > kMostEvents)
    throw base::Error(fmt::format("the trace has {:.3g} samples before {:.4g} s", count, until),
                      "shorten --until, lengthen the trace's interval, or choose --after hold");
  for (double k = 1; k <= count; ++k) {
    const double t = k * trace.interval;
    if (t < until * (1 - 1e-12) && t <= last) breaks.push_back(t);
  }
}

}  // namespace

std::vector<double> PowerHistory::scales(const package::Assembly& assembly, std::size_t span) const {
  std::vector<double> out(assembly.sources.size(), 1.0);
  for (std::size_t s = 0; s < channel.size(); ++s)
    if (assembly.sources[s].power != 0) out[s] = of(s, span) / assembly.sources[s].power;
  return out;
}

std::vector<double> PowerHistory::mean_scales(const package::Assembly& assembly) const {
  std::vector<double> out(assembly.sources.size(), 1.0);
  for (std::size_t s = 0; s < channel.size(); ++s)
    if (assembly.sources[s].power != 0) out[s] = mean_of(s) / assembly.sources[s].power;
  return out;
}

PowerHistory power_history(const Design& design, const package::Assembly& assembly, double until,
                           AfterTrace after) {
  PowerHistory out;
  std::map<std::string, Law> laws;
  for (const auto& die : design.dies) add_laws(die.power, "dies." + die.name, laws);
  if (design.block)
    for (const auto& layer : design.block->layers) add_laws(layer.power, "block." + layer.name, laws);

  std::vector<double> breaks;
  for (const Power* power : powers_of(design)) {
    if (!power->trace || power->trace->watts.empty()) continue;
    const PowerTrace& trace = *power->trace;
    if (!(trace.interval > 0) || !std::isfinite(trace.interval)) {
      base::Diagnostics all;
      all.error(trace.where, fmt::format("the trace's interval is {} s", trace.interval),
                "give interval: of the trace, e.g. 10 ms");
      throw base::Error(std::move(all));
    }
    for (const auto& sample : trace.watts)
      for (const double w : sample)
        if (!std::isfinite(w)) {
          base::Diagnostics all;
          all.error(trace.where, fmt::format("the trace holds a power of {} W", w), "give finite powers");
          throw base::Error(std::move(all));
        }
    const double whole = trace.interval * double(trace.watts.size());
    if (whole < until * (1 - 1e-9)) {
      const char* then = after == AfterTrace::repeat ? "it repeats"
                         : after == AfterTrace::hold ? "its last sample is held"
                                                     : "its part is off";
      bool constant = true;
      for (const auto& sample : trace.watts) constant = constant && sample == trace.watts.front();
      if (!constant || after == AfterTrace::off) {
        const std::string note =
            fmt::format("the trace{} is {:.4g} s long, the run {:.4g} s: then {}",
                        trace.file.empty() ? "" : " \"" + trace.file + "\"", whole, until, then);
        if (std::find(out.notes.begin(), out.notes.end(), note) == out.notes.end()) out.notes.push_back(note);
        if (after == AfterTrace::repeat) out.period = std::max(out.period, whole);
      }
    }
    add_breaks(trace, until, after, breaks);
  }
  std::sort(breaks.begin(), breaks.end());
  std::vector<double> ends{0.0};
  for (const double t : breaks)
    if (t - ends.back() > 1e-9 * std::max(t, 1e-300)) ends.push_back(t);
  ends.push_back(until);

  // Channel 0 is constant; the others are the traced paths' own laws, one per shape.
  std::vector<std::vector<double>> shape{std::vector<double>(ends.size() - 1, 1.0)};
  out.mean.push_back(1.0);
  std::map<std::string, std::pair<int, double>> channel_of;  // path -> channel, W at level 1
  for (const auto& [path, law] : laws) {
    if (law.columns.empty()) continue;
    std::vector<double> watts(ends.size() - 1);
    for (std::size_t s = 0; s + 1 < ends.size(); ++s) watts[s] = law.at(0.5 * (ends[s] + ends[s + 1]), after);
    const double mean = law.mean();
    const double top = *std::max_element(watts.begin(), watts.end(),
                                         [](double a, double b) { return std::abs(a) < std::abs(b); });
    const double unit = top != 0 ? top : mean != 0 ? mean : 1.0;
    for (double& w : watts) w /= unit;
    int found = -1;
    for (std::size_t c = 0; c < shape.size() && found < 0; ++c) {
      bool same = std::abs(out.mean[c] - mean / unit) <= 1e-12 * std::max(1.0, std::abs(mean / unit));
      for (std::size_t s = 0; s < watts.size() && same; ++s) same = std::abs(shape[c][s] - watts[s]) <= 1e-13;
      if (same) found = int(c);
    }
    if (found < 0) {
      found = int(shape.size());
      shape.push_back(std::move(watts));
      out.mean.push_back(mean / unit);
    }
    channel_of[path] = {found, unit};
  }

  // Spans between which nothing changes are one.
  for (std::size_t s = 0; s + 1 < ends.size(); ++s) {
    std::vector<double> level;
    for (const auto& c : shape) level.push_back(c[s]);
    if (!out.level.empty() && out.level.back() == level) continue;
    out.time.push_back(ends[s]);
    out.level.push_back(std::move(level));
  }
  out.time.push_back(until);

  for (const auto& source : assembly.sources) {
    if (!std::isfinite(source.power)) {
      base::Diagnostics all;
      all.error(source.where, fmt::format("the power of \"{}\" is {}", source.path, source.power),
                "give a finite power");
      throw base::Error(std::move(all));
    }
    const auto traced = channel_of.find(source.path);
    const auto law = laws.find(source.path);
    if (traced == channel_of.end()) {
      out.channel.push_back(0);
      out.watts.push_back(source.power);
    } else {  // a path's rectangles share its power as the assembly shares the mean
      const double mean = law->second.mean();
      out.channel.push_back(traced->second.first);
      out.watts.push_back(mean != 0 ? traced->second.second * source.power / mean : 0.0);
    }
  }
  return out;
}

PowerHistory averaged(const PowerHistory& h, const std::vector<double>& times) {
  PowerHistory out = h;
  out.time.clear();
  out.level.clear();
  std::size_t span = 0;
  double from = 0;
  for (const double to : times) {
    if (!(to > from)) continue;
    std::vector<double> sum(h.mean.size(), 0.0);
    for (;;) {
      const double a = std::max(from, h.time[span]), b = std::min(to, h.time[span + 1]);
      for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += h.level[span][c] * std::max(0.0, b - a);
      if (h.time[span + 1] > to || span + 1 == h.spans()) break;
      ++span;
    }
    for (double& v : sum) v /= to - from;
    bool same = !out.level.empty();
    for (std::size_t c = 0; c < sum.size() && same; ++c)
      same = std::abs(sum[c] - out.level.back()[c]) <= 1e-9 * std::abs(sum[c]);
    if (!same) {
      out.time.push_back(from);
      out.level.push_back(std::move(sum));
    }
    from = to;
  }
  out.time.push_back(from);
  return out;
}

}  // namespace bondline::thermal::detail
