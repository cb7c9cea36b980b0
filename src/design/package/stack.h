// Inside assemble(): the pile as it grows, and one function per group of parts. Each group reads the design
// and what lies below, and adds its solids; the stacking rules stand as comments where they are applied. Not
// for other rooms.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "design/package/array_layout.h"
#include "design/package/solids.h"

namespace bondline::package::detail {

/// Who fills a place that several solids share. Bigger wins; equal ranks: the later solid.
namespace rank {
inline constexpr int air = -1, mold = 0, layer = 2, via_field = 3, coin = 5, region = 4, soft = 5, member = 6,
                     part = 7, inner = 8, wiring = 9, coolant = 10;
}  // namespace rank

/// A die as stacked: `base` is the plane it is mounted on, `outer` the plane the next die would be mounted on
/// (its back metal included). On the bottom side outer < base.
struct PlacedDie {
  int solid = -1;
  Side side = Side::top;
  double base = 0, outer = 0;
  bool embedded = false;
  bool carries = false;  ///< another die stands on it
};

struct PlacedLayer {
  const SubstrateLayer* layer = nullptr;
  double z0 = 0, z1 = 0;
  std::string key;  ///< its name, or its number from the bottom (1, 2, ...)
};

struct Stack {
  explicit Stack(const Design& design_) : design(design_) {}

  const Design& design;
  Assembly out;
  base::Diagnostics problems;
  std::map<std::string, int> material_index;
  Vec2 body;                        ///< outline of the package
  double base_top = 0;              ///< z of the substrate's (or block's) top face
  std::vector<PlacedLayer> layers;  ///< of the substrate, bottom to top
  std::map<std::string, PlacedDie> dies;
  double package_top = 0;  ///< highest of mold, dies, passives and shield
  double flat_top = 0;     ///< of mold, shield or bare base: what a whole plate can lie on

  /// The index of a material; notes a problem for `path` when it is empty or unknown, and answers 0.
  int material(const std::string& name, const std::string& path, const Where& where);
  Footprint body_footprint() const { return {{0, 0}, body, 0}; }
  /// Adds a solid and returns its index; refuses (with a problem) sizes that are not positive and finite.
  int add(Solid solid);
  bool molded(Side side) const {
    return (side == Side::top ? design.mold_top : design.mold_bottom).has_value();
  }
  /// What surrounds open bumps on a side of the substrate: its mold, else air.
  std::string surrounding(Side side) const;
};

/// Shorthand for a solid with a simple fill.
Solid simple_solid(std::string path, std::string part, Role role, const Footprint& footprint, double z0,
                   double z1, int material, int rank, const Where& where);

/// What an array does to a slab of matrix material.
struct ArraySlab {
  std::string path, part;
  Role role = Role::joint;
  Footprint footprint;
  double z0 = 0, z1 = 0;
  int matrix = 0;
  int inclusion = 0;
  double liner = 0;
  int liner_material = -1;
  double plating = 0;
  int core = -1;
  int rank = 0;
  bool yields = false;
  Where where;
};

/// Adds the slab: as one effective medium if the array covers it, else as matrix with populated fields
/// ("PATH.field1",
/// ...) on it, else, with `resolve`, as matrix with every member ("PATH.1", ...) on it.
void add_array(Stack& stack, const ArraySlab& slab, const Array& array);

/// Coolant in a layer whose walls (or pins) are the solid `walls` there. Lanes become solids of their own
/// when the model resolves them.
void stack_channels(Stack& stack, const Channels& channels, const std::string& path, const std::string& part,
                    const Footprint& footprint, double z0, double z1, int walls);

void stack_block(Stack& stack);
void stack_substrate(Stack& stack);
void stack_board(Stack& stack);
void stack_vias(Stack& stack, const std::vector<ViaField>& fields, const std::vector<PlacedLayer>& layers,
                const std::string& owner);
void stack_dies(Stack& stack);
void stack_passives(Stack& stack);
void stack_mold_and_shield(Stack& stack);
void stack_balls(Stack& stack);
void stack_lid_and_sink(Stack& stack);
void heat_dies(Stack& stack);
void heat_layers(Stack& stack);

/// A copper layer or a dielectric one as a fill. `below` and `above` serve copper layers without a stated
/// fill.
Fill layer_fill(Stack& stack, const std::vector<SubstrateLayer>& layers, std::size_t index,
                const std::string& path);
/// Layers as solids from z upwards; answers where each landed.
std::vector<PlacedLayer> pile_layers(Stack& stack, const std::vector<SubstrateLayer>& layers, double z,
                                     const Footprint& footprint, const std::string& owner, Role role);
/// The z range from one layer to another (names; empty: the ends). Notes a problem for an unknown name.
std::pair<double, double> layer_span(Stack& stack, const std::vector<PlacedLayer>& layers,
                                     const std::string& from, const std::string& to, const std::string& path,
                                     const Where& where);

/// Adds the sources of a part: power over `footprint` between z0 and z1 of solid `solid`; `active_z` is the
/// plane of the active face (NaN: none, heat enters the volume).
void add_sources(Stack& stack, const Power& power, const std::string& path, int solid,
                 const Footprint& footprint, double z0, double z1, double active_z);

}  // namespace bondline::package::detail
