#include "design/package/schema_pieces.h"

namespace bondline::package::pieces {

using namespace document;
namespace dim = base::dim;

namespace {

Value rectangle() {
  return list_of(quantity(dim::length, -10, 10), 4, 4);
}

Schema floorplan_block() {
  return {"floorplan block",
          {{"name", name(), "Name (in a list of blocks)."},
           {"at", point(), "Centre, from the centre of the part."},
           {"size", size(), "Width and height."},
           {"rect", rectangle(),
            "[x, y, width, height], from the part's lower left corner (instead of at and size)."},
           {"rects", list_of(rectangle(), 1), "Several such rectangles that share the power by area."},
           {"power", watts(), "Power of the block (default 0 W)."},
           {"material", text(), "Material where it differs from the part's."}}};
}

Schema trace() {
  return {"power trace",
          {{"file", path(), "A .ptrace file: names, then one line of watts per sample."},
           {"samples", dictionary_of(list_of(watts(), 1)), "Watts per sample, by block name."},
           {"total", list_of(watts(), 1), "Watts per sample of the whole part."},
           {"interval", positive(dim::time), "Time from sample to sample (default 10 ms)."}}};
}

Schema leakage() {
  Value step = difference(0);
  step.min_exclusive = true;
  return {"leakage",
          {{"power", watts(), "Leakage power at `at`.", true},
           {"at", temperature(), "Temperature of that power (default 25 degC)."},
           {"doubles_every", step, "Temperature step in which it doubles (default 20 K).", false}}};
}

}  // namespace

Value power() {
  Schema schema{
      "power",
      {{"uniform", watts(), "Power spread evenly over the part."},
       {"blocks",
        any_of({path(), dictionary_of(map_of(floorplan_block())), list_of(map_of(floorplan_block()))}),
        "A .flp floorplan, or blocks written here."},
       {"map", any_of({path(), list_of(list_of(watts(), 1), 1)}),
        "Watts per cell: a CSV file or lists, first row = top (largest y)."},
       {"trace", any_of({path(), map_of(trace())}), "Power over time; the steady analyses use its mean."},
       {"interval", positive(dim::time), "Interval of a trace given by file (default 10 ms)."},
       {"leakage", map_of(leakage()), "Power that grows with temperature."},
       {"place", choice({"active", "volume", "top", "bottom"}),
        "Where the heat enters: the active face's plane (default), the volume, or the top or bottom face."}}};
  return any_of({watts(), map_of(schema)});
}

}  // namespace bondline::package::pieces
