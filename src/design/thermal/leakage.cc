#include "design/thermal/leakage.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondline::thermal::detail {
namespace {

const std::string kEnding = ".leakage";

}  // namespace

std::vector<Leak> leaks_of(const Design& design, const Assembly& assembly) {
  std::vector<Leak> out;
  for (std::size_t s = 0; s < assembly.sources.size(); ++s)
    for (const auto& die : design.dies)
      if (die.power.leakage && assembly.sources[s].path == "dies." + die.name + kEnding)
        out.push_back({s, "dies." + die.name, *die.power.leakage});
  return out;
}

Assembly with_leakage(const Design& design, const Assembly& assembly) {
  Assembly out = assembly;
  for (const auto& die : design.dies) {
    if (!die.power.leakage || die.power.leakage->power == 0) continue;
    const auto& law = *die.power.leakage;
    if (!(law.doubles_every > 0)) {
      base::Diagnostics all;
      all.error(law.where,
                fmt::format("leakage of die \"{}\" doubles every {} K", die.name, law.doubles_every),
                "give a positive temperature step, e.g. 20 K");
      throw base::Error(std::move(all));
    }
    const int solid = assembly.find("dies." + die.name);
    if (solid < 0) continue;
    const package::Solid& s = assembly.solids[std::size_t(solid)];
    package::HeatSource source{
        "dies." + die.name + kEnding, solid, s.footprint, s.z0, s.z1, law.power, law.where};
    bool found = false;
    for (const auto& other : assembly.sources) {
      if (other.solid != solid || found) continue;
      if (other.z0 == other.z1) source.z0 = source.z1 = other.z0;
      found = true;
    }
    if (!found &&
        die.power.place != package::HeatPlace::volume) {  // nothing else heats it: the face that is named
      const bool top = die.power.place == package::HeatPlace::top_face ||
                       (die.power.place == package::HeatPlace::active &&
                        (die.facing == package::Facing::up) == (die.side == package::Side::top));
      source.z0 = source.z1 = top ? s.z1 : s.z0;
    }
    out.sources.push_back(std::move(source));
  }
  return out;
}

std::vector<double> leakage_start(const Design& design, const Assembly& assembly) {
  std::vector<double> scale(assembly.sources.size(), 1.0);
  for (const Leak& leak : leaks_of(design, assembly))
    scale[leak.source] = std::exp2((design.environment.ambient - leak.law.at) / leak.law.doubles_every);
  return scale;
}

}  // namespace bondline::thermal::detail
