// 3Dblox (docs/formats/3dblox.md): chiplet definitions (.3dbv) and their assembly (.3dbx), YAML, as the
// OpenROAD reader understands them. Internal to the room.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "design/formats/formats.h"
#include "design/formats/text.h"

namespace bondline::formats {

struct BloxRegion {
  std::string name, side, bump_map;
  package::Rect rect;  ///< m, bounding box of the coords
  Where where;
};

struct BloxChiplet {
  std::string name, type;  ///< die, rdl, ip, substrate, hier
  package::Vec2 size;      ///< m, shrink applied
  double thickness = 0;    ///< m
  bool tsv = false;
  std::vector<BloxRegion> regions;
  Where where;
  const BloxRegion* region(const std::string& region_name) const;
};

struct BloxInstance {
  std::string name;
  const BloxChiplet* chiplet = nullptr;
  package::Vec2 low;                       ///< m, lower left corner of the placed outline
  double z = 0;                            ///< m, lowest face
  int quarter_turns = 0;                   ///< counter-clockwise
  bool mirrored = false, flipped = false;  ///< in the plane; front face down
  bool placed = false;
  Where where;
  package::Vec2 size() const;  ///< as placed
};

struct BloxConnection {
  std::string name, top, bottom;  ///< "instance.regions.region", empty: none
  double thickness = 0;
  Where where;
};

struct Blox {
  std::string design;
  std::map<std::string, BloxChiplet> chiplets;
  std::vector<BloxInstance> instances;
  std::vector<BloxConnection> connections;
};

/// Reads files into `out` (with what they include, each once; .3dbx first); false on errors.
bool read_threedblox(const std::vector<std::string>& paths, Sources& sources, Report& report, Blox& out);

std::optional<package::Design> import_threedblox(const std::vector<std::string>& paths,
                                                 const std::vector<std::string>& bump_maps, Sources& sources,
                                                 Report& report);
/// The assembly as .3dbx text, its definitions as a further .3dbv.
ExportResult export_threedblox(const package::Design& design);

}  // namespace bondline::formats
