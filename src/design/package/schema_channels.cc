// channels: of a block layer, a heat sink or a die.
#include "design/package/schema_pieces.h"

namespace bondline::package::pieces {

using namespace document;
namespace dim = base::dim;

namespace {

Schema coolant_map() {
  return {"coolant",
          {{"name", text(), "What it is called."},
           {"heat_capacity", positive(dim::volumetric_heat), "Of a volume, J/(m3 K).", true},
           {"conductivity", positive(dim::conductivity), "Thermal conductivity (for h by correlation)."},
           {"viscosity", positive(kViscosity), "Dynamic viscosity (for h, pressure drop and pump power)."},
           {"density", positive(dim::density), "Density (for h, pressure drop and pump power)."},
           {"boiling", temperature(), "Temperature at which it boils at its pressure."}}};
}

Schema wall_films() {
  return {"film coefficients by wall",
          {{"side", not_negative(dim::film_coefficient), "On side walls or pins."},
           {"top", not_negative(dim::film_coefficient), "On the ceiling."},
           {"bottom", not_negative(dim::film_coefficient), "On the floor."}}};
}

Schema base_films() {
  return {"film coefficients per footprint",
          {{"top", not_negative(dim::film_coefficient), "To the layer above.", true},
           {"bottom", not_negative(dim::film_coefficient), "To the layer below.", true}}};
}

}  // namespace

Schema channels(bool with_height, bool with_cover) {
  Schema schema{
      "coolant channels",
      {{"width", positive(dim::length), "Width of a channel."},
       {"wall", positive(dim::length), "Thickness of the wall between two channels."},
       {"first_wall", positive(dim::length), "Outer wall at the west or south edge (default: centred)."},
       {"last_wall", positive(dim::length), "Outer wall at the east or north edge (default: what is left)."},
       {"count", integer(1, 100000), "Number of channels (default: as many as fit)."},
       {"pins", choice({"inline", "staggered"}), "An array of pins instead of channels."},
       {"diameter", positive(dim::length), "Diameter of a pin."},
       {"pitch", positive(dim::length), "Pitch of the pins, both ways."},
       {"flow_to", choice({"north", "south", "east", "west"}),
        "Side by which the coolant leaves (default north)."},
       {"model", choice({"resolved", "four_resistor", "averaged"}),
        "Every channel on the grid, with one cell per wall, or a porous medium (default: by the number)."},
       {"coolant", any_of({text(), map_of(coolant_map())}),
        "water, HFE-7100, FC-72, or a fluid's properties (default water)."},
       {"flow", positive(dim::flow_rate), "Volume flow of the layer (or velocity)."},
       {"velocity", positive(dim::velocity),
        "Mean speed in a channel; among pins: flow per whole cross-section."},
       {"inlet", temperature(), "Temperature of the coolant at its inlet (default: the ambient)."},
       {"h", any_of({not_negative(dim::film_coefficient), map_of(wall_films())}),
        "Film coefficient on wetted walls (default: by correlation)."},
       {"base_h", any_of({not_negative(dim::film_coefficient), map_of(base_films())}),
        "Instead of h: per footprint, fins included (averaged model)."}}};
  if (with_height)
    schema.keys.insert(schema.keys.begin(),
                       {"height", positive(dim::length), "Height of the channels or pins.", true});
  if (with_cover)
    schema.keys.push_back({"cover", positive(dim::length), "Plate above them (default 0.5 mm)."});
  return schema;
}

}  // namespace bondline::package::pieces
