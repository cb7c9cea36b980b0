// Temperature maps of a solved design: each die's active plane, the package from above, the board, a
// cross-section through the hot spot.
#pragma once
#include "design/package/solids.h"
#include "design/thermal/thermal.h"
#include "show/picture.h"

namespace bondline::signoff {

struct Map {
  std::string file;     ///< "die-soc.png"
  std::string subject;  ///< path of the part it shows: "dies.soc"; "package" for the views of the whole
  show::MapPicture picture;
};

/// Maps of a result that kept its field; none when it did not.
std::vector<Map> make_maps(const package::Design& design, const package::Assembly& assembly,
                           const thermal::SteadyResult& result);

}  // namespace bondline::signoff
