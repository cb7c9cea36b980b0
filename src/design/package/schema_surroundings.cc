// Balls, board, cooling parts, block, environment, limits and nets.
#include "design/package/schema_pieces.h"

namespace bondline::package::pieces {

using namespace document;
namespace dim = base::dim;

namespace {

const std::vector<std::string> kFaces{"top", "bottom", "west", "east", "south", "north"};

Schema film_map() {
  Schema one{"film",
             {{"h", not_negative(dim::film_coefficient), "Film coefficient; inf holds the face at ambient."},
              {"ambient", temperature(), "Temperature of the fluid (default: the environment's)."}}};
  add_film_law_keys(one);
  one.keys.push_back({"channels", map_of(plate_channels()),
                      "Coolant channels of a cold plate on this face (instead of h)."});
  const Value film = any_of({not_negative(dim::film_coefficient), map_of(one)});
  Schema schema{"films by face", {{"sides", film, "All four sides."}}};
  for (const std::string& face : kFaces) schema.keys.push_back({face, film, "Surfaces that look this way."});
  return schema;
}

Schema film_entry() {
  std::vector<std::string> faces = kFaces;
  faces.push_back("sides");
  Schema schema{
      "film",
      {{"face", choice(faces), "The way the surface looks.", true},
       {"part", name(), "Only of this part: board, lid, heat_sink, mold, a die."},
       {"h", not_negative(dim::film_coefficient), "Film coefficient; inf holds the face at ambient."},
       {"ambient", temperature(), "Temperature of the fluid (default: the environment's)."},
       {"source", text(), "Where the number comes from."},
       {"year", integer(1500, 2200), "Year of the source."},
       {"confidence", choice({"high", "medium", "low", "assumed"}), "How far to trust it."}}};
  add_film_law_keys(schema);
  schema.keys.push_back({"channels", map_of(plate_channels()),
                         "Coolant channels of a cold plate on this face (instead of h)."});
  return schema;
}

Schema cold_plate() {
  return {"cold plate",
          {{"face", choice(kFaces), "The face it cools (default bottom)."},
           {"part", name(), "Only of this part."},
           {"h", positive(dim::film_coefficient),
            "Film coefficient to the plate; inf holds the face at its temperature."},
           {"channels", map_of(plate_channels()), "Coolant channels (instead of h)."},
           {"temperature", temperature(), "Of the plate, or of the coolant's inlet (default: ambient)."}}};
}

Schema coolant() {
  return {"coolant",
          {{"name", text(), "The fluid."},
           {"flow", positive(dim::flow_rate), "Volume flow."},
           {"inlet", temperature(), "Inlet temperature."}}};
}

Schema block_region() {
  return {"region",
          {{"name", name(), "Name."},
           {"material", text(), "Material.", true},
           {"at", point(), "Centre, from the layer's centre."},
           {"size", size(), "Width and height."},
           {"rect", list_of(quantity(dim::length, -10, 10), 4, 4),
            "[x, y, width, height] from the layer's lower left corner."}}};
}

Schema block_layer() {
  return {"block layer",
          {{"name", name(), "Name (default by position)."},
           {"material", text(), "Material.", true},
           {"thickness", positive(dim::length), "Thickness.", true},
           {"size", size(), "Width and height (default: the block's)."},
           {"at", point(), "Centre (default [0, 0])."},
           {"channels", map_of(channels(false, false)),
            "A coolant runs through the layer; material is that of the walls or pins."},
           {"contact_below", not_negative(dim::area_resistance),
            "Contact resistance to the layer below (default 0)."},
           {"power", power(), "Power (default none; enters in the volume unless place says otherwise)."},
           {"regions", several(block_region()), "Other materials inside the layer."},
           {"limit", temperature(), "Highest temperature allowed."}}};
}

}  // namespace

Schema balls() {
  Schema schema{
      "balls or lands",
      {{"standoff", positive(dim::length), "From the body to the board (default 0.7 of the diameter)."},
       {"underfill", text(), "Board-level underfill (default: none)."},
       {"lands", boolean(), "Lands instead of balls (default false)."}}};
  add_array_keys(schema);
  return schema;
}

Schema board() {
  Schema layers = substrate();
  Key layer_key;
  for (Key& key : layers.keys)
    if (key.name == "layers") layer_key = key;
  layer_key.required = false;
  layer_key.help = "The stack-up, bottom to top (default: the standard's).";
  return {
      "board",
      {{"standard", text(),
        "\"JESD51-9 2s2p\", \"JESD51-9 1s\", \"JESD51-7 2s2p\" or \"JESD51-3 1s\" (default JESD51-9 2s2p)."},
       {"size", size(), "Outline (default: the standard's)."},
       {"at", point(), "Centre, body coordinates (default [0, 0])."},
       layer_key,
       {"vias", several(via_field()), "Thermal via fields."}}};
}

Schema lid() {
  return {"lid",
          {{"material", text(), "Material (default Cu)."},
           {"thickness", positive(dim::length), "Thickness of the plate.", true},
           {"size", size(), "Outline (default: the body)."},
           {"foot_width", not_negative(dim::length), "Width of the foot (default 0: none)."},
           {"adhesive", text(), "Between foot and substrate (default lid-adhesive)."},
           {"adhesive_thickness", positive(dim::length), "Its thickness (default 100 um)."}}};
}

Schema tim() {
  return {
      "thermal interface material",
      {{"name", name(), "tim1 (on dies) or tim2 (on the lid)."},
       {"material", text(), "Material.", true},
       {"thickness", positive(dim::length), "Bond line.", true},
       {"on", any_of({name(), list_of(name(), 1)}), "Dies it covers (default: all that reach the lid)."},
       {"contact_resistance", not_negative(dim::area_resistance), "Of both faces together (default 0)."}}};
}

Schema heat_sink() {
  return {"heat sink",
          {{"material", text(), "Material of the base (default Al)."},
           {"size", size(), "Outline of the base.", true},
           {"base_thickness", positive(dim::length), "Thickness of the base.", true},
           {"resistance", positive(dim::thermal_resistance), "Base to ambient (instead of film)."},
           {"film", positive(dim::film_coefficient), "On the top of the base (instead of resistance)."},
           {"fins", map_of(fins()), "Fins on the base, by correlation (instead of resistance or film)."},
           {"ambient", temperature(), "Temperature of the air or plate (default: the environment's)."},
           {"channels", map_of(channels(true, true)),
            "A cold plate: coolant channels on the base (instead of resistance or film)."}}};
}

Schema shield() {
  return {"shield",
          {{"material", text(), "Material (default Cu)."},
           {"thickness", positive(dim::length), "Thickness.", true},
           {"kind", choice({"conformal", "can"}), "On the mold, or a can over it (default conformal)."},
           {"height", positive(dim::length), "Height of a can."}}};
}

Schema block() {
  return {"block",
          {{"size", size(), "Outline of the layers that say no other.", true},
           {"layers", list_of(map_of(block_layer()), 1, 10000), "Bottom to top.", true}}};
}

Schema environment() {
  return {"environment",
          {{"ambient", temperature(), "Ambient temperature (default 25 degC)."},
           {"standard", text(),
            "\"JESD51-2 still air\" or \"JESD51-6 forced air\": sets the films that are not written."},
           {"velocity", positive(dim::velocity), "Air speed for forced air."},
           {"films", any_of({map_of(film_map()), list_of(map_of(film_entry()))}),
            "Film coefficients by face; later ones win."},
           {"cold_plate", map_of(cold_plate()), "A liquid-cooled plate on one face."},
           {"coolant", any_of({text(), map_of(coolant())}), "The cooling fluid.", false, false},
           {"mission", text(), "Mission profile, a name or a file.", false, false}}};
}

Schema limits() {
  return {"limits",
          {{"case", temperature(), "Middle of the package's top face."},
           {"board", temperature(), "Hottest point of the board."},
           {"touch", temperature(), "Hottest outer surface."},
           {"warpage", anything(), "Warpage limits.", false, false},
           {"life", anything(), "Life limits.", false, false},
           {"electrical", anything(), "Electrical limits.", false, false},
           {"cost", anything(), "Cost limits.", false, false}}};
}

Schema net() {  // `nets` as a whole is what is stored, not yet used
  return {"net",
          {{"class", text(), "Signal or supply class."},
           {"from", text(), "Where it starts: part.port."},
           {"to", any_of({text(), list_of(text(), 1)}), "Where it ends: part.port, or several."},
           {"pair", name(), "The other net of a differential pair."},
           {"impedance", positive(dim::resistance), "Wanted impedance."},
           {"frequency", positive(dim::frequency), "Highest frequency of interest."},
           {"rise_time", positive(dim::time), "Rise time."},
           {"voltage", quantity(dim::voltage), "Voltage."},
           {"current", quantity(dim::current), "Current."}}};
}

}  // namespace bondline::package::pieces
