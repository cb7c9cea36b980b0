// The Design as solids: what stands where, made of what, heated how. This is the one place where stacking
// rules live (what z a die gets, where underfill and mold are, what the air below the body is); design rules,
// meshes, pictures and exporters all read this list.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "design/package/design.h"

namespace bondline::package {

// The rules in short (each is stated again where it is applied, stack_*.cc):
//   - block layers or substrate layers pile up from z = 0; dies and passives stand on the top face or hang
//   under z = 0;
//     a die stacked on another starts at that die's outer face and shares its side;
//   - Die::facing is as the substrate sees it: down = the active face looks at what the die is mounted on;
//   - back metal adds to a die's thickness, wiring (beol) and TSVs are inside it; an embedded die is flush
//   with the face
//     of its layer that its active face looks at;
//   - open bumps stand in underfill, else in mold, else in air; mold and air yield to everything in them;
//   - the lid (or sink) is flat: it rests on the highest die plus its TIM, lower dies' TIM fills their gap;
//   - balls hang below the body, the board's top face is at the balls' lower end.
// Leakage is no HeatSource: it depends on the temperature that it makes (the thermal solver's loop adds it).

/// A footprint: a rectangle of `size` centred at `at`, turned counter-clockwise by `rotation` (rad).
struct Footprint {
  Vec2 at, size;
  double rotation = 0;
  bool axis_parallel() const;                   ///< rotation a multiple of 90 degrees (to 1e-9 rad)
  Rect bounds() const;                          ///< axis-parallel bounding box
  std::array<Vec2, 4> corners() const;          ///< counter-clockwise
  double overlap_area(const Rect& rect) const;  ///< area shared with an axis-parallel rectangle, exact
  double overlap_area(const Footprint& other) const;
  bool contains(Vec2 point) const;             ///< edge included
  Vec2 to_body(Vec2 local_from_centre) const;  ///< part-centre coordinates -> body coordinates
  /// A die-local rectangle (from the lower left corner) as a footprint in body coordinates.
  Footprint place(const Rect& local_from_corner) const;
};

enum class Role {
  substrate_layer,
  coin,
  via_field,
  die,
  tsv_field,
  beol,
  joint,
  die_attach,
  mold,
  air,
  lid,
  tim,
  heat_sink,
  shield,
  balls,
  board_layer,
  passive,
  block_layer,
  block_region,
  back_metal,
  coolant,      ///< a channel's fluid: no solid, but it fills its place
  channel_wall  ///< walls or pins of a cavity that is cut into another part
};

/// How a solid is filled. simple: `material` alone. The others are effective media of `inclusion` in
/// `material`; the mesh turns them into anisotropic conductivities with bounds.
enum class FillKind {
  simple,
  cylinders_z,  ///< bumps, balls, vias, TSVs standing along z: `fraction` of the footprint, optional liner
                ///< and core
  layer_xy  ///< a copper layer: traces and planes in the plane, `fraction` (or fraction_map) of the footprint
};

struct Fill {
  FillKind kind = FillKind::simple;
  int material = -1;    ///< index into design.materials (the matrix)
  int inclusion = -1;   ///< index; -1 for simple
  double fraction = 0;  ///< of the footprint's area (and so of the volume); plated cylinders: drilled area
  const GridMap* fraction_map = nullptr;          ///< into the Design, which must outlive the solids
  double diameter = 0, pitch_x = 0, pitch_y = 0;  ///< m, of cylinders
  double liner = 0;                               ///< m, thickness of the liner around each cylinder
  int liner_material = -1;
  double plating = 0;       ///< m, 0: solid cylinders
  int core = -1;            ///< material inside a plated cylinder
  std::vector<Vec2> sites;  ///< body coordinates of members (empty where count is not enumerated)
  std::size_t count = 0;    ///< members
};

struct Solid {
  std::string path;  ///< "dies.soc", "substrate.L1", "dies.soc.joint", "mold", "board.3"
  std::string part;  ///< what a film or limit calls it: "soc", "substrate", "board", "lid", "mold"
  Role role = Role::die;
  Footprint footprint;
  double z0 = 0, z1 = 0;  ///< m, z0 < z1
  Fill fill;
  int rank = 0;         ///< where solids share space the higher rank fills it (mold 0, air -1, ...)
  bool yields = false;  ///< may be displaced by others without that being an overlap (mold, air, layer
                        ///< cut by a coin)
  bool resolved_member = false;  ///< one bump of an array with resolve: true (square of equal area)
  Where where;
};

/// Resistance of the plane between what is below and above z, over a footprint: m2 K/W.
struct Contact {
  std::string path;
  Footprint footprint;
  double z = 0;
  double resistance = 0;
  Where where;
};

/// Steady heat entering a solid. Volume sources have z0 < z1; plane sources z0 == z1.
struct HeatSource {
  std::string path;  ///< "dies.soc.core0", "dies.dram"
  int solid = -1;    ///< the solid it belongs to
  Footprint footprint;
  double z0 = 0, z1 = 0;
  double power = 0;  ///< W over the footprint
  Where where;
};

/// A layer through which a coolant runs.
struct ChannelLayer {
  std::string path;  ///< "block.cavity", "heat_sink.channels", "dies.soc.channels"
  int solid = -1;    ///< walls or pins
  Footprint footprint;
  double z0 = 0, z1 = 0;
  const Channels* channels = nullptr;  ///< into the Design, which must outlive the assembly
  bool resolved = false;
  bool lumped = false;      ///< resolved, and no grid line lies within a channel, a wall or the layer
  std::vector<Rect> lanes;  ///< body coordinates, of each channel (resolved)
};

struct Assembly {
  std::vector<Solid> solids;
  std::vector<Contact> contacts;
  std::vector<HeatSource> sources;
  std::vector<ChannelLayer> channels;
  Rect extent;  ///< bounding box of everything
  double z_min = 0, z_max = 0;
  double substrate_top = 0;  ///< z of the substrate's top face

  /// The solid that fills a point: highest rank, then latest; -1 in the void. Faces belong to the solid above
  /// or beside. Cost: the solids that cross the point's height (resolved members are binned), so a picture
  /// takes milliseconds.
  int at(double x, double y, double z) const;
  /// Index of the solid with this path, or -1.
  int find(const std::string& path) const;
  /// Prepares at(). assemble() has done it; call it again after changing `solids`.
  void index();

 private:
  struct Slab {
    std::vector<int> large;  ///< highest rank first
    std::vector<int> members;
    Rect box;  ///< of the members
    std::vector<std::vector<int>> bins;
  };
  std::vector<double> levels_;  ///< all z0 and z1, rising
  std::vector<Slab> slabs_;     ///< between levels
};

/// Throws base::Error when the design cannot be stacked (a die on a die that does not exist, a loop in
/// stacked_on, an unknown layer): load() has refused most of this already.
Assembly assemble(const Design& design);

}  // namespace bondline::package
