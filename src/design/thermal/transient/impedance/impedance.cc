#include "design/thermal/transient/impedance/impedance.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "design/thermal/layered_problem.h"
#include "design/thermal/transient/impedance/linear_curve.h"
#include "design/thermal/transient/run.h"

namespace bondline::thermal {
namespace {

constexpr double kForever = 1e9;  // s: no package warms for thirty years
constexpr double kLongest = 1e6;  // s, of a curve whose end is looked for
constexpr double kSpread = 150;  // diffusion lengths along a block's side: beyond, tens of thousands of modes
constexpr double kReached = 0.999;  // of the steady value: there the curve ends

/// The parts that may carry power: "dies.soc", "block.die".
struct Heated {
  std::string path;
  package::Power* power = nullptr;
};

std::vector<Heated> heated_parts(package::Design& design) {
  std::vector<Heated> out;
  for (auto& die : design.dies) out.push_back({"dies." + die.name, &die.power});
  if (design.block)
    for (auto& layer : design.block->layers) out.push_back({"block." + layer.name, &layer.power});
  return out;
}

/// Constant power in the pattern of its steady mean, `watts` in all.
void make_constant(package::Power& power, double watts) {
  const double whole = power.steady_total();
  std::vector<double> blocks;
  for (std::size_t b = 0; b < power.blocks.size(); ++b) blocks.push_back(power.steady_of_block(b));
  // A trace of the whole part (no block's name) is uniform power.
  double named = power.uniform;
  for (const double w : blocks) named += w;
  double mapped = 0;
  if (power.map)
    for (const double w : power.map->value) mapped += w;
  double uniform = power.uniform + (whole - named - mapped);
  power.trace.reset();
  power.leakage.reset();
  if (!(whole > 0)) {
    power.blocks.clear();
    power.map.reset();
    power.uniform = watts;
    return;
  }
  const double scale = watts / whole;
  for (std::size_t b = 0; b < blocks.size(); ++b) power.blocks[b].power = blocks[b] * scale;
  power.uniform = std::abs(uniform) < 1e-12 * whole ? 0 : uniform * scale;
  if (power.map)
    for (double& w : power.map->value) w *= scale;
}

void silence(package::Power& power) {
  power.uniform = 0;
  for (auto& block : power.blocks) block.power = 0;
  power.map.reset();
  power.trace.reset();
  power.leakage.reset();
}

const History& history(const TransientResult& r, const std::string& path) {
  for (const auto* list : {&r.dies, &r.blocks, &r.parts})
    for (const auto& h : *list)
      if (h.path == path) return h;
  throw base::Error(fmt::format("\"{}\" has no temperature", path), "name a die or a layer that is heated");
}

/// Whether the series would need more modes than it is worth: spots of heat, seen before heat has spread far.
bool too_early(const package::Design& alone, const package::Assembly& assembly, double from) {
  const double side = std::max(assembly.extent.width(), assembly.extent.height());
  for (const auto& source : assembly.sources) {
    if (source.solid < 0) continue;
    const auto& size = source.footprint.size;
    if (size.x > 0.999 * assembly.extent.width() && size.y > 0.999 * assembly.extent.height()) continue;
    const auto& solid = assembly.solids[std::size_t(source.solid)];
    const auto& m = alone.materials.materials[std::size_t(solid.fill.material)];
    const double t = alone.environment.ambient;
    const double alpha = m.conductivity(t)[0] /
                         (m.at(package::Property::density, t) * m.at(package::Property::specific_heat, t));
    if (side > kSpread * std::sqrt(alpha * from)) return true;
  }
  return false;
}

/// By the exact series, where it applies.
std::optional<TransientResult> by_series(const package::Design& alone, const package::Assembly& assembly,
                                         const ImpedanceOptions& options, const std::vector<double>& times,
                                         base::Pool& pool) {
  if (options.path == Path::finite_volume) return {};
  detail::refuse_missing_capacity(alone, assembly);
  if (options.path == Path::automatic &&
      (!detail::why_not_spectral(alone, assembly).empty() || too_early(alone, assembly, times.front())))
    return {};
  TransientOptions how;
  how.times = times;
  how.times.insert(how.times.begin(), 0);
  how.times.push_back(std::max(kForever, 1e3 * times.back()));
  how.path = Path::spectral;
  how.progress = options.progress;
  try {
    return transient(alone, assembly, how, pool);
  } catch (const base::Error&) {  // too many modes; what else is wrong, finite volumes tell as well
    if (options.path == Path::spectral) throw;
    return {};
  }
}

void read_series(const TransientResult& r, const std::vector<std::pair<std::string, double>>& heat,
                 double watts, Impedance& out) {
  const History& whole = history(r, out.part);
  std::vector<double> rise(r.time.size(), 0.0);
  for (const auto& [path, share] : heat) {
    const History& h = history(r, path);
    for (std::size_t t = 0; t < rise.size(); ++t) rise[t] += share * (h.mean_K[t] - h.mean_K[0]);
  }
  out.steady = rise.back() / watts;
  out.steady_hottest = (whole.max_K.back() - whole.max_K[0]) / watts;
  for (std::size_t t = 1; t + 1 < rise.size(); ++t) {
    out.time.push_back(r.time[t]);
    out.z.push_back(rise[t] / watts);
    out.z_hottest.push_back((whole.max_K[t] - whole.max_K[0]) / watts);
  }
  out.path = r.path;
  out.balance = r.heat.balance;
  out.notes.insert(out.notes.end(), r.notes.begin(), r.notes.end());
}

void read_volumes(const package::Design& alone, const package::Assembly& assembly,
                  const ImpedanceOptions& options, const std::vector<double>& times,
                  const std::vector<std::pair<std::string, double>>& heat, double watts, base::Pool& pool,
                  Impedance& out) {
  detail::refuse_missing_capacity(alone, assembly);
  detail::CurveAsked asked;
  asked.part = out.part;
  asked.heat = heat;
  asked.times = times;
  asked.until_share = options.until > 0 ? 0 : kReached;
  asked.cells = options.cells;
  asked.tolerance = options.tolerance;
  asked.progress = options.progress;
  const detail::LinearCurve curve = detail::linear_curve(alone, assembly, asked, pool);
  out.time.assign(times.begin(), times.begin() + long(curve.rise.size()));
  for (const double rise : curve.rise) out.z.push_back(rise / watts);
  for (const double rise : curve.hottest) out.z_hottest.push_back(rise / watts);
  out.steady = curve.steady / watts;
  out.steady_hottest = curve.steady_hottest / watts;
  out.path = "finite volume";
  out.balance = curve.balance;
  out.notes.insert(out.notes.end(), curve.notes.begin(), curve.notes.end());
}

}  // namespace

Impedance impedance(const package::Design& design, const ImpedanceOptions& options, base::Pool& pool) {
  const auto begun = std::chrono::steady_clock::now();
  if (!(options.from > 0) || !std::isfinite(options.from))
    throw base::Error(fmt::format("the first time is {} s", options.from), "give a time above 0 s");
  if (options.until != 0 && (!(options.until > options.from) || !std::isfinite(options.until)))
    throw base::Error(fmt::format("the last time is {} s, the first {} s", options.until, options.from),
                      "give a last time after the first");
  if (options.per_decade < 4 || options.per_decade > 200)
    throw base::Error(fmt::format("{} times per decade were asked for", options.per_decade),
                      "ask for 4 to 200");

  package::Design alone = design;
  const Heated* chosen = nullptr;
  std::vector<Heated> parts = heated_parts(alone);
  std::string names;
  for (const Heated& part : parts) {
    names += (names.empty() ? "" : ", ") + part.path.substr(part.path.find('.') + 1);
    if (!options.part.empty()) {
      if (part.path == options.part || part.path.substr(part.path.find('.') + 1) == options.part)
        chosen = &part;
    } else if (!chosen || part.power->steady_total() > chosen->power->steady_total()) {
      chosen = &part;
    }
  }
  if (!chosen)
    throw base::Error(options.part.empty() ? std::string("the design has nothing to heat")
                                           : fmt::format("no die or layer is called \"{}\"", options.part),
                      names.empty() ? "give a die or a block" : "name one of " + names);
  const double watts = options.power > 0 ? options.power : chosen->power->steady_total();
  if (!(watts > 0) || !std::isfinite(watts))
    throw base::Error(fmt::format("\"{}\" has no power", chosen->path),
                      "give the step's power, or name a part with power");
  for (const Heated& part : parts)
    if (part.path != chosen->path) silence(*part.power);
  for (auto& passive : alone.passives) passive.power = 0;
  make_constant(*chosen->power, watts);

  std::vector<double> times;
  const double last = options.until > 0 ? options.until : kLongest;
  const int count = int(std::ceil(std::log10(last / options.from) * options.per_decade - 1e-9));
  for (int n = 0; n <= count; ++n)
    times.push_back(
        n == count && options.until > 0 ? last : options.from * std::pow(10, double(n) / options.per_decade));
  Impedance out;
  out.part = chosen->path;
  out.power_W = watts;
  // The mean over the heat itself: what the watts of the step meet (reciprocal, so that no term is negative).
  std::vector<std::pair<std::string, double>> heat;
  double weights = 0;
  for (const auto& block : chosen->power->blocks)
    if (block.power != 0) {
      heat.emplace_back(chosen->path + "." + block.name, block.power / watts);
      weights += block.power;
    }
  if (watts - weights != 0) heat.emplace_back(chosen->path, (watts - weights) / watts);
  if (chosen->power->map)
    out.notes.push_back(
        "the power map's part is read as the part's mean: the spectrum's fastest terms are rough");

  const package::Assembly assembly = package::assemble(alone);
  const std::optional<TransientResult> series = by_series(alone, assembly, options, times, pool);
  if (series)
    read_series(*series, heat, watts, out);
  else
    read_volumes(alone, assembly, options, times, heat, watts, pool, out);
  if (options.until == 0)
    for (std::size_t t = 0; t < out.z.size(); ++t)
      if (out.z[t] > kReached * out.steady) {
        for (auto* list : {&out.time, &out.z, &out.z_hottest}) list->resize(t + 1);
        break;
      }
  out.spectrum = time_constants(out.time, out.z, out.steady);
  for (std::size_t t = 0; t < out.time.size(); ++t)
    out.fit_error =
        std::max(out.fit_error, std::abs(foster(out.spectrum, out.time[t]) - out.z[t]) / out.steady);
  out.structure = structure_function(ladder(out.spectrum));
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return out;
}

}  // namespace bondline::thermal
