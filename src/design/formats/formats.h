// Other people's files. Importers turn them into a Design and say what they could not carry over; exporters
// write one of the named formats and say the same. One file per format (hotspot_*.cc, ice_*.cc,
// threedblox.cc, ...). Importers read untrusted bytes: whatever is in them, the outcome is a Design or
// diagnostics, never a crash.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "design/package/design.h"

namespace bondline::formats {

struct ImportResult {
  std::optional<package::Design> design;  ///< absent when diagnostics has errors
  base::Diagnostics diagnostics;          ///< errors; warnings = not carried over or assumed
};

/// Reads one design out of one or several files of a kind, told apart by suffix and content: HotSpot (.flp,
/// .ptrace, .lcf, .config, .materials), 3D-ICE (.stk; its .flp are found through it), 3Dblox (.3dbv, .3dbx),
/// CSV bump map. Never throws.
ImportResult import_files(const std::vector<std::string>& paths, base::Files& files);

struct ExportResult {
  struct File {
    std::string name, bytes;
  };
  std::string bytes;
  std::vector<File> others;              ///< to be written beside it under these names (3Dblox: .3dbv, .bmap)
  std::vector<std::string> not_carried;  ///< in words, for the user
};

/// Geometry (and, where the format can, material names): "vtk" (rectilinear .vtr of the mesh's solid ids),
/// "gltf" (binary .glb, one node per solid), "3dblox" (.3dbx, its definitions in `others`), "csv" (one line
/// per solid, bump centres after). Throws base::Error for an unknown format.
ExportResult export_design(const package::Design& design, const std::string& format);
std::vector<std::string> export_formats();

}  // namespace bondline::formats
