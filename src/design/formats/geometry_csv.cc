// One line per solid, then one per known member of its array.
#include <numbers>

#include <fmt/format.h>

#include "design/formats/geometry.h"
#include "design/formats/not_carried.h"

namespace bondline::formats {
namespace {

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

ExportResult export_csv(const package::Design& design) {
  ExportResult result;
  const package::Assembly assembly = package::assemble(design);
  fmt::memory_buffer out;
  const auto add = [&](const std::string& text) { out.append(text); };
  add("path,part,role,material,inclusion,inclusion_fraction,x_m,y_m,size_x_m,size_y_m,rotation_deg,z0_m,z1_"
      "m\n");
  for (const auto& s : assembly.solids)
    add(fmt::format("{},{},{},{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}\n", cell(s.path),
                    cell(s.part), role_name(s.role), cell(material_name(design, s.fill.material)),
                    cell(material_name(design, s.fill.inclusion)), s.fill.inclusion < 0 ? 0 : s.fill.fraction,
                    s.footprint.at.x, s.footprint.at.y, s.footprint.size.x, s.footprint.size.y,
                    s.footprint.rotation * 180 / std::numbers::pi, s.z0, s.z1));
  bool any = false, uncounted = false;
  for (const auto& s : assembly.solids) {
    if (!s.fill.sites.empty() && !any) add("\narray,x_m,y_m,diameter_m\n");
    any |= !s.fill.sites.empty();
    uncounted |= s.fill.count > s.fill.sites.size();
    for (const auto& site : s.fill.sites)
      add(fmt::format("{},{:.9g},{:.9g},{:.9g}\n", cell(s.path), site.x, site.y, s.fill.diameter));
  }
  describe_not_geometry(design, result.not_carried);
  if (uncounted)
    result.not_carried.push_back(
        "single members of arrays that are kept as an effective medium: their fraction is given");
  result.not_carried.push_back("maps of copper coverage: their mean is given");
  result.bytes.assign(out.data(), out.size());
  return result;
}

}  // namespace bondline::formats
