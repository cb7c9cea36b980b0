// The dies as the rules see them: where each begins and ends once stacked.
#pragma once
#include <string>
#include <vector>

#include "design/package/array_layout.h"
#include "design/package/solids.h"

namespace bondline::rules::detail {

struct DieView {
  const package::Die* die = nullptr;
  const package::Die* below = nullptr;  ///< the die it is stacked on
  const package::Solid* solid = nullptr;
  package::Footprint footprint;
  package::Side side = package::Side::top;
  double low = 0, high = 0;  ///< of joint, die and back metal together
  bool embedded = false;
  std::string path;  ///< "dies.soc"
  bool bumped() const { return die->attach.kind != package::AttachKind::wire_bond; }
};
std::vector<DieView> views_of(const package::Design& design, const package::Assembly& assembly);

/// The outline that carries mounted parts: the substrate's (or the top block layer's), or none.
const package::Solid* carrier_of(const package::Design& design, const package::Assembly& assembly);

/// The rectangle of a part that its array's members touch, in body coordinates; size 0 when it has none.
package::Footprint bumps_of(const package::Array& array, const package::Footprint& part);

}  // namespace bondline::rules::detail
