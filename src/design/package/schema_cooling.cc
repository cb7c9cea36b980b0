// The keys of films, fins and channels that follow a law.
#include "design/package/schema_pieces.h"

namespace bondline::package::pieces {

using namespace document;
namespace dim = base::dim;

void add_film_law_keys(Schema& film) {
  film.keys.push_back(
      {"natural", boolean(), "Natural convection at the surface's own temperature (instead of h)."});
  film.keys.push_back(
      {"forced", positive(dim::velocity), "Flow along the surface at this speed (instead of h)."});
  film.keys.push_back(
      {"emissivity", fraction(), "Radiation to surroundings at ambient, added to the convection."});
  film.keys.push_back({"length", positive(dim::length),
                       "Along the flow, or the height of an upright surface (default: the part's own)."});
  film.keys.push_back({"fluid", text(), "air, water, HFE-7100 or FC-72 (default air)."});
}

Schema fins() {
  return {"fins",
          {{"kind", choice({"plates", "pins"}), "Parallel plates or round pins (default plates)."},
           {"height", positive(dim::length), "Above the base.", true},
           {"thickness", positive(dim::length), "Of a plate; the diameter of a pin.", true},
           {"count", integer(2, 10000), "Plates side by side; pins across the flow.", true},
           {"along", integer(2, 10000), "Pins along the flow (default: count)."},
           {"staggered", boolean(), "Pins staggered (default false)."},
           {"velocity", positive(dim::velocity), "Air speed before the fins (default: still air)."},
           {"emissivity", fraction(), "Of the sink's envelope, in still air (default 0)."},
           {"fluid", text(), "air, water, HFE-7100 or FC-72 (default air)."}}};
}

Schema plate_channels() {
  return {"channels",
          {{"count", integer(1, 100000), "Parallel channels, along x.", true},
           {"width", positive(dim::length), "Of one channel.", true},
           {"height", positive(dim::length), "Of one channel.", true},
           {"flow", positive(dim::flow_rate), "Volume flow of all channels together.", true},
           {"fluid", text(), "water, HFE-7100, FC-72 or air (default water)."},
           {"material", text(), "Of the walls (default Cu)."}}};
}

}  // namespace bondline::package::pieces
