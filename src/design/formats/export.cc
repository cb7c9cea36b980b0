#include <fmt/format.h>

#include "design/formats/formats.h"
#include "design/formats/geometry.h"
#include "design/formats/threedblox.h"

namespace bondline::formats {

std::vector<std::string> export_formats() {
  return {"vtk", "gltf", "3dblox", "csv"};
}

ExportResult export_design(const package::Design& design, const std::string& format) {
  if (format == "vtk") return export_vtk(design);
  if (format == "gltf") return export_gltf(design);
  if (format == "3dblox") return export_threedblox(design);
  if (format == "csv") return export_csv(design);
  throw base::Error(fmt::format("there is no export format \"{}\"", shown(format)),
                    "write vtk, gltf, 3dblox or csv");
}

const char* role_name(package::Role role) {
  using package::Role;
  switch (role) {
    case Role::substrate_layer:
      return "substrate_layer";
    case Role::coin:
      return "coin";
    case Role::via_field:
      return "via_field";
    case Role::die:
      return "die";
    case Role::tsv_field:
      return "tsv_field";
    case Role::beol:
      return "beol";
    case Role::joint:
      return "joint";
    case Role::die_attach:
      return "die_attach";
    case Role::mold:
      return "mold";
    case Role::air:
      return "air";
    case Role::lid:
      return "lid";
    case Role::tim:
      return "tim";
    case Role::heat_sink:
      return "heat_sink";
    case Role::shield:
      return "shield";
    case Role::balls:
      return "balls";
    case Role::board_layer:
      return "board_layer";
    case Role::passive:
      return "passive";
    case Role::block_layer:
      return "block_layer";
    case Role::block_region:
      return "block_region";
    case Role::back_metal:
      return "back_metal";
    case Role::coolant:
      return "coolant";
    case Role::channel_wall:
      return "channel_wall";
  }
  return "solid";
}

std::string material_name(const package::Design& design, int material) {
  if (material < 0 || std::size_t(material) >= design.materials.materials.size()) return "";
  return design.materials.materials[std::size_t(material)].name;
}

}  // namespace bondline::formats
