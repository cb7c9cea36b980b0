// Temperatures in time against limits, in sentences.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/layered_problem.h"
#include "design/thermal/transient/transient.h"

namespace bondline::thermal {
namespace {

using package::Finding;
using package::Verdict;

constexpr double kZero = 273.15;

/// When the history first reaches a limit, by the straight line between results; NaN when it does not.
double crossing(const std::vector<double>& time, const std::vector<double>& value, double limit) {
  for (std::size_t t = 0; t < time.size(); ++t) {
    if (!(value[t] > limit)) continue;
    if (t == 0 || !(value[t - 1] <= limit)) return time[t];
    return time[t - 1] + (time[t] - time[t - 1]) * (limit - value[t - 1]) / (value[t] - value[t - 1]);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// Whether the temperature has stopped rising at the end: the last fifth moves less than 1 % of the whole.
bool settled(const History& h) {
  const std::size_t n = h.max_K.size(), from = n - std::max<std::size_t>(1, n / 5);
  if (n < 5) return n < 2 || h.max_K[n - 1] - h.max_K[n - 2] < 1e-3;
  const auto [low, high] = std::minmax_element(h.max_K.begin(), h.max_K.end());
  const auto [a, b] = std::minmax_element(h.max_K.begin() + long(from), h.max_K.end());
  return *b - *a < 0.01 * (*high - *low);
}

Finding judge(const package::Design& design, const TransientResult& result, const History& h,
              const base::Where& where) {
  Finding f;
  f.rule = "thermal.junction_transient";
  f.subject = h.path;
  f.unit = "degC";
  f.value = h.peak_K - kZero;
  f.where = where;
  const std::string error = fmt::format(" (+-{:.2g} K)", h.error_K + result.time_error_K * 0.1);
  std::string text = fmt::format("it peaks at {:.1f} degC at {:.4g} s{}", h.peak_K - kZero, h.peak_at,
                                 h.error_K > 0 ? error : "");
  if (std::isfinite(h.peak_K) && h.peak_at == result.time.back() && !settled(h))
    text += ", still rising at the end";
  const auto limit = detail::limit_of(design, h.path);
  if (!limit) {
    f.verdict = Verdict::info;
    f.why = text + "; no limit was set";
    return f;
  }
  f.limit = *limit - kZero;
  f.margin = *limit - h.peak_K;
  f.source = "the design's limit";
  if (!std::isfinite(h.peak_K)) {
    f.verdict = Verdict::unknown;
    f.why = "it has no temperature";
    return f;
  }
  if (*f.margin < 0) {
    f.verdict = Verdict::fail;
    f.why = fmt::format("{}; it passes its limit of {:.1f} degC after {:.4g} s", text, *f.limit,
                        crossing(result.time, h.max_K, *limit));
    f.mend = "cool it better, lower its power, or keep the burst shorter than that";
  } else {
    f.verdict = *f.margin < h.error_K ? Verdict::warn : Verdict::pass;
    f.why = fmt::format("{}, {:.1f} K below its limit of {:.1f} degC", text, *f.margin, *f.limit);
  }
  return f;
}

}  // namespace

std::vector<package::Finding> findings(const package::Design& design, const TransientResult& result) {
  std::vector<Finding> out;
  if (result.runaway) {
    Finding f;
    f.rule = "thermal.runaway";
    f.subject = result.runaway->path;
    f.unit = "degC";
    f.limit = result.runaway->bound_K - kZero;
    f.verdict = Verdict::fail;
    f.why = fmt::format(
        "thermal runaway: its leakage grows faster than the heat leaves; its mean passes {:.0f} degC after "
        "{:.4g} s",
        *f.limit, result.runaway->time);
    f.source = "the design's leakage law";
    f.mend = "cool it better, lower its power or leakage, or end the load before that";
    out.push_back(std::move(f));
  }
  for (const History& h : result.dies) {
    const package::Die* die = design.find_die(h.path.substr(h.path.find('.') + 1));
    out.push_back(judge(design, result, h, die ? die->limit.where : base::Where{}));
  }
  for (const History& h : result.blocks)
    if (detail::limit_of(design, h.path)) out.push_back(judge(design, result, h, {}));
  // Where the power repeats: the highest temperature of the last whole period against that of the one before.
  double period = 0;
  for (const auto& die : design.dies)
    if (die.power.trace)
      period = std::max(period, die.power.trace->interval * double(die.power.trace->watts.size()));
  const double end = result.time.empty() ? 0 : result.time.back();
  if (period > 0 && end > 2 * period && result.events > 0) {
    for (const History& h : result.dies) {
      double last = -1e300, before = -1e300;
      for (std::size_t t = 0; t < result.time.size(); ++t) {
        if (result.time[t] > end - period)
          last = std::max(last, h.max_K[t]);
        else if (result.time[t] > end - 2 * period)
          before = std::max(before, h.max_K[t]);
      }
      if (!(last > -1e299) || !(before > -1e299)) continue;
      Finding f;
      f.rule = "thermal.repetitive_peak";
      f.subject = h.path;
      f.unit = "degC";
      f.value = last - kZero;
      f.verdict = Verdict::info;
      f.why = fmt::format(
          "the load repeats every {:.4g} s; the last repetition peaks at {:.2f} degC, {:.2g} K {} the one "
          "before",
          period, last - kZero, std::abs(last - before), last >= before ? "above" : "below");
      out.push_back(std::move(f));
    }
  }
  return out;
}

}  // namespace bondline::thermal
