// HotSpot's files, SI throughout (docs/formats/hotspot.md). Each is first read as it stands into one of the
// structs below; hotspot.cc then puts the parts together. Internal to the room.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "design/formats/deck.h"
#include "design/formats/text.h"

namespace bondline::formats {

struct HotspotBlock {
  std::string name;
  package::Rect rect;                 ///< m, as written
  double rho_c = 0, resistivity = 0;  ///< 0: not given; J/(m3 K), m K/W
  Where where;
};

struct HotspotFloorplan {
  std::string file;
  std::vector<HotspotBlock> blocks;  ///< moved so that the bounding box starts at 0, 0
  double width = 0, height = 0;      ///< of the bounding box
  bool has_overrides() const;
};

struct HotspotTrace {
  std::string file;
  std::vector<std::string> names;
  std::vector<Where> name_where;
  std::vector<std::vector<double>> watts;  ///< [sample][column]
};

struct HotspotLayer {
  int number = 0;
  bool lateral = true, power = false;
  std::string material;  ///< version 7 form; empty: the two numbers hold
  double rho_c = 0, resistivity = 0;
  double thickness = 0;
  std::string floorplan;
  Where where, material_where, floorplan_where;
};

/// Reads a floorplan; false when there was an error.
bool read_hotspot_floorplan(const std::string& text, const std::string& file, Report& report,
                            HotspotFloorplan& out);
bool read_hotspot_trace(const std::string& text, const std::string& file, Report& report, HotspotTrace& out);
/// Layers come out ordered by number: 0, farthest from the sink, first.
bool read_hotspot_layers(const std::string& text, const std::string& file, Report& report,
                         std::vector<HotspotLayer>& out);
bool read_hotspot_materials(const std::string& text, const std::string& file, Report& report,
                            std::vector<DeckMaterial>& out);

/// A microchannel layer's cells.
struct HotspotChannels {
  std::size_t cells = 0, wet = 0;
};
bool read_hotspot_channels(const std::string& text, const std::string& file, Report& report,
                           HotspotChannels& out);

/// The `-name value` pairs of one or several .config files; the first of a name holds.
class HotspotConfig {
 public:
  void read(const std::string& text, const std::string& file, Report& report);
  bool has(const std::string& name) const { return values_.count(name) != 0; }
  std::string text(const std::string& name) const;  ///< "" when absent or "(null)"
  Where where(const std::string& name) const;
  /// A number greater than zero, or HotSpot's own default (noted in `defaults`).
  double positive(const std::string& name, Report& report, std::vector<package::Default>& defaults) const;
  /// True for a value other than 0; absent: false.
  bool flag(const std::string& name) const;
  /// Says which settings mean nothing to the import, which are lost, and which HotSpot does not know either.
  void report_rest(Report& report) const;

 private:
  struct Value {
    std::string text;
    Where where;
  };
  std::map<std::string, Value> values_;
};

/// Paths by kind, as import_files() sorted them.
struct HotspotPaths {
  std::vector<std::string> floorplans, traces, layers, configs, materials, channels;
};
/// The whole import. A design comes out only when no error was reported.
std::optional<package::Design> import_hotspot(const HotspotPaths& paths, Sources& sources, Report& report);

}  // namespace bondline::formats
