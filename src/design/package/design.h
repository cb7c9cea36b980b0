// The Design: one electronic package as a plain value, SI units inside. Everything a design file can say has
// its place here; disciplines read what they need and add nothing. Geometry conventions
// (docs/formats/design.md says them for users):
//   - x, y from the centre of the body, seen from above; `at` is a part's centre; rotation is
//   counter-clockwise, rad;
//   - parts on the bottom side are seen through the body (not mirrored);
//   - z = 0 at the bottom face of the substrate (of the lowest block layer where there is no substrate); the
//   board lies
//     below, at negative z;
//   - floorplan rectangles are given from the die's lower left corner before rotation, seen from above.
// A Design is made by load() (load.h) or by an importer, and never changed afterwards; studies copy it and
// change the copy.
#pragma once
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "design/package/film_law.h"
#include "design/package/material.h"
#include "document/document.h"

namespace bondline::package {

using base::Where;

struct Vec2 {
  double x = 0, y = 0;
  friend bool operator==(const Vec2&, const Vec2&) = default;
};

/// Axis-parallel rectangle.
struct Rect {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  double width() const { return x1 - x0; }
  double height() const { return y1 - y0; }
  double area() const { return width() * height(); }
};

enum class Face {
  top,
  bottom,
  west,
  east,
  south,
  north
};  ///< +z, -z, -x, +x, -y, +y: the way a surface looks

enum class Side { top, bottom };  ///< of the substrate
enum class Facing { up, down };   ///< where a die's active face looks

/// Numbers on a regular grid over a part, row 0 at the bottom (smallest y), column 0 at the smallest x.
struct GridMap {
  int columns = 0, rows = 0;
  std::vector<double> value;  ///< rows x columns
  std::string file;           ///< where it was read from; empty when inline
  double at(int column, int row) const {
    return value[std::size_t(row) * std::size_t(columns) + std::size_t(column)];
  }
};

// ---- power
// ----------------------------------------------------------------------------------------------------------

/// A named block of a floorplan: one or more rectangles in die-local coordinates (lower left corner = 0,0),
/// metres.
struct FloorplanBlock {
  std::string name;
  std::vector<Rect> rects;
  double power = 0;      ///< W, constant part
  std::string material;  ///< overrides the die's material in the block; empty: none
  Where where;
};

/// Samples of power per block; sample s holds from s*interval to (s+1)*interval.
struct PowerTrace {
  double interval = 0;                     ///< s
  std::vector<std::string> blocks;         ///< names; one empty name means the whole part
  std::vector<std::vector<double>> watts;  ///< [sample][block]
  std::string file;
  Where where;
  double mean(std::size_t block) const;
};

/// P(T) = power * 2^((T - at) / doubles_every).
struct Leakage {
  double power = 0;          ///< W at `at`
  double at = 0;             ///< K
  double doubles_every = 0;  ///< K
  Where where;
};

/// Where heat enters: in the volume, or in the plane of a face. `active` is the die's active face (a part
/// without one: the volume).
enum class HeatPlace { volume, top_face, bottom_face, active };

struct Power {
  double uniform = 0;  ///< W spread evenly over the part
  std::vector<FloorplanBlock> blocks;
  std::optional<GridMap> map;       ///< W per map cell
  std::optional<PowerTrace> trace;  ///< adds to blocks by name
  std::optional<Leakage> leakage;
  HeatPlace place = HeatPlace::active;
  Where where;
  /// Total steady power in W: uniform + blocks + map + mean of the trace (leakage not included).
  double steady_total() const;
  /// Steady power of one block: its constant plus the mean of its trace column.
  double steady_of_block(std::size_t block) const;
  bool any() const;
};

// ---- interconnect
// ---------------------------------------------------------------------------------------------------

enum class AttachKind { wire_bond, flip_chip, copper_pillar, micro_bump, hybrid_bond };

/// An array of bumps, pads, balls or vias. Full grid over the part unless rows (peripheral) or a list says
/// otherwise.
struct Array {
  double pitch_x = 0, pitch_y = 0;  ///< m
  double diameter = 0;              ///< m
  int columns = 0, rows = 0;        ///< 0: as many as fit the part
  int peripheral_rows = 0;          ///< > 0: only that many outer rows
  std::optional<Vec2> centre_gap;   ///< a depopulated centre rectangle, m
  std::vector<Vec2> sites;  ///< explicit centres (bump map), part-centre coordinates; overrides the grid
  std::string map_file;
  std::string material;
  bool resolve = false;  ///< true: mesh every member instead of an effective medium
  Where where;
};

struct Wire {
  std::string material = "Au";
  double diameter = 0, loop_height = 0, length = 0;  ///< m; loop height above the die's top face
  int count = 0;
};

struct Attach {
  AttachKind kind = AttachKind::flip_chip;
  double standoff = 0;         ///< m: bump height, or bond-line of a hybrid bond (its dielectric + pads)
  Array bumps;                 ///< flip chip, pillar, micro-bump, hybrid pads
  std::string underfill;       ///< material; empty: air (or mold where the body is molded)
  std::string pad_dielectric;  ///< hybrid bond: the oxide between pads
  Wire wire;
  std::string die_attach;           ///< wire bond: adhesive, solder or sinter material
  double die_attach_thickness = 0;  ///< m
  double contact_resistance = 0;    ///< m2 K/W of the joint's interfaces together, >= 0
  Where where;
};

struct TsvField {
  std::string name;
  Vec2 at, size;               ///< part-centre coordinates; size 0: the whole die
  Array vias;                  ///< material: the filling, usually copper
  double liner_thickness = 0;  ///< m
  std::string liner_material;
  Where where;
};

// ---- liquid inside the package
// ---------------------------------------------------------------------------------------

/// A fluid by name (design/cooling knows its properties) or by its properties; 0: not given.
struct Coolant {
  std::string name;          ///< "water", "HFE-7100", "FC-72"; empty: the properties below
  double heat_capacity = 0;  ///< J/(m3 K), of a volume
  double conductivity = 0;   ///< W/(m K)
  double viscosity = 0;      ///< Pa s
  double density = 0;        ///< kg/m3
  double boiling = 0;        ///< K, at the pressure it has
};

enum class ChannelModel {
  automatic,      ///< resolved up to kMostResolvedChannels channels, else averaged; pins are always averaged
  resolved,       ///< every channel and wall on the grid
  four_resistor,  ///< the same with one cell for each channel and each wall, of the layer's full height
  averaged        ///< a porous medium: wall conduction and exchange by volume
};

/// Straight parallel channels, or pins in a cavity, through the whole height of a layer; the coolant runs
/// from one side face to the opposite one.
struct Channels {
  bool pins = false, staggered = false;
  double width = 0, wall = 0;            ///< m, of a channel and of the wall between two
  double first_wall = 0, last_wall = 0;  ///< m, outer walls at the lesser and greater coordinate; resolved
  int count = 0;                         ///< of channels; resolved on loading
  double diameter = 0, pitch = 0;        ///< m, of pins
  double height = 0;                     ///< m; of a block layer: its thickness
  double cover = 0;                      ///< m, of a heat sink's plate above its channels
  Face flow_to = Face::north;            ///< side the coolant leaves by
  ChannelModel model = ChannelModel::automatic;
  Coolant coolant;
  double flow = 0;              ///< m3/s, all channels together; 0: by velocity
  double velocity = 0;          ///< m/s, mean in a channel; of pins: over the whole cross-section (Darcy)
  std::optional<double> inlet;  ///< K; default: the environment's ambient
  /// W/(m2 K) on wetted walls; absent: by correlation.
  std::optional<double> h_side, h_top, h_bottom;
  /// W/(m2 K) per footprint, fins included: then side walls exchange nothing by themselves (averaged only).
  std::optional<double> base_top, base_bottom;
  Where where;

  bool along_y() const { return flow_to == Face::north || flow_to == Face::south; }
  double porosity() const;              ///< open share of the layer's cross-section or plan
  double open_area(Vec2 layer) const;   ///< m2 across the flow; of pins: the whole cross-section
  double total_flow(Vec2 layer) const;  ///< m3/s
  bool resolves() const;                ///< the model taken
};
inline constexpr int kMostResolvedChannels = 120;

// ---- parts
// ----------------------------------------------------------------------------------------------------------

struct DieLimits {
  std::optional<double> junction;  ///< K, highest allowed
  std::optional<double> gradient;  ///< K across the die
  Where where;
};

struct Die {
  std::string name;
  Vec2 size;             ///< m, before rotation
  double thickness = 0;  ///< m
  Vec2 at;
  double rotation = 0;  ///< rad, counter-clockwise
  std::string material = "Si";
  Side side = Side::top;
  Facing facing = Facing::up;  ///< default by attach: bumped dies down, wire-bonded up
  std::string stacked_on;      ///< name of the die below (above, on the bottom side); empty: on the substrate
  std::string embedded_in;     ///< name of the substrate layer that holds it; empty: not embedded
  double process_node = 0;     ///< m, 0 unknown
  std::string process;         ///< as written
  bool interposer = false;     ///< carries others; needs no power
  Attach attach;
  std::vector<TsvField> tsvs;
  double back_metal_thickness = 0;
  std::string back_metal;
  double beol_thickness = 0;  ///< m of wiring on the active face (inside `thickness`), 0: not modelled
  std::string beol_material;
  std::optional<Channels> channels;  ///< etched into the face away from the active one
  Power power;
  DieLimits limit;
  Where where;
};

enum class LayerKind { copper, dielectric };

struct SubstrateLayer {
  std::string name;
  LayerKind kind = LayerKind::dielectric;
  std::string material;  ///< of the conductor, or of the dielectric
  std::string fill;      ///< dielectric between the traces of a copper layer
  double thickness = 0;  ///< m
  double coverage = 1;   ///< copper fraction of a copper layer, 0..1
  std::optional<GridMap> coverage_map;
  double line = 0, space = 0;  ///< m, line/space class of the layer; 0: the substrate's
  Where where;
};

/// A slug of one material through the substrate (or through some of its layers).
struct Coin {
  std::string name, material;
  Vec2 at, size;
  std::string from_layer, to_layer;  ///< empty: the whole substrate
  Where where;
};

struct ViaField {
  std::string name;
  Vec2 at, size;                     ///< body coordinates
  Array vias;                        ///< diameter is the drill
  double plating = 0;                ///< m, 0: filled
  std::string fill;                  ///< inside a plated via; empty: air
  std::string from_layer, to_layer;  ///< empty: the whole substrate
  Where where;
};

struct Substrate {
  std::string material_class;          ///< "organic 25/25": sets line and space
  double line = 0, space = 0;          ///< m
  std::vector<SubstrateLayer> layers;  ///< bottom to top
  std::vector<Coin> coins;
  std::vector<ViaField> vias;
  Vec2 size;  ///< m; 0: the body
  Where where;
  double thickness() const;
};

struct Mold {
  std::string material;
  double thickness = 0;  ///< above the substrate's top face
  Side side = Side::top;
  Where where;
};

struct Lid {
  std::string material;
  double thickness = 0;   ///< of the plate
  Vec2 size;              ///< 0: the body
  double foot_width = 0;  ///< 0: no foot (plate rests on the TIM)
  std::string adhesive;   ///< between foot and substrate
  double adhesive_thickness = 0;
  Where where;
};

/// Thermal interface material on top of a die (TIM1, below the lid) or on the lid (TIM2, below the sink).
struct Tim {
  std::string name;  ///< "tim1", "tim2"
  std::string material;
  double thickness = 0;
  std::vector<std::string> on;    ///< dies it covers; empty: all that reach the lid
  double contact_resistance = 0;  ///< m2 K/W, both faces together
  Where where;
};

struct HeatSink {
  std::string material;
  Vec2 size;
  double base_thickness = 0;
  double resistance = 0;             ///< K/W base to ambient; 0: use film
  double film = 0;                   ///< W/(m2 K) on the top of the base; 0: use resistance
  std::optional<FilmLaw> law;        ///< fins, instead of either
  std::optional<double> ambient;     ///< K; default: the environment's
  std::optional<Channels> channels;  ///< a cold plate: channels on the base, a cover above
  Where where;
};

struct Shield {
  std::string material;
  double thickness = 0;
  bool conformal = true;  ///< on the mold, or a can
  double height = 0;      ///< of a can
  Where where;
};

/// Balls or lands below the body.
struct Balls {
  Array array;
  double standoff = 0;    ///< m between body and board; lands: solder thickness
  std::string underfill;  ///< empty: air
  bool lands = false;
  Where where;
};

struct Board {
  std::string standard;  ///< "JESD51-9 2s2p"
  Vec2 size;
  Vec2 at;                             ///< the board's centre, body coordinates
  std::vector<SubstrateLayer> layers;  ///< bottom to top
  std::vector<ViaField> vias;          ///< e.g. thermal vias below the body
  Where where;
  double thickness() const;
};

struct Passive {
  std::string name, kind;  ///< "resistor", "capacitor", "inductor", "crystal", ...
  std::string case_code;   ///< EIA "0201": sets the size
  Vec2 size;
  double height = 0;
  Vec2 at;
  double rotation = 0;
  Side side = Side::top;
  std::string material;
  double solder_thickness = 0;
  double value = 0;  ///< SI; what it measures follows from kind
  double power = 0;
  Where where;
};

/// A layer of a plain block (no die, no substrate): what HotSpot and 3D-ICE decks and the analytic cases are.
struct BlockRegion {
  std::string name, material;
  Rect rect;  ///< from the layer's lower left corner
  Where where;
};

struct BlockLayer {
  std::string name, material;
  double thickness = 0;
  Vec2 size;                         ///< 0: the block's
  Vec2 at;                           ///< centre, block coordinates
  std::vector<BlockRegion> regions;  ///< other materials inside
  double contact_below = 0;          ///< m2 K/W to the layer below
  std::optional<Channels> channels;  ///< a coolant runs through; `material` is that of walls or pins
  Power power;
  std::optional<double> limit;  ///< K, highest allowed
  Where where;
};

struct Block {
  Vec2 size;
  std::vector<BlockLayer> layers;  ///< bottom to top
  Where where;
};

// ---- surroundings
// ---------------------------------------------------------------------------------------------------

/// Cooling of every outer surface that looks a given way, unless `part` names one.
struct Film {
  Face face = Face::top;
  std::string part;    ///< e.g. "board", "lid", "heat_sink"; empty: all
  double h = 0;        ///< W/(m2 K), >= 0; infinity: held at `ambient`
  double ambient = 0;  ///< K; of channels: the coolant's inlet
  /// When there: h follows the surface's own temperature, and `h` above is a first guess only.
  std::optional<FilmLaw> law;
  Provenance from;
};

struct Environment {
  double ambient = 298.15;  ///< K
  std::string standard;     ///< "JESD51-2 still air": sets films that the file does not
  std::vector<Film> films;  ///< resolved: defaults included; later ones win
  std::string mission;      ///< mission profile name or file
  double air_velocity = 0;  ///< m/s over the board, 0: still
  std::string coolant;
  double coolant_flow = 0, coolant_inlet = 0;  ///< m3/s, K
  Where where;
};

struct Limits {
  std::optional<double> case_top;  ///< K, middle of the package's top face
  std::optional<double> board;     ///< K, hottest point of the board
  std::optional<double> touch;     ///< K, hottest outer surface
  Where where;
};

struct Net {
  std::string name, net_class, from, to;
  Where where;
};

/// One value nobody wrote: what, its value in words, and where the default comes from.
struct Default {
  std::string path;   ///< "dies.pmic.material"
  std::string value;  ///< "Si"
  std::string source;
};

/// A key accepted though no analysis reads it yet.
struct StoredKey {
  std::string path;
  Where where;
};

struct Design {
  std::string name, description;
  std::string file;          ///< where it came from
  std::string content_hash;  ///< SHA-256 of the design file and every file it names
  Where where;

  Vec2 body_size;  ///< 0: the block's
  std::optional<Mold> mold_top, mold_bottom;
  std::optional<Substrate> substrate;
  std::optional<Block> block;
  std::vector<Die> dies;  ///< in the file's order
  std::vector<Passive> passives;
  std::optional<Lid> lid;
  std::vector<Tim> tims;
  std::optional<HeatSink> heat_sink;
  std::optional<Shield> shield;
  std::optional<Balls> balls;
  std::optional<Board> board;
  Environment environment;
  Limits limits;
  std::vector<Net> nets;
  MaterialLibrary materials;  ///< shipped library with the file's overrides applied

  /// Sections later disciplines read, kept as they stand (flow, supply, test, limits.*, per-part extras).
  std::map<std::string, document::Node> sections;
  std::vector<Default> defaults;
  std::vector<StoredKey> stored;
  base::Diagnostics notes;  ///< warnings and notes gathered while loading

  const Die* find_die(const std::string& die_name) const;
};

}  // namespace bondline::package
