// Common ground of the thermal decks (HotSpot, 3D-ICE): how their materials, floorplans and surroundings
// become a plain layered block.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "design/formats/text.h"
#include "design/package/design.h"

namespace bondline::formats {

/// k in W/(m K) along x, y, z; rho_c in J/(m3 K).
struct DeckMaterial {
  std::string name;
  std::array<double, 3> k{};
  double rho_c = 0;
  bool fluid = false;
  Where where;
};

/// Decks give only the product rho*c. It is stored as a density of 1000 kg/m3 (assumed; 1 for gases, 10,000
/// above 1e7 J/(m3 K)) times the specific heat that keeps the product; steady and transient heat see nothing
/// but the product.
package::Material to_material(const DeckMaterial& deck, const std::string& source);

/// Puts a material into a sorted library, over one of the same name.
void put_material(package::MaterialLibrary& library, package::Material material);

/// Refuses numbers that can only be slips of a unit: k outside 1e-7..4000 W/(m K), rho*c outside 100..1e8
/// J/(m3 K). `mend` says which unit the format wants. A k below what a design file allows (property_info) is
/// raised to that, with a warning: decks use such materials to switch a part off.
bool plausible(DeckMaterial& material, const std::string& mend, Report& report);

/// One block of a floorplan, lengths in m from the floorplan's lower left corner.
struct DeckBlock {
  std::string name;
  std::vector<package::Rect> rects;
  std::string material;  ///< deck material name, empty: the layer's
  Where where;
};

/// Reports duplicate names, overlaps (more than a thousandth of the smaller rectangle: an error) and the
/// share of `width` x `height` that no block covers (a warning above a thousandth). Rectangles must lie
/// inside.
void check_floorplan(const std::vector<DeckBlock>& blocks, double width, double height, const Where& where,
                     Report& report);

/// Films that leave no face to a default: h = 0 on all six.
void make_adiabatic(package::Environment& environment, const std::string& source);
/// A film on top of that; `part` is the layer's name.
void add_film(package::Environment& environment, package::Face face, const std::string& part, double h,
              double ambient, const std::string& source, const Where& where);

}  // namespace bondline::formats
