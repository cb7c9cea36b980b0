// HotSpot's .config: which names there are, what the import does with each, and HotSpot's own default where
// it has one that matters (HotSpot 7, temperature.c, default_thermal_config()).
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "design/formats/hotspot.h"
#include "document/document.h"

namespace bondline::formats {
namespace {

enum class Fate {
  read,       ///< carried over (or read where the deck's form asks for it)
  no_matter,  ///< settings of HotSpot's own grid, files and floorplanner: no part of the package
  transient,  ///< matters for transients only, not carried
};

struct Name {
  const char* name;
  Fate fate;
  double otherwise;  ///< HotSpot's default; 0 where none is needed
};

// clang-format off
constexpr Name kNames[] = {
  {"t_chip", Fate::read, 0.15e-3}, {"k_chip", Fate::read, 100}, {"p_chip", Fate::read, 1.75e6}, {"material_chip", Fate::read, 0},
  {"t_interface", Fate::read, 20e-6}, {"k_interface", Fate::read, 4}, {"p_interface", Fate::read, 4e6}, {"material_interface", Fate::read, 0},
  {"s_spreader", Fate::read, 30e-3}, {"t_spreader", Fate::read, 1e-3}, {"k_spreader", Fate::read, 400}, {"p_spreader", Fate::read, 3.55e6}, {"material_spreader", Fate::read, 0},
  {"s_sink", Fate::read, 60e-3}, {"t_sink", Fate::read, 6.9e-3}, {"k_sink", Fate::read, 400}, {"p_sink", Fate::read, 3.55e6}, {"material_sink", Fate::read, 0},
  {"r_convec", Fate::read, 0.1}, {"c_convec", Fate::transient, 140.4}, {"ambient", Fate::read, 318.15},
  {"model_secondary", Fate::read, 0}, {"r_convec_sec", Fate::read, 1}, {"c_convec_sec", Fate::no_matter, 140.4}, {"n_metal", Fate::read, 8},
  {"t_metal", Fate::read, 10e-6}, {"t_c4", Fate::read, 0.1e-3}, {"s_c4", Fate::read, 20e-6}, {"n_c4", Fate::read, 400},
  {"s_sub", Fate::read, 0.021}, {"t_sub", Fate::read, 0.001}, {"s_solder", Fate::read, 0.021}, {"t_solder", Fate::read, 0.00094},
  {"s_pcb", Fate::read, 0.1}, {"t_pcb", Fate::read, 0.002},
  {"sampling_intvl", Fate::read, 3.333e-6}, {"grid_layer_file", Fate::read, 0}, {"detailed_3d", Fate::read, 0},
  {"leakage_used", Fate::read, 0}, {"package_model_used", Fate::read, 0},
  {"use_microfluidic_cooling", Fate::read, 0}, {"use_microchannels", Fate::read, 0}, {"inlet_temperature", Fate::read, 298.15},
  {"coolant_material", Fate::read, 0}, {"pumping_pressure", Fate::no_matter, 0}, {"pump_internal_res", Fate::no_matter, 0},
  {"coolant_capac", Fate::no_matter, 0}, {"coolant_res", Fate::no_matter, 0}, {"coolant_visc", Fate::no_matter, 0},
  {"wall_material", Fate::no_matter, 0}, {"wall_capac", Fate::no_matter, 0}, {"wall_res", Fate::no_matter, 0}, {"htc", Fate::no_matter, 0},
  {"init_temp", Fate::transient, 0}, {"init_file", Fate::transient, 0},
  {"thermal_threshold", Fate::no_matter, 0}, {"steady_file", Fate::no_matter, 0}, {"base_proc_freq", Fate::no_matter, 0}, {"dtm_used", Fate::no_matter, 0},
  {"model_type", Fate::no_matter, 0}, {"leakage_mode", Fate::no_matter, 0}, {"package_config_file", Fate::no_matter, 0},
  {"block_omit_lateral", Fate::no_matter, 0}, {"grid_rows", Fate::no_matter, 0}, {"grid_cols", Fate::no_matter, 0},
  {"grid_steady_file", Fate::no_matter, 0}, {"grid_transient_file", Fate::no_matter, 0}, {"grid_map_mode", Fate::no_matter, 0},
  {"wrap_l2", Fate::no_matter, 0}, {"l2_label", Fate::no_matter, 0}, {"model_rim", Fate::no_matter, 0}, {"rim_thickness", Fate::no_matter, 0},
  {"compact_ratio", Fate::no_matter, 0}, {"n_orients", Fate::no_matter, 0}, {"p0", Fate::no_matter, 0}, {"davg", Fate::no_matter, 0},
  {"kmoves", Fate::no_matter, 0}, {"rcool", Fate::no_matter, 0}, {"rreject", Fate::no_matter, 0}, {"nmax", Fate::no_matter, 0},
  {"lambdaa", Fate::no_matter, 0}, {"lambdat", Fate::no_matter, 0}, {"lambdaw", Fate::no_matter, 0},
  {"natural_convec", Fate::no_matter, 0}, {"flow_type", Fate::no_matter, 0}, {"sink_type", Fate::no_matter, 0},
  {"fin_height", Fate::no_matter, 0}, {"fin_width", Fate::no_matter, 0}, {"channel_width", Fate::no_matter, 0},
  {"pin_height", Fate::no_matter, 0}, {"pin_diam", Fate::no_matter, 0}, {"pin_dist", Fate::no_matter, 0},
  {"fan_radius", Fate::no_matter, 0}, {"motor_radius", Fate::no_matter, 0}, {"rpm", Fate::no_matter, 0},
};
// clang-format on

const Name* find_name(const std::string& name) {
  for (const Name& n : kNames)
    if (name == n.name) return &n;
  return nullptr;
}

}  // namespace

void HotspotConfig::read(const std::string& text, const std::string& file, Report& report) {
  for (const Line& line : lines_of(text, true)) {
    const Where where{file, line.number, line.words[0].column};
    if (line.words[0].text.front() != '-' || line.words[0].text.size() < 2 || line.words.size() < 2) {
      report.error(where, "a configuration line is \"-name value\"", "write both, or start a comment with #");
      continue;
    }
    const std::string name = lower(line.words[0].text.substr(1, kMaxName));
    if (values_.size() >= 4096) {
      report.error(where, "more than 4096 settings", "remove those that are not HotSpot's");
      return;
    }
    const auto [value, fresh] =
        values_.emplace(name, Value{std::string(line.words[1].text.substr(0, 4096)), where});
    if (!fresh)
      report.warning(where,
                     fmt::format("\"{}\" is set again; the first value, {}, holds as in HotSpot", shown(name),
                                 shown(value->second.text)),
                     "remove one of them");
  }
}

std::string HotspotConfig::text(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() || it->second.text == "(null)" ? "" : it->second.text;
}

Where HotspotConfig::where(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? Where{} : it->second.where;
}

double HotspotConfig::positive(const std::string& name, Report& report,
                               std::vector<package::Default>& defaults) const {
  const Name* known = find_name(name);
  const double otherwise = known ? known->otherwise : 0;
  const auto it = values_.find(name);
  if (it == values_.end()) {
    defaults.push_back({"hotspot." + name, fmt::format("{:g} (SI)", otherwise),
                        "HotSpot 7, temperature.c, default_thermal_config()"});
    return otherwise;
  }
  const auto number = number_of(it->second.text);
  if (number && *number > 0) return *number;
  report.error(it->second.where,
               fmt::format("{} is \"{}\", not a number greater than zero", name, shown(it->second.text)),
               fmt::format("write an SI number, or leave it out for HotSpot's {:g}", otherwise));
  return otherwise;
}

bool HotspotConfig::flag(const std::string& name) const {
  const std::string value = lower(text(name));
  return !value.empty() && value != "0" && value != "off" && value != "false";
}

void HotspotConfig::report_rest(Report& report) const {
  std::vector<std::string> known;
  for (const Name& n : kNames) known.emplace_back(n.name);
  std::size_t no_matter = 0;
  for (const auto& [name, value] : values_) {
    const Name* entry = find_name(name);
    if (!entry) {
      const std::string near = document::nearest(name, known);
      report.warning(value.where, fmt::format("HotSpot has no setting \"{}\"; it is ignored", shown(name)),
                     near.empty() ? "remove it" : fmt::format("did you mean \"{}\"?", near));
    } else if (entry->fate == Fate::transient) {
      if (!text(name).empty())
        report.note(value.where, fmt::format("{} {} is not carried over; only transients use it", name,
                                             shown(value.text)));
    } else if (entry->fate == Fate::no_matter) {
      ++no_matter;
    }
  }
  if (no_matter)
    report.note({},
                fmt::format("{} settings of HotSpot's own grid, files, coolant and floorplanner are left out",
                            no_matter));
  if (flag("leakage_used"))
    report.warning(where("leakage_used"),
                   "HotSpot's leakage loop is built into its source and is not carried over",
                   "give the power its own leakage law in the design file");
  if (flag("package_model_used"))
    report.warning(
        where("package_model_used"),
        "the fan and fin model of package.config is not carried over; r_convec is used as it stands",
        "set r_convec to what HotSpot prints for your sink");
}

}  // namespace bondline::formats
