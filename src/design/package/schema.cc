#include "design/package/load.h"
#include "design/package/schema_pieces.h"

namespace bondline::package {

using namespace document;

const Schema& design_schema() {
  static const Schema schema{
      "Bondline design file",
      {{"bondline", choice({"design/1"}), "Kind and version of the file.", true},
       {"name", name(), "Name of the design (default: the file's name)."},
       {"description", text(), "What it is."},
       {"body", map_of(pieces::body()), "The package's outline and molding."},
       {"substrate", map_of(pieces::substrate()), "The stack-up the parts sit on."},
       {"dies", dictionary_of(map_of(pieces::die())), "Dies by name, lower ones of a stack first."},
       {"passives", dictionary_of(map_of(pieces::passive())), "Passives by name."},
       {"lid", map_of(pieces::lid()), "A lid over the dies."},
       {"tims", pieces::several(pieces::tim()),
        "Thermal interface materials: tim1 on dies, tim2 on the lid."},
       {"heat_sink", map_of(pieces::heat_sink()), "A heat sink on the top."},
       {"shield", map_of(pieces::shield()), "Electromagnetic shield."},
       {"balls", map_of(pieces::balls()), "Balls or lands below the body."},
       {"board", map_of(pieces::board()), "The board below."},
       {"block", map_of(pieces::block()), "A plain layered block, instead of a package."},
       {"environment", map_of(pieces::environment()), "Ambient and cooling."},
       {"limits", map_of(pieces::limits()), "What must hold for the whole."},
       {"nets", dictionary_of(map_of(pieces::net())), "Nets by name.", false, false},
       {"flow", anything(), "Process steps, yields and costs, or the file that holds them.", false, false},
       {"supply", anything(), "Suppliers, prices and lead times, or their file.", false, false},
       {"test", anything(), "Test steps and access, or their file.", false, false},
       {"materials", dictionary_of(map_of(pieces::materials_entry())),
        "Materials that add to the shipped library or override it, property by property."},
       {"interfaces", list_of(map_of(pieces::interface_entry())), "What is known of pairs of materials."}}};
  return schema;
}

}  // namespace bondline::package
