// Exports of the assembled solids: VTK, glTF, CSV. Internal to the room.
#pragma once
#include "design/formats/formats.h"
#include "design/package/solids.h"

namespace bondline::formats {

ExportResult export_vtk(const package::Design& design);
ExportResult export_gltf(const package::Design& design);
ExportResult export_csv(const package::Design& design);

const char* role_name(package::Role role);
/// The name of a solid's (matrix) material, "" when unknown.
std::string material_name(const package::Design& design, int material);

}  // namespace bondline::formats
