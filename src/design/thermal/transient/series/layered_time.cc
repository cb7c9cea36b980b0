#include "design/thermal/transient/series/layered_time.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "design/thermal/transient/run.h"
#include "numerics/cosine_series.h"

namespace bondline::thermal::detail {
namespace {

using numerics::LayeredProbe;
using numerics::LayeredSource;
using numerics::LayeredStation;
using Place = LayeredStation::Place;

constexpr double kMissing = 1e-6;   // of the mean mode's answer: where modes are cut
constexpr double kDead = 36;        // exponents beyond which an exponential is nothing (2e-16)
constexpr std::size_t kRows = 16;   // rows of modes worked on together
constexpr int kFewestStatic = 512;  // modes per axis of the steady answer
constexpr int kMostStatic = 2048;

LayeredStation station_of(const LayeredSource& s) {
  return {s.layer,
          s.place == LayeredSource::Place::volume        ? Place::volume
          : s.place == LayeredSource::Place::bottom_face ? Place::bottom
                                                         : Place::top,
          0};
}

LayeredStation station_of(const LayeredProbe& p, const numerics::LayeredStack& stack) {
  using Kind = LayeredProbe::Kind;
  if (p.kind == Kind::volume_mean) return {p.layer, Place::volume, 0};
  if (p.kind == Kind::bottom_face_mean) return {p.layer, Place::bottom, 0};
  if (p.kind == Kind::top_face_mean) return {p.layer, Place::top, 0};
  double height = 0, bottom = 0;
  for (const auto& layer : stack.layers) height += layer.thickness;
  const double near = 1e-9 * height;
  if (p.z <= near) return {0, Place::bottom, 0};
  for (std::size_t l = 0; l < stack.layers.size(); ++l) {
    const double top = bottom + stack.layers[l].thickness;
    if (std::abs(p.z - top) <= near) return {int(l), Place::top, 0};
    if (p.z < top) return {int(l), Place::height, p.z - bottom};
    bottom = top;
  }
  return {int(stack.layers.size()) - 1, Place::top, 0};
}

/// Sources and probes by station and interval.
struct Places {
  numerics::CosineAxis x, y;
  std::vector<LayeredStation> stations;
  struct One {
    int station = 0, x = 0, y = 0;
  };
  std::vector<One> sources, probes;
  std::vector<int> from, to;                // stations of sources, of probes
  std::vector<std::vector<int>> probe_y;    // per entry of `to`: distinct intervals on y
  std::vector<int> probe_group, probe_row;  // per probe: entry of `to`, its interval's place there

  explicit Places(const LayeredTimeProblem& p) : x(p.stack.stack.size_x), y(p.stack.stack.size_y) {
    const auto interval = [](numerics::CosineAxis& axis, double a, double b) {
      return axis.add(std::clamp(a, 0.0, axis.length()), std::clamp(b, 0.0, axis.length()));
    };
    for (const auto& s : p.sources)
      sources.push_back({number(station_of(s), from), interval(x, s.x0, s.x1), interval(y, s.y0, s.y1)});
    for (const auto& q : p.probes)
      probes.push_back(
          {number(station_of(q, p.stack.stack), to), interval(x, q.x0, q.x1), interval(y, q.y0, q.y1)});
    probe_y.resize(to.size());
    for (const One& q : probes) {
      const auto group = std::size_t(std::find(to.begin(), to.end(), q.station) - to.begin());
      auto& rows = probe_y[group];
      auto at = std::find(rows.begin(), rows.end(), q.y);
      if (at == rows.end()) at = rows.insert(rows.end(), q.y);
      probe_group.push_back(int(group));
      probe_row.push_back(int(at - rows.begin()));
    }
  }

  std::size_t rows() const {
    std::size_t sum = 0;
    for (const auto& r : probe_y) sum += r.size();
    return sum;
  }

 private:
  int number(const LayeredStation& s, std::vector<int>& side) {
    auto at = std::find(stations.begin(), stations.end(), s);
    if (at == stations.end()) at = stations.insert(stations.end(), s);
    const int n = int(at - stations.begin());
    if (std::find(side.begin(), side.end(), n) == side.end()) side.push_back(n);
    return n;
  }
};

/// Columns of what drives the stack: per workload and channel one.
struct Drives {
  std::vector<std::size_t> first;  // per workload
  std::size_t count = 0;
  explicit Drives(const LayeredTimeProblem& p) {
    for (const PowerHistory* h : p.workloads) {
      first.push_back(count);
      count += h->mean.size();
    }
  }
};

/// Flux amplitudes of one row m of modes, per source station and drive: [(station * drives + drive) * n + j].
std::vector<double> row_drives(const LayeredTimeProblem& p, const Places& places, const Drives& drives, int m,
                               std::size_t n) {
  std::vector<double> out(places.from.size() * drives.count * n, 0.0);
  for (std::size_t s = 0; s < places.sources.size(); ++s) {
    const auto& at = places.sources[s];
    const auto from =
        std::size_t(std::find(places.from.begin(), places.from.end(), at.station) - places.from.begin());
    const double cx = places.x.means(at.x)[m];
    const double* cy = places.y.means(at.y);
    for (std::size_t w = 0; w < p.workloads.size(); ++w) {
      const PowerHistory& h = *p.workloads[w];
      const double a = h.watts[s] * cx;
      if (a == 0) continue;
      double* row = &out[(from * drives.count + drives.first[w] + std::size_t(h.channel[s])) * n];
      for (std::size_t j = 0; j < n; ++j) row[j] += a * cy[j];
    }
  }
  return out;
}

double weight(int m) {
  return m == 0 ? 1.0 : 2.0;
}

/// Steady rise of every probe per drive at level 1: [drive * probes + probe].
std::vector<double> steady_answers(const LayeredTimeProblem& p, Places& places, const Drives& drives,
                                   int modes, base::Pool& pool) {
  const std::size_t probes = places.probes.size(), n = std::size_t(modes), rows = places.rows();
  const numerics::LayeredModes layered(p.stack.stack, places.stations);
  places.x.extend(modes);
  places.y.extend(modes);
  std::vector<double> out(drives.count * probes, 0.0);
  const double gx = std::numbers::pi / p.stack.stack.size_x, gy = std::numbers::pi / p.stack.stack.size_y;
  // Beyond the hyperbola m n = modes^2 / 8 the terms of rectangles and points alike are small.
  const auto last_of = [&](int m) {
    return m < modes / 8 ? modes : std::min(modes, int(double(modes) / 8 * modes / m) + 1);
  };
  for (int first = 0; first < modes; first += int(kRows)) {
    const std::size_t count = std::min(kRows, std::size_t(modes - first));
    std::vector<std::vector<double>> half(count);  // [drive * rows + row]
    pool.run(count, [&](std::size_t r) {
      const int m = first + int(r);
      const std::size_t last = std::size_t(last_of(m));
      const auto scratch = layered.make_scratch();
      const std::vector<double> q = row_drives(p, places, drives, m, n);
      half[r].assign(drives.count * rows, 0.0);
      double g[numerics::LayeredModes::kBlock], z[numerics::LayeredModes::kBlock];
      std::vector<double> amplitude(drives.count * numerics::LayeredModes::kBlock);
      for (std::size_t j0 = 0; j0 < last; j0 += numerics::LayeredModes::kBlock) {
        const std::size_t block = std::min(last - j0, std::size_t(numerics::LayeredModes::kBlock));
        for (std::size_t j = 0; j < block; ++j)
          g[j] = std::max(std::hypot(gx * m, gy * double(j0 + j)), 1e-6 * gx);
        layered.prepare(g, int(block), *scratch);
        std::size_t row0 = 0;
        for (std::size_t t = 0; t < places.to.size(); ++t) {
          std::fill(amplitude.begin(), amplitude.end(), 0.0);
          for (std::size_t f = 0; f < places.from.size(); ++f) {
            layered.response(places.from[f], places.to[t], z, *scratch);
            if (m == 0 && j0 == 0) z[0] = layered.mean_response(places.from[f], places.to[t]);
            for (std::size_t d = 0; d < drives.count; ++d) {
              const double* row = &q[(f * drives.count + d) * n + j0];
              double* a = &amplitude[d * numerics::LayeredModes::kBlock];
              for (std::size_t j = 0; j < block; ++j) a[j] += z[j] * row[j];
            }
          }
          for (std::size_t y = 0; y < places.probe_y[t].size(); ++y) {
            const double* c = places.y.means(places.probe_y[t][y]) + j0;
            for (std::size_t d = 0; d < drives.count; ++d) {
              const double* a = &amplitude[d * numerics::LayeredModes::kBlock];
              double sum = 0;
              for (std::size_t j = 0; j < block; ++j) sum += a[j] * c[j];
              sum *= 2;
              if (j0 == 0) sum -= a[0] * c[0];
              half[r][d * rows + row0 + y] += sum;
            }
          }
          row0 += places.probe_y[t].size();
        }
      }
    });
    std::vector<std::size_t> row_of_group(places.to.size(), 0);
    for (std::size_t t = 1; t < places.to.size(); ++t)
      row_of_group[t] = row_of_group[t - 1] + places.probe_y[t - 1].size();
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t i = 0; i < probes; ++i) {
        const double c = weight(first + int(r)) * places.x.means(places.probes[i].x)[first + int(r)];
        const std::size_t row =
            row_of_group[std::size_t(places.probe_group[i])] + std::size_t(places.probe_row[i]);
        for (std::size_t d = 0; d < drives.count; ++d) out[d * probes + i] += c * half[r][d * rows + row];
      }
  }
  const double area = p.stack.stack.size_x * p.stack.stack.size_y;
  for (double& v : out) v /= area;
  return out;
}

/// What happens to one workload's modes, in order: time passes, power steps, results are read.
struct Mark {
  double wait = 0;  // s since the mark before
  int span = -1;    // this span begins; -1: a result is read
  std::size_t result = 0;
};

std::vector<Mark> marks_of(const std::vector<double>& times, const PowerHistory& h) {
  std::vector<Mark> out;
  double now = 0;
  std::size_t span = 1, result = 0;
  while (result < times.size()) {
    const bool step = span < h.spans() && h.time[span] < times[result] * (1 - 1e-12);
    const double next = step ? h.time[span] : times[result];
    Mark mark;
    mark.wait = std::max(0.0, next - now);
    if (step)
      mark.span = int(span++);
    else
      mark.result = result++;
    now = next;
    out.push_back(mark);
  }
  return out;
}

/// exp(-rate wait) of all pairs; the last few waits are remembered.
class Decays {
 public:
  const std::vector<double>& of(const std::vector<double>& rate, double wait) {
    for (const auto& [known, factors] : known_)
      if (known == wait) return factors;
    if (known_.size() >= 4) known_.erase(known_.begin());
    std::vector<double> factors(rate.size());
    for (std::size_t k = 0; k < rate.size(); ++k) factors[k] = std::exp(-rate[k] * wait);
    known_.push_back({wait, std::move(factors)});
    return known_.back().second;
  }

 private:
  std::vector<std::pair<double, std::vector<double>>> known_;
};

/// Drops pairs that are dead at every result.
void keep_living(ColumnSpectrum& s, std::size_t stations, double shortest) {
  const std::size_t n = s.pairs();
  std::vector<std::size_t> kept;
  for (std::size_t k = 0; k < n; ++k)
    if (s.rate[k] * shortest < kDead) kept.push_back(k);
  ColumnSpectrum out;
  for (const std::size_t k : kept) out.rate.push_back(s.rate[k]);
  for (std::size_t t = 0; t < stations; ++t)
    for (const std::size_t k : kept) out.coupling.push_back(s.coupling[t * n + k]);
  s = std::move(out);
}

class Run {
 public:
  Run(const LayeredTimeProblem& p, Places& places, const Drives& drives, const ColumnModes& column,
      double shortest)
      : p_(p), places_(places), drives_(drives), column_(column), shortest_(shortest) {
    for (const PowerHistory* h : p.workloads) marks_.push_back(marks_of(p.times, *h));
  }

  /// The parts of row m that are still on their way: [(workload * times + time) * rows + row].
  std::vector<double> row(int m, std::size_t n) {
    const double gx = std::numbers::pi / p_.stack.stack.size_x, gy = std::numbers::pi / p_.stack.stack.size_y;
    const std::size_t rows = places_.rows(), times = p_.times.size();
    std::vector<double> out(p_.workloads.size() * times * rows, 0.0);
    const std::vector<double> q = row_drives(p_, places_, drives_, m, n);
    std::vector<double> reading(places_.to.size());
    for (std::size_t j = 0; j < n; ++j) {
      const bool mean = m == 0 && j == 0;
      ColumnSpectrum s = column_.spectrum(std::hypot(gx * m, gy * double(j)), mean);
      const ColumnSpectrum whole = mean ? s : ColumnSpectrum{};
      std::vector<double> rounding;  // [to][from]
      if (mean)
        for (const int t : places_.to)
          for (const int f : places_.from) rounding.push_back(column_.rounding(f, t, whole));
      keep_living(s, places_.stations.size(), shortest_);
      if (s.pairs() == 0) continue;
      Decays decays;
      for (std::size_t w = 0; w < p_.workloads.size(); ++w) {
        std::vector<double> late = start(s, whole, w, q, n, j, mean);
        std::size_t span = 0;
        for (const Mark& mark : marks_[w]) {
          if (mark.wait > 0) {
            const std::vector<double>& e = decays.of(s.rate, mark.wait);
            for (std::size_t k = 0; k < late.size(); ++k) late[k] *= e[k];
          }
          if (mark.span >= 0) {
            span = std::size_t(mark.span);
            step(s, w, q, n, j, span, late);
            continue;
          }
          for (std::size_t t = 0; t < places_.to.size(); ++t) {
            const double* d = &s.coupling[std::size_t(places_.to[t]) * s.pairs()];
            double sum = 0;
            for (std::size_t k = 0; k < late.size(); ++k) sum += d[k] * late[k];
            for (std::size_t f = 0; f < places_.from.size() && mean; ++f)
              sum -= rounding[t * places_.from.size() + f] * flux(w, span, f, q, n, j);
            reading[t] = weight(int(j)) * sum;
          }
          double* at = &out[(w * times + mark.result) * rows];
          for (std::size_t t = 0; t < places_.to.size(); ++t)
            for (const int y : places_.probe_y[t]) *at++ += reading[t] * places_.y.means(y)[j];
        }
      }
    }
    return out;
  }

 private:
  double drive(std::size_t f, std::size_t d, const std::vector<double>& q, std::size_t n,
               std::size_t j) const {
    return q[(f * drives_.count + d) * n + j];
  }

  double flux(std::size_t w, std::size_t span, std::size_t f, const std::vector<double>& q, std::size_t n,
              std::size_t j) const {
    const PowerHistory& h = *p_.workloads[w];
    double sum = 0;
    for (std::size_t c = 0; c < h.mean.size(); ++c)
      sum += h.level[span][c] * drive(f, drives_.first[w] + c, q, n, j);
    return sum;
  }

  /// A power step to span `span`: the steady answer jumps, the temperature does not.
  void step(const ColumnSpectrum& s, std::size_t w, const std::vector<double>& q, std::size_t n,
            std::size_t j, std::size_t span, std::vector<double>& late) const {
    const PowerHistory& h = *p_.workloads[w];
    for (std::size_t f = 0; f < places_.from.size(); ++f) {
      double jump = 0;
      for (std::size_t c = 0; c < h.mean.size(); ++c)
        jump += (h.level[span][c] - h.level[span - 1][c]) * drive(f, drives_.first[w] + c, q, n, j);
      if (jump != 0) add(s, f, -jump, late);
    }
  }

  void add(const ColumnSpectrum& s, std::size_t f, double flux, std::vector<double>& late) const {
    const double* b = &s.coupling[std::size_t(places_.from[f]) * s.pairs()];
    for (std::size_t k = 0; k < late.size(); ++k) late[k] += flux * b[k] / s.rate[k];
  }

  std::vector<double> start(const ColumnSpectrum& s, const ColumnSpectrum& whole, std::size_t w,
                            const std::vector<double>& q, std::size_t n, std::size_t j, bool mean) const {
    const PowerHistory& h = *p_.workloads[w];
    std::vector<double> late(s.pairs(), 0.0);
    if (p_.initial == Initial::first) return late;
    for (std::size_t f = 0; f < places_.from.size(); ++f) {
      double flux = 0;
      for (std::size_t c = 0; c < h.mean.size(); ++c)
        flux += ((p_.initial == Initial::mean ? h.mean[c] : 0.0) - h.level[0][c]) *
                drive(f, drives_.first[w] + c, q, n, j);
      if (flux != 0) add(s, f, flux, late);
    }
    if (mean && p_.initial == Initial::temperature && p_.initial_rise != 0) {
      const double area = p_.stack.stack.size_x * p_.stack.stack.size_y;
      std::size_t kept = 0;
      for (std::size_t k = 0; k < whole.pairs(); ++k)
        if (whole.rate[k] * shortest_ < kDead) late[kept++] += whole.capacity[k] * p_.initial_rise * area;
    }
    return late;
  }

  const LayeredTimeProblem& p_;
  Places& places_;
  const Drives& drives_;
  const ColumnModes& column_;
  double shortest_;
  std::vector<std::vector<Mark>> marks_;
};

/// The mean mode's heat: stored by its nodes, out through its faces, in by the sources; each by itself.
HeatAccount account_of(const LayeredTimeProblem& p, const Places& places, const ColumnModes& column,
                       const PowerHistory& h) {
  const ColumnSpectrum s = column.spectrum(0, true);
  const std::size_t n = s.pairs();
  std::vector<double> y(n, 0.0), target(n);
  const auto aim = [&](const auto& level, double& power, double& direct) {
    std::fill(target.begin(), target.end(), 0.0);
    power = direct = 0;
    for (std::size_t i = 0; i < places.sources.size(); ++i) {
      const double watts = h.watts[i] * level[std::size_t(h.channel[i])];
      const int station = places.sources[i].station;
      power += watts;
      direct += watts * (1 - column.entering(station));
      for (std::size_t k = 0; k < n; ++k)
        target[k] += watts * s.coupling[std::size_t(station) * n + k] / s.rate[k];
    }
  };
  double power = 0, direct = 0;
  if (p.initial == Initial::mean || p.initial == Initial::first) {
    aim(p.initial == Initial::mean ? h.mean : h.level[0], power, direct);
    y = target;
  }
  const double area = p.stack.stack.size_x * p.stack.stack.size_y;
  if (p.initial == Initial::temperature)
    for (std::size_t k = 0; k < n; ++k) y[k] = s.capacity[k] * p.initial_rise * area;
  const auto stored = [&] {
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += s.capacity[k] * y[k];
    return sum;
  };
  HeatAccount out;
  const double before = stored(), end = p.times.back();
  for (std::size_t span = 0; span < h.spans() && h.time[span] < end; ++span) {
    const double wait = std::min(h.time[span + 1], end) - h.time[span];
    aim(h.level[span], power, direct);
    out.in_J += power * wait;
    out.out_J += direct * wait;
    for (std::size_t k = 0; k < n; ++k) {
      const double passed = -std::expm1(-s.rate[k] * wait);
      out.out_J += s.out[k] * (target[k] * wait + (y[k] - target[k]) * passed / s.rate[k]);
      y[k] += (target[k] - y[k]) * passed;
    }
  }
  out.stored_J = stored() - before;
  out.balance = std::abs(out.stored_J - (out.in_J - out.out_J)) /
                std::max({std::abs(out.in_J), std::abs(out.out_J), std::abs(out.stored_J), 1e-300});
  return out;
}

/// Where modes are cut: those with larger g have died out `shortest` after a step.
double last_wave(const ColumnModes& column, const Places& places, double shortest, double longest_wave) {
  const double goal = kMissing * column.response_after(shortest, places.from);
  double low = 1e-3 * longest_wave, high = longest_wave;
  while (column.missing_after(high, shortest, places.from, places.to) > goal && high < 1e9) {
    low = high;
    high *= 1.5;
  }
  for (int step = 0; step < 8; ++step) {
    const double middle = std::sqrt(low * high);
    (column.missing_after(middle, shortest, places.from, places.to) > goal ? low : high) = middle;
  }
  return high;
}

}  // namespace

double shortest_lag(const std::vector<double>& times, const std::vector<const PowerHistory*>& workloads,
                    Initial initial) {
  double shortest = times.back();
  for (const PowerHistory* h : workloads)
    for (const double t : times) {
      if (!(t > 0)) continue;
      const std::size_t span = span_before(*h, t);
      if (span == 0 && initial == Initial::first) continue;
      shortest = std::min(shortest, t - h->time[span]);
    }
  return shortest;
}

LayeredTimeResult solve_layered_time(const LayeredTimeProblem& p, base::Pool& pool,
                                     std::vector<double> known) {
  LayeredTimeResult result;
  Places places(p);
  const Drives drives(p);
  const double shortest = shortest_lag(p.times, p.workloads, p.initial);
  const ColumnModes column(p.stack, places.stations, places.from, p.initial == Initial::temperature, shortest,
                           p.share);
  const double sx = p.stack.stack.size_x, sy = p.stack.stack.size_y, pi = std::numbers::pi;
  const double g_last = last_wave(column, places, shortest, pi / std::max(sx, sy));
  // Heat that is spread over a whole side excites no mode along it.
  bool along_x = false, along_y = false;
  for (const auto& s : p.sources) {
    along_x = along_x || s.x1 - s.x0 < sx * (1 - 1e-12);
    along_y = along_y || s.y1 - s.y0 < sy * (1 - 1e-12);
  }
  const double count = (along_x ? g_last * sx / pi + 1 : 1) * (along_y ? g_last * sy / pi + 1 : 1) *
                       (along_x && along_y ? pi / 4 : 1);
  result.nodes = column.nodes();
  if (count > p.most_modes) {
    result.too_many = true;
    result.modes = std::size_t(count);
    return result;
  }
  const int rows_m = along_x ? int(g_last * sx / pi) + 1 : 1;
  const auto in_row = [&](int m) {
    if (!along_y) return std::size_t(1);
    const double g = pi * m / sx, rest = g_last * g_last - g * g;
    return rest > 0 ? std::size_t(std::sqrt(rest) * sy / pi) + 1 : std::size_t(1);
  };

  double narrowest = std::min(sx, sy);
  for (const auto& s : p.sources)
    narrowest = std::min({narrowest, std::max(s.x1 - s.x0, 1e-9), std::max(s.y1 - s.y0, 1e-9)});
  const int modes = std::clamp(int(48 * std::max(sx, sy) / narrowest), kFewestStatic, kMostStatic);
  result.steady = known.empty() ? steady_answers(p, places, drives, modes, pool) : std::move(known);
  const std::vector<double>& steady = result.steady;

  const std::size_t probes = places.probes.size(), times = p.times.size(), rows = places.rows();
  places.x.extend(rows_m + 1);
  places.y.extend(int(in_row(0)) + 1);
  std::vector<std::size_t> row_of_probe(probes);
  {
    std::vector<std::size_t> first(places.to.size(), 0);
    for (std::size_t t = 1; t < places.to.size(); ++t) first[t] = first[t - 1] + places.probe_y[t - 1].size();
    for (std::size_t i = 0; i < probes; ++i)
      row_of_probe[i] = first[std::size_t(places.probe_group[i])] + std::size_t(places.probe_row[i]);
  }
  result.rise.assign(p.workloads.size(), std::vector<double>(times * probes, 0.0));
  Run run(p, places, drives, column, shortest);
  for (int first = 0; first < rows_m; first += int(kRows)) {
    const std::size_t some = std::min(kRows, std::size_t(rows_m - first));
    std::vector<std::vector<double>> half(some);
    pool.run(some, [&](std::size_t r) { half[r] = run.row(first + int(r), in_row(first + int(r))); });
    for (std::size_t r = 0; r < some; ++r) {
      const int m = first + int(r);
      result.modes += in_row(m);
      for (std::size_t i = 0; i < probes; ++i) {
        const double c = weight(m) * places.x.means(places.probes[i].x)[m] / (sx * sy);
        for (std::size_t w = 0; w < p.workloads.size(); ++w)
          for (std::size_t t = 0; t < times; ++t)
            result.rise[w][t * probes + i] += c * half[r][(w * times + t) * rows + row_of_probe[i]];
      }
    }
  }
  for (std::size_t w = 0; w < p.workloads.size(); ++w) {
    const PowerHistory& h = *p.workloads[w];
    for (std::size_t t = 0; t < times; ++t) {
      const auto& level = h.level[span_before(h, p.times[t])];
      const bool cold = p.times[t] == 0 && p.initial != Initial::first;
      for (std::size_t i = 0; i < probes; ++i) {
        double& rise = result.rise[w][t * probes + i];
        if (cold) {  // before anything has happened
          rise = p.initial == Initial::temperature ? p.initial_rise : 0;
          if (p.initial == Initial::mean)
            for (std::size_t c = 0; c < h.mean.size(); ++c)
              rise += h.mean[c] * steady[(drives.first[w] + c) * probes + i];
          continue;
        }
        for (std::size_t c = 0; c < level.size(); ++c)
          rise += level[c] * steady[(drives.first[w] + c) * probes + i];
      }
    }
    result.heat.push_back(account_of(p, places, column, h));
    double most = 0;
    for (std::size_t s = 0; s < h.spans(); ++s) {
      double sum = 0;
      for (std::size_t i = 0; i < h.watts.size(); ++i)
        sum += std::abs(h.watts[i] * (h.level[s][std::size_t(h.channel[i])] -
                                      (s > 0 ? h.level[s - 1][std::size_t(h.channel[i])] : 0)));
      most = std::max(most, sum);
    }
    result.cut_K = std::max(result.cut_K, most * kMissing * column.response_after(shortest, places.from) /
                                              (sx * sy) * double(result.modes));
  }
  return result;
}

}  // namespace bondline::thermal::detail
