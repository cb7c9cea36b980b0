#include "numerics/layered_solver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "numerics/layered_check.h"
#include "numerics/layered_modes.h"
#include "numerics/layered_plan.h"

namespace bondline::numerics {
namespace {

using Place = LayeredStation::Place;

LayeredStation source_station(const LayeredSource& source) {
  switch (source.place) {
    case LayeredSource::Place::volume:
      return {source.layer, Place::volume, 0};
    case LayeredSource::Place::bottom_face:
      return {source.layer, Place::bottom, 0};
    case LayeredSource::Place::top_face:
      break;
  }
  return {source.layer, Place::top, 0};
}

// The layer that holds height z; within 1e-12 of the stack's height of an interface, the top of the layer
// below it.
LayeredStation height_station(const LayeredStack& stack, double z) {
  const double near = 1e-12 * stack_height(stack);
  if (z <= near) return {0, Place::bottom, 0};
  double bottom = 0;
  const int count = static_cast<int>(stack.layers.size());
  for (int l = 0; l < count; ++l) {
    const double top = bottom + stack.layers[std::size_t(l)].thickness;
    if (std::abs(z - top) <= near) return {l, Place::top, 0};
    if (z < top) return {l, Place::height, z - bottom};
    bottom = top;
  }
  return {count - 1, Place::top, 0};
}

LayeredStation probe_station(const LayeredStack& stack, const LayeredProbe& probe) {
  switch (probe.kind) {
    case LayeredProbe::Kind::volume_mean:
      return {probe.layer, Place::volume, 0};
    case LayeredProbe::Kind::bottom_face_mean:
      return {probe.layer, Place::bottom, 0};
    case LayeredProbe::Kind::top_face_mean:
      return {probe.layer, Place::top, 0};
    case LayeredProbe::Kind::point:
      break;
  }
  return height_station(stack, probe.z);
}

// The problem in the terms of the series: stations and intervals, each named once.
struct Series {
  CosineAxis x, y;
  std::vector<LayeredStation> stations;
  std::vector<SeriesSource> sources;
  std::vector<SeriesProbe> probes;
  std::vector<int> from, to;  // stations with sources, with probes

  Series(const LayeredStack& stack, std::span<const LayeredSource> heat, std::span<const LayeredProbe> asked)
      : x(stack.size_x), y(stack.size_y) {
    const auto interval = [](CosineAxis& axis, double a, double b) {
      return axis.add(std::clamp(a, 0.0, axis.length()), std::clamp(b, 0.0, axis.length()));
    };
    for (const auto& s : heat)
      sources.push_back(
          {number(source_station(s), from), interval(x, s.x0, s.x1), interval(y, s.y0, s.y1), s.power});
    for (const auto& p : asked)
      probes.push_back(
          {number(probe_station(stack, p), to), interval(x, p.x0, p.x1), interval(y, p.y0, p.y1)});
  }

 private:
  int number(const LayeredStation& station, std::vector<int>& side) {
    auto at = std::find(stations.begin(), stations.end(), station);
    if (at == stations.end()) at = stations.insert(stations.end(), station);
    const int n = static_cast<int>(at - stations.begin());
    if (std::find(side.begin(), side.end(), n) == side.end()) side.push_back(n);
    return n;
  }
};

// The source coefficients of a station, half transformed: for x interval a, row[n] = sum of power c_n over
// its sources.
struct HalfSources {
  std::vector<int> intervals;             // on x
  std::vector<std::vector<double>> rows;  // by interval, over n
};

// The probes of a station: distinct y intervals, and which of them each probe uses.
struct HalfProbes {
  std::vector<int> intervals;  // on y
  std::vector<double> sums;    // [m * intervals + d]: sum over n of coefficient times c_n
};

HalfSources half_sources(const Series& series, int station) {
  HalfSources half;
  const std::size_t modes = std::size_t(series.y.modes());
  for (const auto& s : series.sources) {
    if (s.station != station) continue;
    auto at = std::find(half.intervals.begin(), half.intervals.end(), s.x);
    if (at == half.intervals.end()) {
      at = half.intervals.insert(half.intervals.end(), s.x);
      half.rows.emplace_back(modes);
    }
    double* row = half.rows[std::size_t(at - half.intervals.begin())].data();
    const double* c = series.y.means(s.y);
    for (std::size_t n = 0; n < modes; ++n) row[n] += s.power * (n == 0 ? 1.0 : 2.0) * c[n];
  }
  return half;
}

class Summation {
 public:
  Summation(const Series& series, const LayeredModes& modes, const SeriesPlan& plan)
      : series_(series), modes_(modes), plan_(plan) {
    for (int station : series.from) sources_.push_back(half_sources(series, station));
    for (int station : series.to) {
      HalfProbes half;
      for (const auto& p : series.probes)
        if (p.station == station &&
            std::find(half.intervals.begin(), half.intervals.end(), p.y) == half.intervals.end())
          half.intervals.push_back(p.y);
      half.sums.assign(half.intervals.size() * std::size_t(series.x.modes()), 0.0);
      probes_.push_back(std::move(half));
    }
  }

  void run(base::Pool& pool) {
    constexpr int kRows = 8;             // rows of modes per chunk
    constexpr long long kAlone = 16384;  // below this many modes the hand-off costs more than it gains
    struct Chunk {
      int panel, first, last;
    };
    std::vector<Chunk> chunks;
    for (int i = 0; i < plan_.panels_x(); ++i) {
      const int end = plan_.edges_x[std::size_t(i) + 1];
      for (int m = plan_.edges_x[std::size_t(i)]; m < end; m += kRows)
        chunks.push_back({i, m, std::min(end, m + kRows)});
    }
    const auto body = [&](std::size_t k, LayeredModes::Scratch& scratch) {
      for (int m = chunks[k].first; m < chunks[k].last; ++m) sum_row(chunks[k].panel, m, scratch);
    };
    if (plan_.modes < kAlone || pool.threads() == 1) {
      const auto scratch = modes_.make_scratch();
      for (std::size_t k = 0; k < chunks.size(); ++k) body(k, *scratch);
    } else {
      pool.run(chunks.size(), [&](std::size_t k) { body(k, *modes_.make_scratch()); });
    }
  }

  double rise(const SeriesProbe& probe) const {
    const auto t =
        std::size_t(std::find(series_.to.begin(), series_.to.end(), probe.station) - series_.to.begin());
    const HalfProbes& half = probes_[t];
    const auto d = std::size_t(std::find(half.intervals.begin(), half.intervals.end(), probe.y) -
                               half.intervals.begin());
    const double* c = series_.x.means(probe.x);
    double sum = 0;
    for (int m = series_.x.modes(); m-- > 0;)  // small terms first
      sum += c[m] * half.sums[std::size_t(m) * half.intervals.size() + d];
    return sum / (series_.x.length() * series_.y.length());
  }

 private:
  void sum_row(int panel, int m, LayeredModes::Scratch& scratch) {
    const int panels = plan_.panels_y();
    for (int j = 0; j < panels;) {
      if (!plan_.is_taken(panel, j)) {
        ++j;
        continue;
      }
      const int first = plan_.edges_y[std::size_t(j)];
      while (j < panels && plan_.is_taken(panel, j)) ++j;
      const int last = plan_.edges_y[std::size_t(j)];
      for (int n = first; n < last; n += LayeredModes::kBlock)
        sum_block(m, n, std::min(last, n + LayeredModes::kBlock), scratch);
    }
  }

  void sum_block(int m, int first, int last, LayeredModes::Scratch& scratch) {
    if (m == 0 && first == 0) {
      sum_mean_mode();
      if (++first == last) return;
    }
    const auto count = std::size_t(last - first);
    double g[LayeredModes::kBlock], z[LayeredModes::kBlock], heat[LayeredModes::kBlock],
        total[LayeredModes::kBlock];
    const double gx = std::numbers::pi * m / series_.x.length(), gy = std::numbers::pi / series_.y.length();
    for (std::size_t i = 0; i < count; ++i) {
      const double gn = gy * (first + static_cast<int>(i));
      g[i] = std::sqrt(gx * gx + gn * gn);
    }
    modes_.prepare(g, static_cast<int>(count), scratch);
    for (std::size_t t = 0; t < probes_.size(); ++t) {
      std::fill_n(total, count, 0.0);
      for (std::size_t f = 0; f < sources_.size(); ++f) {
        modes_.response(series_.from[f], series_.to[t], z, scratch);
        std::fill_n(heat, count, 0.0);
        for (std::size_t a = 0; a < sources_[f].intervals.size(); ++a) {
          const double c = (m == 0 ? 1.0 : 2.0) * series_.x.means(sources_[f].intervals[a])[m];
          const double* row = sources_[f].rows[a].data() + first;
          for (std::size_t i = 0; i < count; ++i) heat[i] += c * row[i];
        }
        for (std::size_t i = 0; i < count; ++i) total[i] += heat[i] * z[i];
      }
      HalfProbes& half = probes_[t];
      double* sums = &half.sums[std::size_t(m) * half.intervals.size()];
      for (std::size_t d = 0; d < half.intervals.size(); ++d) {
        const double* c = series_.y.means(half.intervals[d]) + first;
        double sum = 0;
        for (std::size_t i = 0; i < count; ++i) sum += total[i] * c[i];
        sums[d] += sum;
      }
    }
  }

  void sum_mean_mode() {
    for (std::size_t t = 0; t < probes_.size(); ++t) {
      double total = 0;
      for (std::size_t f = 0; f < sources_.size(); ++f)
        for (const auto& row : sources_[f].rows)
          total += row[0] * modes_.mean_response(series_.from[f], series_.to[t]);
      for (std::size_t d = 0; d < probes_[t].intervals.size(); ++d) probes_[t].sums[d] += total;
    }
  }

  const Series& series_;
  const LayeredModes& modes_;
  const SeriesPlan& plan_;
  std::vector<HalfSources> sources_;
  std::vector<HalfProbes> probes_;
};

}  // namespace

LayeredResult solve_layered(const LayeredStack& stack, std::span<const LayeredSource> sources,
                            std::span<const LayeredProbe> probes, double tolerance_K, base::Pool& pool,
                            int max_modes) {
  LayeredResult result;
  result.problem = check_layered(stack, sources, probes, tolerance_K, max_modes);
  if (!result.problem.empty()) return result;

  Series series(stack, sources, probes);
  const LayeredModes modes(stack, series.stations);
  for (const auto& source : series.sources) {
    result.heat_out_top += source.power * modes.share_to_top(source.station);
    result.heat_out_bottom += source.power * modes.share_to_bottom(source.station);
  }
  if (probes.empty()) return result;
  if (sources.empty()) {
    result.rise.assign(probes.size(), 0.0);
    result.error_bound = result.rise;
    return result;
  }

  SeriesPlan plan =
      plan_series(modes, series.x, series.y, series.sources, series.probes, tolerance_K, max_modes);
  Summation summation(series, modes, plan);
  summation.run(pool);
  for (std::size_t p = 0; p < probes.size(); ++p) {
    result.rise.push_back(summation.rise(series.probes[p]));
    if (!std::isfinite(result.rise[p]) || !std::isfinite(plan.error_bound[p])) {
      LayeredResult refused;
      refused.problem = fmt::format("probe {}: the numbers of the stack overflow (rise {} K, bound {} K)", p,
                                    result.rise[p], plan.error_bound[p]);
      return refused;
    }
  }
  result.error_bound = std::move(plan.error_bound);
  result.modes_x = plan.edges_x.back();
  result.modes_y = plan.edges_y.back();
  result.modes = plan.modes;
  return result;
}

}  // namespace bondline::numerics
