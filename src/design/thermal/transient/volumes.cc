// The finite-volume path in time: grid, first field, spans between power steps cut into dyadic steps, results
// between steps, k(T) and leakage on the way.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "design/mesh/cover.h"
#include "design/thermal/heat_capacity.h"
#include "design/thermal/leakage.h"
#include "design/thermal/transient/layered_time.h"
#include "design/thermal/transient/run.h"
#include "design/thermal/transient/stepper.h"

namespace bondline::thermal::detail {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kSnap = 0.25e-6;
constexpr double kNear = 0.12;   // spacing along z beside heat, in diffusion lengths of the first result
constexpr double kGrowth = 1.6;  // of the spacing: what diffuses later has spread as far
constexpr double kNoise = 1e-8;  // of the temperatures: what the solves' residuals may feign as error
constexpr double kFaint = 0.5;  // of all that moved since the beginning: what a fainter power step is held to
constexpr int kDeepest = 60;    // halvings of a span, at most
constexpr double kShortest = 1e-11;  // of the time: steps below get nowhere
constexpr double kDrift = 1.0;       // K that a solid's mean may drift before its k(T) is read again
constexpr const char* kEnding = ".leakage";

bool depends_on_temperature(const Design& design, const Assembly& assembly) {
  for (const auto& solid : assembly.solids)
    for (const int index :
         {solid.fill.material, solid.fill.inclusion, solid.fill.core, solid.fill.liner_material}) {
      if (index < 0 || index >= int(design.materials.materials.size())) continue;
      for (const auto p : {package::Property::k_x, package::Property::k_y, package::Property::k_z})
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

/// Weights of a region's mean temperature over cells.
std::vector<std::pair<std::size_t, double>> mean_weights(const Model& model, const Region& region) {
  const auto& g = model.grid();
  const std::size_t nz = std::size_t(g.nz());
  std::vector<std::pair<std::size_t, double>> out;
  double whole = 0;
  const int line = mesh::nearest_line(g.z, region.plane_z);
  const int k0 = mesh::nearest_line(g.z, region.z0), k1 = mesh::nearest_line(g.z, region.z1);
  for (const auto& footprint : region.footprints) {
    const mesh::Cover cover = mesh::cover(g, footprint, kSnap);
    for (std::size_t n = 0; n < cover.column.size(); ++n) {
      const int i = cover.column[n] % g.nx(), j = cover.column[n] / g.nx();
      const double area = cover.share[n] * model.area(i, j);
      if (region.in_plane) {
        const FaceValue f = face_parts(model, i, j, line, region.owner_above);
        if (f.a == SIZE_MAX) continue;
        whole += area;
        if (std::isinf(f.gb)) continue;
        out.push_back({f.a, area * f.ga / (f.ga + f.gb)});
        if (f.b != SIZE_MAX) out.push_back({f.b, area * f.gb / (f.ga + f.gb)});
        continue;
      }
      for (int k = k0; k < k1; ++k) {
        const std::size_t c = std::size_t(cover.column[n]) * nz + std::size_t(k);
        if (model.mesh.solid[c] < 0) continue;
        out.push_back({c, area * model.dz(k)});
        whole += area * model.dz(k);
      }
    }
  }
  for (auto& [cell, weight] : out) weight /= whole;
  return out;
}

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
        leading_(leading),
        curved_(depends_on_temperature(*run.designs.front(), assembly)) {}

  void go() {
    build({});
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

 private:
  const Design& design() const { return *run_.designs.front(); }
  std::size_t lanes() const { return run_.designs.size(); }

  // ---- the discrete problem

  void build(const std::vector<double>& temperatures) {
    const Design& d = design();
    mesh::Mesh mesh = mesh::build(d, assembly_, how_, d.environment.ambient,
                                  options_.max_bytes > 0 ? options_.max_bytes : 64e9, temperatures);
    model_ =
        make_model(d, assembly_, std::move(mesh), pool_, std::vector<double>(assembly_.sources.size(), 0));
    if (capacity_.empty()) {
      HeatCapacity c = heat_capacity(model_);
      capacity_ = std::move(c.joule_per_K);
    }
    find_leaks();
    if (stepper_)
      stepper_->forget();
    else
      stepper_ = std::make_unique<Stepper>(model_, capacity_, leaks_, pool_);
  }

  void apply(const std::vector<double>& scales) {
    model_.source_scale = scales;
    model_.source_scale.resize(assembly_.sources.size(), 0.0);
    place_sources(model_);
    make_rhs(model_);
  }

  void find_leaks() {
    leaks_.clear();
    leak_source_.clear();
    leak_region_.clear();
    for (std::size_t s = 0; s < assembly_.sources.size(); ++s)
      for (const auto& die : design().dies)
        if (die.power.leakage && assembly_.sources[s].path == "dies." + die.name + kEnding)
          for (const Region& region : run_.regions)
            if (region.path == "dies." + die.name) {
              leaks_.push_back({region.path, *die.power.leakage, mean_weights(model_, region), {}, {}, 0});
              leak_source_.push_back(s);
              leak_region_.push_back(region);
            }
    if (leaks_.empty()) return;
    const std::vector<double> zero(model_.grid().cells(), 0.0);
    apply(std::vector<double>(assembly_.sources.size(), 0.0));
    const std::vector<double> nothing = model_.rhs;
    const double out_nothing = heat_out(model_, zero);
    std::vector<double> base;
    for (const Region& region : leak_region_) base.push_back(mean_of(model_, region, zero));
    for (std::size_t l = 0; l < leaks_.size(); ++l) {
      std::vector<double> scales(assembly_.sources.size(), 0.0);
      scales[leak_source_[l]] = 1 / leaks_[l].law.power;
      apply(scales);
      for (std::size_t c = 0; c < nothing.size(); ++c)
        if (model_.rhs[c] != nothing[c]) leaks_[l].heat.push_back({c, model_.rhs[c] - nothing[c]});
      leaks_[l].out_beside = heat_out(model_, zero) - out_nothing;
      for (std::size_t seen = 0; seen < leaks_.size(); ++seen)
        leaks_[seen].beside.push_back(mean_of(model_, leak_region_[seen], zero) - base[seen]);
    }
  }

  // ---- the first field

  void begin() {
    state_.resize(lanes());
    account_.resize(lanes());
    next_result_.assign(lanes(), 0);
    for (std::size_t l = 0; l < lanes(); ++l) {
      Lane& lane = state_[l];
      const PowerHistory& h = run_.histories[l];
      lane.leak_W.assign(leaks_.size(), 0.0);
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
        for (const std::size_t source : leak_source_) scales_[l][source] = 0;
        steady_start(lane, scales);
        if (l == 0 && curved_) {
          for (int again = 0; again < 3; ++again) {
            build(solid_means(model_, lane.u));
            steady_start(lane, scales);
          }
        }
      }
      read_at_ = model_.mesh.solid_temperature;
      stored_before_.push_back(stored(lane.u));
      start_.push_back(lane.u);
      moved_.push_back(0);
    }
  }

  /// The steady field of the given powers; with leakage at its own temperature where power is on.
  void steady_start(Lane& lane, std::vector<double> scales) {
    const bool on = !scales.empty();
    scales.resize(assembly_.sources.size(), 0.0);
    SteadyOptions how;
    how.relative_residual = 1e-10;
    numerics::ConductionSolver solver(model_.op, pool_);
    refuse_singular(model_, solver);
    std::vector<double> leak(leaks_.size(), 0.0);
    for (int step = 0; step < 200; ++step) {
      for (std::size_t k = 0; k < leaks_.size(); ++k) scales[leak_source_[k]] = leak[k] / leaks_[k].law.power;
      apply(scales);
      lane.u = solve(model_, solver, how, std::move(lane.u)).u;
      if (!on || leaks_.empty()) break;
      double change = 0;
      for (std::size_t k = 0; k < leaks_.size(); ++k) {
        const double now = stepper_->leak_power(k, mean_of(model_, leak_region_[k], lane.u));
        change = std::max(change, std::abs(now - leak[k]) / std::max(now, 1e-12));
        leak[k] = now;
      }
      if (!(change < 1e9) || step == 199)
        throw base::Error("the first field has no steady state: its leakage runs away",
                          "begin with --initial off, or cool the package better");
      if (change < 1e-9) break;
    }
    lane.leak_W = leak;
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
      for (const std::size_t s : leak_source_) scales[s] = 0;
      set_heat(state_[l], scales);
    }
  }

  void set_heat(Lane& lane, std::vector<double> scales) {
    apply(scales);
    lane.rhs = model_.rhs;
    const std::vector<double> zero(lane.u.size(), 0.0);
    lane.out_zero = heat_out(model_, zero);
    lane.offset.clear();
    for (std::size_t k = 0; k < leaks_.size(); ++k)
      lane.offset.push_back(mean_of(model_, leak_region_[k], zero));
    scales_.resize(lanes());
    scales_[std::size_t(&lane - state_.data())] = std::move(scales);
    power_.resize(lanes());
    power_[std::size_t(&lane - state_.data())] = model_.power;
    // The power that leaks now, at the temperature of now.
    for (std::size_t k = 0; k < leaks_.size(); ++k) {
      double t = stepper_->leak_mean(k, lane.u) + lane.offset[k];
      double w = lane.leak_W[k];
      for (int step = 0; step < 60; ++step) {
        double at = t;
        for (std::size_t m = 0; m < leaks_.size(); ++m)
          at += leaks_[k].beside[m] * (m == k ? w : lane.leak_W[m]);
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

  void cross(double begin, double end, double& first) {
    const double whole = canonical(end - begin);
    const std::uint64_t all = std::uint64_t(1) << kDeepest;
    std::vector<std::vector<double>> before;  // what the span began with
    for (const Lane& lane : state_) before.push_back(lane.u);
    // Begin well below the first result after the power step.
    if (!(first > 0)) {
      double reach = end;
      for (const double t : run_.times)
        if (t > begin * (1 + 1e-12)) {
          reach = std::min(reach, t);
          break;
        }
      first = (reach - begin) / 128;
    }
    int level = 0;
    while (level < kDeepest && std::ldexp(whole, -level) > first * (1 + 1e-9)) ++level;
    std::uint64_t done = 0;
    bool accepted = false;
    double wanted = std::ldexp(whole, -level);
    std::vector<Stepped> stepped;
    while (done < all && !over_) {
      // As long as wanted, and as the place in the span allows: steps stay where halves of longer ones are.
      while (level > 0 && std::ldexp(whole, -(level - 1)) <= wanted &&
             done % (std::uint64_t(1) << (kDeepest - level + 1)) == 0)
        --level;
      const double h = std::ldexp(whole, -level);
      const bool leaks_settle = stepper_->step(state_, h, stepped);
      double ratio = 0;
      for (std::size_t l = 0; l < lanes() && leaks_settle; ++l) {
        const double moved = difference(stepped[l].end, before[l]);
        double high = 0;
        for (const double v : stepped[l].end) high = std::max(high, std::abs(v));
        const double counts = std::max(moved, kFaint * moved_[l]);
        const double allowed = options_.tolerance * counts + kNoise * high + 1e-9;
        ratio = std::max(ratio, stepped[l].error / allowed);
        if (!std::isfinite(stepped[l].error)) ratio = 1e6;
      }
      if (!leaks_settle || ratio > 1) {
        if (leading_)
          for (auto& r : results_) ++r.rejected;
        const double factor = leaks_settle ? std::clamp(0.85 / std::cbrt(ratio), 0.02, 0.5) : 0.25;
        wanted = h * factor;
        const int was = level;
        while (level < kDeepest && std::ldexp(whole, -level) > wanted) ++level;
        if (level == was || level >= kDeepest || h < kShortest * std::max(begin, shortest_time())) {
          stall(begin + whole * double(done) / double(all));
          return;
        }
        continue;
      }
      wanted = h * std::clamp(0.85 / std::cbrt(std::max(ratio, 1e-6)), 0.3, 4.0);
      for (std::size_t l = 0; l < lanes(); ++l)
        moved_[l] = std::max(moved_[l], difference(stepped[l].end, start_[l]));
      if (!accepted)
        first = h * std::clamp(0.85 / std::cbrt(std::max(ratio, 1e-9)), 0.3, 1e3);  // next span's
      accepted = true;
      const double from = begin + whole * (double(done) / double(all));
      done += std::uint64_t(1) << (kDeepest - level);
      const double to = done == all ? end : begin + whole * (double(done) / double(all));
      read_results(from, to, &stepped);
      take(stepped, h, to);
      if (curved_) read_conductivities();
      if (options_.progress && leading_)
        options_.progress(0.1 + 0.9 * to / run_.times.back(), fmt::format("t = {:.4g} s", to));
    }
  }

  static double difference(const std::vector<double>& a, const std::vector<double>& b) {
    double most = 0;
    for (std::size_t c = 0; c < a.size(); ++c) most = std::max(most, std::abs(a[c] - b[c]));
    return most;
  }

  double shortest_time() const {
    for (const double t : run_.times)
      if (t > 0) return t;
    return run_.times.back();
  }

  void take(std::vector<Stepped>& stepped, double h, double to) {
    for (std::size_t l = 0; l < lanes(); ++l) {
      state_[l].u.swap(stepped[l].end);
      state_[l].leak_W = stepped[l].leak_end;
      account_[l].in_J += stepped[l].in_J + power_[l] * h;
      account_[l].out_J += stepped[l].out_J;
      if (leading_) {
        ++results_[l].steps;
        results_[l].time_error_K += stepped[l].error;
      }
      for (std::size_t k = 0; k < leaks_.size(); ++k) {
        double mean = stepper_->leak_mean(k, state_[l].u) + state_[l].offset[k];
        for (std::size_t m = 0; m < leaks_.size(); ++m) mean += leaks_[k].beside[m] * state_[l].leak_W[m];
        if (model_.t_ref + mean < options_.runaway_K) continue;
        if (leading_) results_[l].runaway = Runaway{leaks_[k].path, to, options_.runaway_K};
        over_ = true;
      }
    }
  }

  /// Steps became nothing: with leakage that is a runaway, without it a defect of the numbers.
  void stall(double t) {
    if (leaks_.empty())
      throw base::Error(fmt::format("the time steps became too short at {:.6g} s", t),
                        "raise --tolerance, or check conductivities and heat capacities");
    over_ = true;
    if (!leading_) return;
    for (std::size_t l = 0; l < lanes(); ++l)
      results_[l].runaway = Runaway{leaks_.front().path, t, options_.runaway_K};
  }

  void read_conductivities() {
    const std::vector<double> now = solid_means(model_, state_.front().u);
    double drift = 0;
    for (std::size_t s = 0; s < now.size(); ++s) drift = std::max(drift, std::abs(now[s] - read_at_[s]));
    if (drift < kDrift) return;
    const auto scales = scales_;
    build(now);
    read_at_ = now;
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

  void read(std::size_t l, std::size_t at, const std::vector<double>& u, const std::vector<double>& leak) {
    std::vector<double> scales = scales_[l];
    for (std::size_t k = 0; k < leak.size(); ++k) scales[leak_source_[k]] = leak[k] / leaks_[k].law.power;
    if (model_.source_scale != scales) {
      model_.source_scale = scales;
      place_sources(model_);
    }
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
        if (run_.regions[r].path == leaks_[k].path) h.power_W[at] += leak[k];
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
      a.stored_J = stored(state_[l].u) - stored_before_[l];
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
  bool leading_, curved_, over_ = false;

  Model model_;
  std::vector<double> capacity_;
  std::vector<LeakPart> leaks_;
  std::vector<std::size_t> leak_source_;
  std::vector<Region> leak_region_;
  std::unique_ptr<Stepper> stepper_;
  std::vector<Lane> state_;
  std::vector<HeatAccount> account_;
  std::vector<std::vector<double>> scales_;
  std::vector<std::vector<double>> start_;  // the first field
  std::vector<double> moved_;               // K, the most that has moved since
  std::vector<double> power_, stored_before_, read_at_, lengths_;
  std::vector<std::size_t> next_result_;
};

/// The shortest diffusion length that the results see, along z in what is heated.
double near_heat(const TimeRun& run) {
  std::vector<const PowerHistory*> all;
  for (const auto& h : run.histories) all.push_back(&h);
  const double shortest = shortest_lag(run.times, all, run.options->initial);
  double length = std::numeric_limits<double>::infinity();
  const Design& design = *run.designs.front();
  for (const auto& source : run.assembly->sources) {
    if (source.solid < 0) continue;
    const package::Solid& solid = run.assembly->solids[std::size_t(source.solid)];
    const auto& m = design.materials.materials[std::size_t(solid.fill.material)];
    const double t = design.environment.ambient;
    const double alpha = m.conductivity(t)[2] /
                         (m.at(package::Property::density, t) * m.at(package::Property::specific_heat, t));
    length = std::min(length, std::max(kNear * std::sqrt(alpha * shortest), 1e-5 * (solid.z1 - solid.z0)));
  }
  return std::isfinite(length) ? length : 0;
}

/// Nested grids, second order: the fine one is wrong by a third of the difference (Richardson 1911), which is
/// taken off. Returns the largest of what was taken off, K: the error left is smaller.
double extrapolate(std::vector<double>& fine, const std::vector<double>& coarse) {
  double most = 0;
  for (std::size_t t = 0; t < fine.size(); ++t) {
    const double wrong = (coarse[t] - fine[t]) / 3;
    if (!std::isfinite(wrong)) continue;
    fine[t] -= wrong;
    most = std::max(most, std::abs(wrong));
  }
  return most;
}

}  // namespace

std::vector<TransientResult> transient_volumes(const TimeRun& run, base::Pool& pool) {
  const TransientOptions& options = *run.options;
  const Design& design = *run.designs.front();
  const Assembly assembly = with_leakage(design, *run.assembly);
  for (const Design* other : run.designs)
    for (std::size_t d = 0; d < design.dies.size(); ++d) {
      const auto &a = design.dies[d].power.leakage, &b = other->dies[d].power.leakage;
      if (a.has_value() != b.has_value() ||
          (a && (a->power != b->power || a->at != b->at || a->doubles_every != b->doubles_every)))
        throw base::Error(
            fmt::format("die \"{}\" leaks differently in another workload", design.dies[d].name),
            "run workloads with different leakage one by one");
    }
  mesh::MeshOptions coarse, fine;
  coarse.near_heat = fine.near_heat = near_heat(run) * (options.estimate_error ? 2 : 1);
  coarse.growth = fine.growth = kGrowth;
  coarse.target_cells = fine.target_cells = options.estimate_error ? options.cells / 8 : options.cells;
  fine.refine = options.estimate_error ? 1 : 0;

  std::vector<TransientResult> results, rough;
  std::vector<std::vector<Place>> places(run.designs.size());
  for (std::size_t w = 0; w < run.designs.size(); ++w) {
    results.push_back(empty_result(run, w, places[w]));
    results.back().path = "finite volume";
  }
  if (options.estimate_error) {
    if (options.progress) options.progress(0.02, "coarse grid");
    rough = results;
    March(run, assembly, coarse, pool, rough, places, false).go();
  }
  March march(run, assembly, fine, pool, results, places, true);
  march.go();
  for (std::size_t w = 0; w < results.size(); ++w) {
    for (const Place& place : places[w]) {
      if (!options.estimate_error) break;
      History& h = history_at(results[w], place);
      const History& c = history_at(rough[w], place);
      h.error_K = std::max(h.error_K, extrapolate(h.max_K, c.max_K));
      extrapolate(h.mean_K, c.mean_K);
      for (std::size_t t = 0; t < h.max_K.size(); ++t)  // extrapolated apart, a flat part's may cross
        if (h.max_K[t] < h.mean_K[t]) h.max_K[t] = h.mean_K[t];
    }
    for (std::size_t p = 0; options.estimate_error && p < results[w].probes_K.size(); ++p)
      extrapolate(results[w].probes_K[p], rough[w].probes_K[p]);
    finish(results[w]);
    if (depends_on_temperature(design, assembly))
      results[w].notes.push_back(
          "conductivities follow each solid's mean temperature (within 1 K); heat "
          "capacities are those of the beginning");
    const auto& notes = march.model().mesh.notes;
    results[w].notes.insert(results[w].notes.end(), notes.begin(), notes.end());
  }
  if (!options.keep_fields_at.empty()) {
    results.front().mesh = march.model().mesh;
    for (std::size_t w = 1; w < results.size(); ++w) results[w].mesh = results.front().mesh;
  }
  return results;
}

}  // namespace bondline::thermal::detail
