// What the load_*.cc files share: the Design being filled, the files it names, the messages, and tolerant
// readers. The tree has been checked against the schema before, and its complaints are in `diagnostics`; the
// readers here therefore stay silent about text that does not read and only add what a schema cannot see
// (unit slips, unknown names, files that are missing).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "design/package/design.h"
#include "design/package/plausible.h"
#include "document/schema.h"

namespace bondline::package {

using document::Node;

struct Loading {
  base::Files& files;
  std::string file, folder;
  base::Diagnostics& diagnostics;
  Design& design;
  std::vector<std::pair<std::string, std::string>>
      side_files{};  ///< name as written, content; for the content hash

  void use_default(std::string path, std::string value, std::string source) {
    design.defaults.push_back({std::move(path), std::move(value), std::move(source)});
  }
  /// The content of a file named in the design, or nullopt with an error at the name.
  std::optional<std::string> side_file(const Node& name);
};

/// The map itself, or an empty map when the node is missing or no map: lets readers go on.
const Node& as_map(const Node* node);
bool has(const Node& map, std::string_view key);
base::Where where_of(const Node& map, std::string_view key);

/// SI value under `key`, `otherwise` when absent or unreadable. Adds an error when it is implausible.
double read(Loading& in, const Node& map, std::string_view key, const Plausible& range, double otherwise = 0);
std::optional<double> read_optional(Loading& in, const Node& map, std::string_view key,
                                    const Plausible& range);
/// A scalar node as SI, checked likewise.
double read_scalar(Loading& in, const Node& node, const Plausible& range, double otherwise = 0);
/// Like read, but where absent takes `otherwise` and records it as a default of `path`.
double read_or_default(Loading& in, const Node& map, std::string_view key, const Plausible& range,
                       double otherwise, const std::string& path, const std::string& source);
double read_fraction(const Node& map, std::string_view key, double otherwise);
int read_count(const Node& map, std::string_view key);

/// [x, y] in metres; a single length means both. Zero for what is absent.
Vec2 read_size(Loading& in, const Node& map, std::string_view key, const Plausible& range);
Vec2 read_point(const Node& map, std::string_view key);
/// "45 deg" or "0.5 rad"; a bare number other than 0 is refused.
double read_rotation(Loading& in, const Node& map, std::string_view key);

/// Named entries of a dictionary {name: {...}} or of a list [{name: ..., ...}]; a list's nameless entries are
/// numbered.
struct Named {
  std::string name;
  const Node* node = nullptr;
  base::Where where;
};
std::vector<Named> named_entries(const Node* node, const std::string& prefix);

/// The material under `key` by its library name. Unknown names are errors with the nearest known one. Absent:
/// the default (recorded at `path`), or "" when there is none.
std::string read_material(Loading& in, const Node& map, std::string_view key, const std::string& path,
                          const std::string& otherwise = "", const std::string& source = "");
/// The library name of `name`; an error at `where` (and the name as written) when unknown.
std::string check_material(Loading& in, const std::string& name, const base::Where& where);
/// Records that a material was taken because none was written; returns its name.
std::string default_material(Loading& in, const std::string& path, const std::string& name,
                             const std::string& source);

/// "; did you mean "soc"?" style mends.
std::string mend_by_nearest(std::string_view wrong, const std::vector<std::string>& known,
                            const std::string& otherwise);

// One function per section, in the files load_*.cc.
void load_materials_section(Loading& in, const Node& root);  // materials:, interfaces:
void load_substrate(Loading& in, const Node& root);          // substrate:
void load_body(Loading& in, const Node& root);               // body:, shield:
void load_dies(Loading& in, const Node& root);               // dies:
void load_passives(Loading& in, const Node& root);           // passives:
void load_cooling(Loading& in, const Node& root);            // lid:, tims:, heat_sink:
void load_balls_and_board(Loading& in, const Node& root);    // balls:, board:
void load_block(Loading& in, const Node& root);              // block:
void load_environment(Loading& in, const Node& root);        // environment:
void load_limits_and_nets(Loading& in, const Node& root);    // limits:, nets:

// Pieces several sections use.
/// Channels of a layer of `size`; `height` is the layer's when it has one (else the section gives it).
/// `inside` names what they are in ("block.cavity").
std::optional<Channels> load_channels(Loading& in, const Node& map, Vec2 size, double height,
                                      const std::string& inside);
Attach load_attach(Loading& in, const Node& die_node, const Die& die);
/// Power of a part of `size` (metres): `path` is "dies.soc".
Power load_power(Loading& in, const Node& map, std::string_view key, Vec2 size, const std::string& path,
                 HeatPlace otherwise);
std::vector<SubstrateLayer> load_layers(Loading& in, const Node* list, const std::string& path);
ViaField load_via_field(Loading& in, const Named& entry, const std::string& path);
void read_array(Loading& in, const Node& map, const Plausible& pitch, const Plausible& diameter,
                Array& array);
/// The law of a film that has one (natural, forced, emissivity), of a sink with fins, of a plate with
/// channels.
std::optional<FilmLaw> read_film_law(Loading& in, const Node& map);
std::optional<FilmLaw> read_fins(Loading& in, const Node& sink, const std::string& material);
std::optional<FilmLaw> read_plate_channels(Loading& in, const Node& plate);
std::optional<GridMap> load_grid_map(Loading& in, const Node* node, double min, double max,
                                     const std::string& what);
/// Rectangle from {at, size} (centre-based, part coordinates) or {rect: [x, y, w, h]} (from the lower left
/// corner).
std::vector<Rect> load_rects(Loading& in, const Node& map, Vec2 part_size);

/// What only the whole shows: names used twice, stacks that loop, layers that do not exist.
void check_references(Loading& in, const Node& root);

}  // namespace bondline::package
