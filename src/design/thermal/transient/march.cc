// One grid under one march in time: first field, spans between power steps cut into dyadic steps, results
// between steps, and what follows the temperature on the way.
#include "design/thermal/transient/march.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/heat_capacity.h"
#include "design/thermal/leakage.h"
#include "design/thermal/nonlinear/cell_conductivity.h"
#include "design/thermal/nonlinear/film_laws.h"
#include "design/thermal/transient/leak_places.h"
#include "design/thermal/transient/run.h"
#include "design/thermal/transient/series/layered_time.h"
#include "design/thermal/transient/step_ladder.h"
#include "design/thermal/transient/stepper.h"

namespace bondline::thermal::detail {
bool warms_unevenly(const Design& design, const Assembly& assembly) {
  for (const auto& solid : assembly.solids)
    for (const int index :
         {solid.fill.material, solid.fill.inclusion, solid.fill.core, solid.fill.liner_material}) {
      if (index < 0 || index >= int(design.materials.materials.size())) continue;
      for (const auto p : {package::Property::density, package::Property::specific_heat})
        if (const auto* v = design.materials.materials[std::size_t(index)].find(p); v && !v->curve.constant())
          return true;
    }
  return false;
}

std::vector<double> solid_means(const Model& model, const std::vector<double>& u) {
  const std::size_t n = model.assembly->solids.size();
  std::vector<double> sum(n, 0), volume(n, 0);
  const auto& g = model.grid();
  for (int j = 0; j < g.ny(); ++j)
    for (int i = 0; i < g.nx(); ++i)
      for (int k = 0; k < g.nz(); ++k) {
        const std::size_t c = g.index(i, j, k);
        const int s = model.mesh.solid[c];
        if (s < 0) continue;
        const double v = model.area(i, j) * model.dz(k);
        sum[std::size_t(s)] += v * u[c];
        volume[std::size_t(s)] += v;
      }
  for (std::size_t s = 0; s < n; ++s) sum[s] = model.t_ref + (volume[s] > 0 ? sum[s] / volume[s] : 0);
  return sum;
}

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kExact = 0.01;  // residual of a stage, of the error that a step may have
constexpr double kNoise = 1e-8;  // of the temperatures: what the solves' residuals may feign as error
constexpr double kFaint = 0.5;  // of all that moved since the beginning: what a fainter power step is held to
constexpr int kReach = 24;      // a piece ends this many doublings beyond its first result
constexpr double kShortest = 1e-11;  // of the time: steps below get nowhere
constexpr double kFar = 4;           // K that a step may end from where they were read, its middle

double mean_of(const Model& model, const Region& region, const std::vector<double>& u) {
  return measure(model, u, {region}).front().temperature.mean_K - model.t_ref;
}

/// One grid under one march: everything that changes with time.
class March {
 public:
  March(const TimeRun& run, const Assembly& assembly, const mesh::MeshOptions& how, base::Pool& pool,
        std::vector<TransientResult>& results, const std::vector<std::vector<Place>>& places, bool leading)
      : run_(run),
        options_(*run.options),
        assembly_(assembly),
        how_(how),
        pool_(pool),
        results_(results),
        places_(places),
        leading_(leading) {}

  void go() {
    build();
    begin();
    read_results(0, 0, nullptr);  // under the heat that made the first field
    const std::vector<double> ends = all_ends();
    double first = 0;
    for (std::size_t s = 0; s + 1 < ends.size() && !over_; ++s) {
      enter(ends[s]);
      cross(ends[s], ends[s + 1], first);
    }
    close();
  }

  const Model& model() const { return model_; }
  bool follows() const { return follows_; }

 private:
  const Design& design() const { return *run_.designs.front(); }
  std::size_t lanes() const { return run_.designs.size(); }

  // ---- the discrete problem

  void build() {
    const Design& d = design();
    mesh::Mesh mesh = mesh::build(d, assembly_, how_, d.environment.ambient,
                                  options_.max_bytes > 0 ? options_.max_bytes : 64e9);
    model_ =
        make_model(d, assembly_, std::move(mesh), pool_, std::vector<double>(assembly_.sources.size(), 0));
    conductivity_ = std::make_unique<CellConductivity>(model_);
    films_ = std::make_unique<FilmLaws>(model_);
    leaks_ = find_leaks(model_, run_.regions, {});
    follows_ = conductivity_->any() || films_->any() || !leaks_.parts.empty() || warms_unevenly(d, assembly_);
    read_capacities();
    stepper_ = std::make_unique<Stepper>(model_, capacity_, leaks_.parts, pool_, kExact * options_.tolerance);
    read_at_ = model_.mesh.solid_temperature;
  }

  void read_capacities() {
    capacity_ = heat_capacity(model_).joule_per_K;
    leave_out_coolant(model_, capacity_);  // it is instant
  }

  /// Everything that follows the temperature, at the field u and the heat of the moment (which it takes off).
  void read_laws(const std::vector<double>& u) {
    if (conductivity_->any() || films_->any()) {
      conductivity_->update(model_, u, pool_);
      make_conductances(model_, pool_);
      renew_halves(model_);
      films_->update(model_, u);
      renew_ground(model_);
      place_streams(model_);
    }
    leaks_ = find_leaks(model_, run_.regions, u);
    model_.mesh.solid_temperature = solid_means(model_, u);
    read_at_ = model_.mesh.solid_temperature;
    read_capacities();
    stepper_->forget();
  }

  void apply(const std::vector<double>& scales) {
    model_.source_scale = scales;
    model_.source_scale.resize(assembly_.sources.size(), 0.0);
    place_sources(model_);
    make_rhs(model_);
  }

  // ---- the first field

  void begin() {
    state_.resize(lanes());
    account_.resize(lanes());
    next_result_.assign(lanes(), 0);
    for (std::size_t l = 0; l < lanes(); ++l) {
      Lane& lane = state_[l];
      const PowerHistory& h = run_.histories[l];
      lane.leak_W.assign(leaks_.parts.size(), 0.0);
      lane.u.assign(model_.grid().cells(), 0.0);
      scales_.emplace_back(assembly_.sources.size(), 0.0);
      if (options_.initial == Initial::temperature) {
        for (std::size_t c = 0; c < lane.u.size(); ++c)
          if (model_.mesh.solid[c] >= 0) lane.u[c] = options_.initial_K - model_.t_ref;
      } else {
        const std::vector<double> scales = options_.initial == Initial::mean    ? h.mean_scales(assembly_)
                                           : options_.initial == Initial::first ? h.scales(assembly_, 0)
                                                                                : std::vector<double>();
        if (!scales.empty()) scales_[l] = scales;
        scales_[l].resize(assembly_.sources.size(), 0.0);
        for (const std::size_t source : leaks_.source) scales_[l][source] = 0;
        steady_start(lane, scales);
        for (int again = 0; follows_ && again < 40; ++again) {
          const std::vector<double> before = lane.u;
          read_laws(lane.u);
          steady_start(lane, scales);
          if (span_of(lane.u, before).moved < 1e-4) break;
        }
      }
      start_.push_back(lane.u);
      moved_.push_back(0);
    }
  }

  /// The steady field of the given powers; with leakage at its own temperature where power is on. The heat
  /// stays on the model.
  void steady_start(Lane& lane, std::vector<double> scales) {
    const bool on = !scales.empty();
    scales.resize(assembly_.sources.size(), 0.0);
    for (const std::size_t source : leaks_.source) scales[source] = 0;
    SteadyOptions how;
    how.relative_residual = 1e-10;
    numerics::ConductionSolver solver(model_.op, pool_);
    refuse_singular(model_, solver);
    std::vector<double>& leak = lane.leak_W;
    for (int step = 0; step < 300; ++step) {
      model_.source_scale = scales;
      place_sources(model_);
      place_leaks(model_, leaks_, leak);
      make_rhs(model_);
      lane.u = solve(model_, solver, how, std::move(lane.u)).u;
      if (!on || leaks_.parts.empty()) break;
      double change = 0;
      for (std::size_t k = 0; k < leaks_.parts.size(); ++k) {
        const double now = stepper_->leak_power(k, mean_of(model_, leaks_.region[k], lane.u));
        change = std::max(change, std::abs(now - leak[k]) / std::max(now, 1e-12));
        leak[k] = now;
      }
      if (!(leak.front() < 1e9) || step == 299)
        throw base::Error("the first field has no steady state: its leakage runs away",
                          "begin with --initial off, or cool the package better");
      if (change < 1e-9) break;
    }
  }

  // ---- spans

  std::vector<double> all_ends() const {
    std::vector<double> ends;
    for (const auto& h : run_.histories) ends.insert(ends.end(), h.time.begin(), h.time.end());
    std::sort(ends.begin(), ends.end());
    std::vector<double> out;
    for (const double t : ends)
      if (out.empty() || t - out.back() > 1e-12 * run_.times.back()) out.push_back(t);
    out.back() = run_.times.back();
    return out;
  }

  /// The heat of the span that begins at t.
  void enter(double t) {
    for (std::size_t l = 0; l < lanes(); ++l) {
      const PowerHistory& h = run_.histories[l];
      std::size_t at = 0;
      while (at + 1 < h.spans() && h.time[at + 1] <= t * (1 + 1e-12)) ++at;
      std::vector<double> scales = h.scales(assembly_, at);
      scales.resize(assembly_.sources.size(), 0.0);
      for (const std::size_t s : leaks_.source) scales[s] = 0;
      set_heat(state_[l], scales);
    }
  }

  void set_heat(Lane& lane, std::vector<double> scales) {
    apply(scales);
    lane.rhs = model_.rhs;
    const std::vector<double> zero(lane.u.size(), 0.0);
    lane.out_zero = heat_out(model_, zero);
    lane.offset.clear();
    for (std::size_t k = 0; k < leaks_.parts.size(); ++k)
      lane.offset.push_back(mean_of(model_, leaks_.region[k], zero));
    scales_.resize(lanes());
    scales_[std::size_t(&lane - state_.data())] = std::move(scales);
    power_.resize(lanes());
    power_[std::size_t(&lane - state_.data())] = model_.power;
    // The power that leaks now, at the temperature of now.
    for (std::size_t k = 0; k < leaks_.parts.size(); ++k) {
      double t = stepper_->leak_mean(k, lane.u) + lane.offset[k];
      double w = lane.leak_W[k];
      for (int step = 0; step < 60; ++step) {
        double at = t;
        for (std::size_t m = 0; m < leaks_.parts.size(); ++m)
          at += leaks_.parts[k].beside[m] * (m == k ? w : lane.leak_W[m]);
        w = stepper_->leak_power(k, at);
      }
      lane.leak_W[k] = w;
    }
  }

  /// A length that was met before, so that its matrices serve again.
  double canonical(double length) {
    for (const double known : lengths_)
      if (std::abs(known - length) < 1e-9 * length) return known;
    lengths_.push_back(length);
    if (lengths_.size() > 64) lengths_.erase(lengths_.begin());
    return length;
  }

  /// From power step to power step. first: what the step after one is tried with, 0 if not known yet.
  void cross(double begin, double end, double& first) {
    std::vector<std::vector<double>> before;  // what the span began with
    for (const Lane& lane : state_) before.push_back(lane.u);
    double reach = end;  // the first result after the power step
    for (const double t : run_.times)
      if (t > begin * (1 + 1e-12)) {
        reach = std::min(reach, t);
        break;
      }
    expected_.assign(lanes(), 0.0);
    if (!(first > 0)) {
      // What the steps before the first result are held to is what it will show, not what they have seen.
      expected_ = stepper_->glance(state_, reach - begin);
      first = (reach - begin) / 128;  // begin well below it
    }
    before_.clear();  // a power step bends the course
    // Halves of halves of a very long span would be too coarse at its beginning: it is crossed in pieces.
    double wanted = first;
    bool accepted = false;
    for (double from = begin, piece = std::ldexp(std::min(reach - begin, first * 128), kReach);
         from < end && !over_; piece = std::ldexp(piece, kReach)) {
      const double to = piece < 0.5 * (end - begin) ? begin + piece : end;
      cover(from, to, begin, reach, before, wanted, accepted, first);
      from = to;
    }
  }

  /// Error of the step over what is allowed, largest of the lanes'.
  double strain(const std::vector<Stepped>& stepped, const std::vector<std::vector<double>>& before,
                double fades) const {
    double ratio = 0;
    for (std::size_t l = 0; l < lanes(); ++l) {
      const Span now = span_of(stepped[l].end, before[l]);
      const double counts = std::max({now.moved, kFaint * expected_[l], kFaint * moved_[l]});
      const double allowed = options_.tolerance * counts * fades + kNoise * now.high + 1e-9;
      ratio = std::max(ratio, stepped[l].error / allowed);
      if (!std::isfinite(stepped[l].error)) ratio = 1e6;
    }
    if (follows_) ratio = std::max(ratio, std::pow(drift(stepped.front().end) / kFar, 3));
    return ratio;
  }

  /// One piece of the span that began at `since`; wanted: the step to begin with, then the one to go on with.
  void cover(double begin, double end, double since, double reach,
             const std::vector<std::vector<double>>& before, double& wanted, bool& accepted, double& first) {
    const double whole = canonical(end - begin);
    StepLadder ladder(whole);
    std::vector<Stepped> stepped;
    while (!ladder.done() && !over_) {
      const double h = ladder.choose(wanted);
      follow(h);
      const bool leaks_settle = stepper_->step(state_, h, stepped);
      const double fades =
          std::sqrt(std::max(1.0, (reach - since) / (begin + whole * ladder.share() + h - since)));
      const double ratio = leaks_settle ? strain(stepped, before, fades) : 0;
      if (!leaks_settle || ratio > 1) {
        if (leading_)
          for (auto& r : results_) ++r.rejected;
        wanted = h * (leaks_settle ? std::clamp(0.85 / std::cbrt(ratio), 0.02, 0.5) : 0.25);
        if (ladder.shortest() || h < kShortest * std::max(begin, shortest_time())) {
          stall(begin + whole * ladder.share());
          return;
        }
        continue;
      }
      if (!accepted)  // the next span's; right after a power step errors rise slower than later
        first = h * std::clamp(std::sqrt(1 / std::max(ratio, 1e-9)), 0.5, 1e3);
      accepted = true;
      const double from = begin + whole * ladder.share();
      ladder.take();
      const double to = ladder.done() ? end : begin + whole * ladder.share();
      wanted = h * growth(ratio, h, to - since);
      for (std::size_t l = 0; l < lanes(); ++l)
        moved_[l] = std::max(moved_[l], span_of(stepped[l].end, start_[l]).moved);
      read_results(from, to, &stepped);
      take(stepped, h, to);
      before_ = std::move(stepped.front().end);  // take() left the field before there
      last_h_ = h;
      if (options_.progress && leading_)
        options_.progress(0.1 + 0.9 * to / run_.times.back(), fmt::format("t = {:.4g} s", to));
    }
  }

  struct Span {
    double moved = 0, high = 0;  ///< K: the most that a differs from b, the highest of a
  };

  Span span_of(const std::vector<double>& a, const std::vector<double>& b) const {
    const std::size_t chunks = std::max<std::size_t>(1, a.size() / 16384);
    std::vector<Span> part(chunks);
    pool_.run(chunks, [&](std::size_t k) {
      Span most;
      for (std::size_t c = k * a.size() / chunks; c < (k + 1) * a.size() / chunks; ++c) {
        most.moved = std::max(most.moved, std::abs(a[c] - b[c]));
        most.high = std::max(most.high, std::abs(a[c]));
      }
      part[k] = most;
    });
    Span all;
    for (const Span& p : part) all = {std::max(all.moved, p.moved), std::max(all.high, p.high)};
    return all;
  }

  double shortest_time() const {
    for (const double t : run_.times)
      if (t > 0) return t;
    return run_.times.back();
  }

  void take(std::vector<Stepped>& stepped, double h, double to) {
    for (std::size_t l = 0; l < lanes(); ++l) {
      account_[l].stored_J += stored(stepped[l].end) - stored(state_[l].u);
      state_[l].u.swap(stepped[l].end);
      state_[l].leak_W = stepped[l].leak_end;
      account_[l].in_J += stepped[l].in_J + power_[l] * h;
      account_[l].out_J += stepped[l].out_J;
      if (leading_) {
        ++results_[l].steps;
        results_[l].time_error_K += stepped[l].error;
      }
      for (std::size_t k = 0; k < leaks_.parts.size(); ++k) {
        double mean = stepper_->leak_mean(k, state_[l].u) + state_[l].offset[k];
        for (std::size_t m = 0; m < leaks_.parts.size(); ++m)
          mean += leaks_.parts[k].beside[m] * state_[l].leak_W[m];
        if (model_.t_ref + mean < options_.runaway_K) continue;
        if (leading_) results_[l].runaway = Runaway{leaks_.parts[k].path, to, options_.runaway_K};
        over_ = true;
      }
    }
  }

  /// Steps became nothing: with leakage that is a runaway, without it a defect of the numbers.
  void stall(double t) {
    if (leaks_.parts.empty())
      throw base::Error(fmt::format("the time steps became too short at {:.6g} s", t),
                        "raise --tolerance, or check conductivities and heat capacities");
    over_ = true;
    if (!leading_) return;
    for (std::size_t l = 0; l < lanes(); ++l)
      results_[l].runaway = Runaway{leaks_.parts.front().path, t, options_.runaway_K};
  }

  /// How far a solid's mean is from where the laws were read, K.
  double drift(const std::vector<double>& u) const {
    const std::vector<double> now = solid_means(model_, u);
    double most = 0;
    for (std::size_t s = 0; s < now.size(); ++s) most = std::max(most, std::abs(now[s] - read_at_[s]));
    return most;
  }

  /// Reads the laws again where they have drifted, at the field of the coming step's middle as far as the
  /// last step of this span tells it.
  void follow(double h) {
    if (!follows_) return;
    std::vector<double> u = state_.front().u;
    const double ahead = before_.empty() ? 0 : 0.5 * std::min(h / last_h_, 4.0);
    for (std::size_t c = 0; c < before_.size(); ++c) u[c] += ahead * (u[c] - before_[c]);
    if (drift(u) < kDrift) return;
    model_.source_scale = scales_.front();
    place_sources(model_);
    place_leaks(model_, leaks_, state_.front().leak_W);
    const auto scales = scales_;
    read_laws(u);
    for (std::size_t l = 0; l < lanes(); ++l) set_heat(state_[l], scales[l]);
  }

  // ---- results

  void read_results(double from, double to, const std::vector<Stepped>* stepped) {
    for (std::size_t l = 0; l < lanes(); ++l) {
      std::size_t& next = next_result_[l];
      while (next < run_.times.size() && run_.times[next] <= to * (1 + 1e-12)) {
        const double t = run_.times[next];
        std::vector<double> u;
        std::vector<double> leak = state_[l].leak_W;
        if (!stepped) {
          u = state_[l].u;
        } else {
          // Quadratic through the three stages.
          const double s = std::clamp((t - from) / (to - from), 0.0, 1.0), m = 2 * kTrD;
          const double w0 = (s - m) * (s - 1) / m, wm = s * (s - 1) / (m * (m - 1)),
                       w1 = s * (s - m) / (1 - m);
          const Stepped& x = (*stepped)[l];
          u.resize(state_[l].u.size());
          for (std::size_t c = 0; c < u.size(); ++c)
            u[c] = w0 * state_[l].u[c] + wm * x.middle[c] + w1 * x.end[c];
          for (std::size_t k = 0; k < leak.size(); ++k) leak[k] += s * (x.leak_end[k] - leak[k]);
        }
        read(l, next, u, leak);
        ++next;
      }
    }
  }

  void read(std::size_t l, std::size_t at, std::vector<double>& u, const std::vector<double>& leak) {
    model_.source_scale = scales_[l];
    place_sources(model_);
    place_leaks(model_, leaks_, leak);
    show_streams(model_, u);
    TransientResult& result = results_[l];
    // The parts given as sets of solids share one pass; the others go one by one, in parallel.
    std::vector<std::vector<std::size_t>> groups(1);
    for (std::size_t r = 0; r < run_.regions.size(); ++r)
      if (run_.regions[r].footprints.empty())
        groups[0].push_back(r);
      else if (groups.size() < 2 || groups.back().size() >= 4)
        groups.push_back({r});
      else
        groups.back().push_back(r);
    std::vector<PartValue> values(run_.regions.size());
    pool_.run(groups.size(), [&](std::size_t g) {
      std::vector<Region> asked;
      for (const std::size_t r : groups[g]) asked.push_back(run_.regions[r]);
      if (asked.empty()) return;
      auto found = measure(model_, u, asked);
      for (std::size_t i = 0; i < asked.size(); ++i) values[groups[g][i]] = std::move(found[i]);
    });
    for (std::size_t r = 0; r < run_.regions.size(); ++r) {
      History& h = history_at(result, places_[l][r]);
      h.max_K[at] = values[r].temperature.max_K;
      h.mean_K[at] = values[r].temperature.mean_K;
      for (std::size_t k = 0; k < leak.size(); ++k)
        if (run_.regions[r].path == leaks_.parts[k].path) h.power_W[at] += leak[k];
    }
    for (const double w : leak) result.power_W[at] += w;
    if (!options_.probes.empty()) {
      SteadyOptions asked;
      asked.probes = options_.probes;
      SteadyResult found;
      probe(model_, u, asked, found);
      for (std::size_t p = 0; p < found.probes_K.size(); ++p) result.probes_K[p][at] = found.probes_K[p];
      result.probe_in = found.probe_in;
    }
    if (leading_) keep(l, at, u);
  }

  /// The result nearest to each asked time.
  void keep(std::size_t l, std::size_t at, const std::vector<double>& u) {
    for (const double asked : options_.keep_fields_at) {
      const auto& t = run_.times;
      std::size_t nearest = 0;
      for (std::size_t i = 1; i < t.size(); ++i)
        if (std::abs(t[i] - asked) < std::abs(t[nearest] - asked)) nearest = i;
      if (nearest != at) continue;
      KeptField field{t[at], {}};
      field.temperature_K.resize(u.size());
      for (std::size_t c = 0; c < u.size(); ++c)
        field.temperature_K[c] = model_.mesh.solid[c] >= 0 ? model_.t_ref + u[c] : kNan;
      results_[l].fields.push_back(std::move(field));
    }
  }

  double stored(const std::vector<double>& u) const {
    return base::parallel_sum(pool_, u.size(), 4096, [&](std::size_t a, std::size_t b) {
      double sum = 0;
      for (std::size_t c = a; c < b; ++c) sum += capacity_[c] * u[c];
      return sum;
    });
  }

  void close() {
    if (!leading_) return;
    for (std::size_t l = 0; l < lanes(); ++l) {
      HeatAccount& a = account_[l];
      a.balance = std::abs(a.stored_J - (a.in_J - a.out_J)) /
                  std::max({std::abs(a.in_J), std::abs(a.out_J), std::abs(a.stored_J), 1e-300});
      results_[l].heat = a;
      results_[l].cells = model_.grid().cells();
    }
  }

  const TimeRun& run_;
  const TransientOptions& options_;
  const Assembly& assembly_;
  mesh::MeshOptions how_;
  base::Pool& pool_;
  std::vector<TransientResult>& results_;
  const std::vector<std::vector<Place>>& places_;
  bool leading_, over_ = false;

  Model model_;
  std::vector<double> capacity_;
  std::unique_ptr<CellConductivity> conductivity_;
  std::unique_ptr<FilmLaws> films_;
  LeakPlaces leaks_;
  bool follows_ = false;        ///< something follows the temperature
  std::vector<double> before_;  ///< the first lane's field before the last step of this span
  double last_h_ = 0;
  std::unique_ptr<Stepper> stepper_;
  std::vector<Lane> state_;
  std::vector<HeatAccount> account_;
  std::vector<std::vector<double>> scales_;
  std::vector<std::vector<double>> start_;  // the first field
  std::vector<double> moved_;               // K, the most that has moved since
  std::vector<double> expected_;            // K, what will have moved by the span's first result, where asked
  std::vector<double> power_, read_at_, lengths_;
  std::vector<std::size_t> next_result_;
};

}  // namespace

Marched march(const TimeRun& run, const Assembly& assembly, const mesh::MeshOptions& how, base::Pool& pool,
              std::vector<TransientResult>& results, const std::vector<std::vector<Place>>& places,
              bool leading) {
  March march(run, assembly, how, pool, results, places, leading);
  march.go();
  return {march.follows(), march.model().mesh};
}

}  // namespace bondline::thermal::detail
