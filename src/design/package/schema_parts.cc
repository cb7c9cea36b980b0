// Body, substrate, dies and passives.
#include "design/package/schema_pieces.h"

namespace bondline::package::pieces {

using namespace document;
namespace dim = base::dim;

Value size() {
  return any_of({positive(dim::length), list_of(positive(dim::length), 2, 2)});
}
Value point() {
  return list_of(quantity(dim::length, -10, 10), 2, 2);
}
Value several(const Schema& schema) {
  return any_of({dictionary_of(map_of(schema)), list_of(map_of(schema))});
}
Value temperature() {
  return quantity(dim::temperature, 0, 5000);
}
Value watts() {
  return quantity(dim::power, 0, 1e5);
}

void add_array_keys(Schema& schema) {
  const Key keys[] = {
      {"pitch", size(), "Centre to centre, one length or [x, y]."},
      {"diameter", positive(dim::length), "Diameter."},
      {"columns", integer(1, 100000), "Count along x (default: as many as fit)."},
      {"rows", integer(1, 100000), "Count along y (default: as many as fit)."},
      {"peripheral_rows", integer(1, 1000), "Only that many outer rows (default: full grid)."},
      {"centre_gap", size(), "A depopulated rectangle in the middle."},
      {"map", path(), "CSV of centres: x, y and an optional net; units in the header, else um."},
      {"sites", list_of(point(), 1, 1u << 22), "Centres written here, from the part's centre."},
      {"material", text(), "What the members are made of."},
      {"resolve", boolean(), "Mesh every member instead of an effective medium (default false)."}};
  schema.keys.insert(schema.keys.end(), std::begin(keys), std::end(keys));
}

namespace {

Schema mold() {
  return {"mold",
          {{"material", text(), "Molding compound (default EMC-generic)."},
           {"thickness", positive(dim::length), "From the substrate's face.", true}}};
}

Schema layer() {
  return {"layer",
          {{"name", name(), "Name of the layer (default by position)."},
           {"copper", positive(dim::length), "A conductor layer of this thickness."},
           {"dielectric", text(), "A dielectric layer of this material."},
           {"thickness", positive(dim::length), "Thickness of a dielectric layer."},
           {"coverage", any_of({text(), list_of(list_of(fraction(), 1), 1)}),
            "Conductor share of a copper layer: a fraction, a CSV map or lists (default 50 %)."},
           {"conductor", text(), "Conductor material (default Cu)."},
           {"fill", text(), "Dielectric between the traces (default: the neighbouring dielectric)."},
           {"line", positive(dim::length), "Line width of the layer (default: the class)."},
           {"space", positive(dim::length), "Space of the layer (default: the class)."}}};
}

Schema coin() {
  return {"coin",
          {{"name", name(), "Name."},
           {"material", text(), "Material (default Cu)."},
           {"at", point(), "Centre, body coordinates (default [0, 0])."},
           {"size", size(), "Width and height.", true},
           {"from", text(), "Lowest layer it fills (default: the bottom one)."},
           {"to", text(), "Highest layer it fills (default: the top one)."}}};
}

Schema tsv_field() {
  Schema schema{"TSV field",
                {{"name", name(), "Name."},
                 {"at", point(), "Centre of the field, from the die's centre (default [0, 0])."},
                 {"size", size(), "Size of the field (default: the whole die)."},
                 {"liner", not_negative(dim::length), "Thickness of the liner around each via (default 0)."},
                 {"liner_material", text(), "Material of the liner (default SiO2)."}}};
  add_array_keys(schema);
  return schema;
}

Schema wire() {
  return {"wire",
          {{"material", text(), "Wire material (default Au)."},
           {"diameter", positive(dim::length), "Diameter (default 25 um)."},
           {"loop_height", positive(dim::length), "Height above the die's face (default 100 um)."},
           {"length", positive(dim::length), "Length of one wire."},
           {"count", integer(1, 100000), "Number of wires."}}};
}

Schema die_attach() {
  return {"die attach",
          {{"material", text(), "Adhesive, solder or sintered metal (default DAF-generic)."},
           {"thickness", positive(dim::length), "Bond line (default 20 um)."}}};
}

Schema attach() {
  Schema schema{"attach",
                {{"kind", choice({"wire_bond", "flip_chip", "copper_pillar", "micro_bump", "hybrid_bond"}),
                  "How the die is connected.", true},
                 {"standoff", positive(dim::length), "Height of the joint."},
                 {"underfill", text(), "Underfill material (default: none)."},
                 {"pad_dielectric", text(), "Dielectric of a hybrid bond (default SiO2)."},
                 {"wire", map_of(wire()), "The wires of a wire-bonded die."},
                 {"die_attach", any_of({text(), map_of(die_attach())}),
                  "What holds a wire-bonded die: a material or {material, thickness}."},
                 {"contact_resistance", not_negative(dim::area_resistance),
                  "Of the joint's interfaces together (default 0)."}}};
  add_array_keys(schema);
  return schema;
}

Schema die_limits() {
  return {"limits of a die",
          {{"junction", temperature(), "Highest temperature allowed."},
           {"gradient", difference(0), "Largest difference across the die."}}};
}

Schema film_on_die(const char* title) {
  return {
      title,
      {{"material", text(), "Material.", true}, {"thickness", positive(dim::length), "Thickness.", true}}};
}

}  // namespace

Schema body() {
  return {"body",
          {{"size", size(), "Outline, [width, height].", true},
           {"mold", map_of(mold()), "Molding on the top side."},
           {"mold_bottom", map_of(mold()), "Molding on the bottom side."}}};
}

Schema via_field() {
  Schema schema{"via field",
                {{"name", name(), "Name."},
                 {"at", point(), "Centre of the field, body coordinates (default [0, 0])."},
                 {"size", size(), "Size of the field.", true},
                 {"plating", not_negative(dim::length), "Copper on the wall (default 0: filled)."},
                 {"fill", text(), "Inside a plated via (default: air)."},
                 {"from", text(), "Lowest layer (default: the bottom one)."},
                 {"to", text(), "Highest layer (default: the top one)."}}};
  add_array_keys(schema);
  return schema;
}

Schema substrate() {
  return {"substrate",
          {{"material_class", text(), "Name and line/space in um, as in \"organic 25/25\"."},
           {"line", positive(dim::length), "Line width (default: the class)."},
           {"space", positive(dim::length), "Space (default: the class)."},
           {"size", size(), "Outline (default: the body)."},
           {"layers", list_of(map_of(layer()), 1, 200), "The stack-up, bottom to top.", true},
           {"coin", map_of(coin()), "A slug of one material through the substrate."},
           {"coins", several(coin()), "Several of them."},
           {"vias", several(via_field()), "Thermal via fields."}}};
}

Schema die() {
  return {"die",
          {{"size", size(), "Width and height before rotation.", true},
           {"thickness", positive(dim::length), "Thickness.", true},
           {"at", point(), "Centre, body coordinates (default: the die below, else [0, 0])."},
           {"rotation", quantity(dim::none, -1e4, 1e4), "Counter-clockwise, \"90 deg\" (default 0)."},
           {"material", text(), "Bulk material (default Si)."},
           {"side", choice({"top", "bottom"}), "Side of the substrate (default top)."},
           {"facing", choice({"up", "down"}),
            "Where the active face looks (default: down if bumped, up if wire-bonded)."},
           {"stacked_on", name(), "The die it sits on (default: the substrate)."},
           {"embedded_in", name(), "The substrate layer that holds it."},
           {"process", text(), "Process node, as in \"16 nm\".", false, false},
           {"interposer", boolean(), "Carries other dies (default false)."},
           {"attach", map_of(attach()), "How it is connected to what is below."},
           {"tsvs", several(tsv_field()), "Through-silicon via fields."},
           {"back_metal", map_of(film_on_die("back metal")), "Metal on the back face."},
           {"beol", map_of(film_on_die("wiring")), "Wiring on the active face, inside the thickness."},
           {"power", power(), "Power (default: none)."},
           {"channels", map_of(channels(true, false)),
            "Coolant channels etched into the face away from the active one."},
           {"limit", map_of(die_limits()), "What must hold."},
           {"ports", anything(), "Pads and ports by name.", false, false},
           {"supply", anything(), "Supplier, price, lead time.", false, false},
           {"test", anything(), "Test access and coverage.", false, false}}};
}

Schema passive() {
  return {"passive",
          {{"kind", choice({"resistor", "capacitor", "inductor", "crystal", "filter", "diode", "other"}),
            "What it is.", true},
           {"case", name(), "EIA case code, as in 0201 (metric: 0603M)."},
           {"size", size(), "Length and width (instead of case)."},
           {"height", positive(dim::length), "Height (default: by case)."},
           {"at", point(), "Centre, body coordinates."},
           {"places", list_of(point(), 1, 10000), "Centres of several equal ones."},
           {"rotation", quantity(dim::none, -1e4, 1e4), "Counter-clockwise (default 0)."},
           {"side", choice({"top", "bottom"}), "Side of the substrate (default top)."},
           {"material", text(), "Body material (default by kind)."},
           {"solder", positive(dim::length), "Thickness of the solder below it (default 30 um)."},
           {"value", text(), "Its resistance, capacitance, inductance or frequency.", false, false},
           {"power", watts(), "Power it turns into heat (default 0 W)."},
           {"supply", anything(), "Supplier, price, lead time.", false, false}}};
}

}  // namespace bondline::package::pieces
