// The package that several benchmarks share: sixteen dies on a silicon interposer under a lid with a sink.
#pragma once
#include "design/sample_designs.h"

namespace bondline::bench {

inline package::Design sixteen_dies() {
  using namespace samples;
  package::Design d = samples::interposer();
  d.name = "sixteen dies";
  d.body_size = {55 * mm, 55 * mm};
  d.dies.resize(1);  // the interposer
  d.dies[0].size = {42 * mm, 42 * mm};
  for (int j = 0; j < 4; ++j)
    for (int i = 0; i < 4; ++i) {
      package::Die logic = die("d" + std::to_string(4 * j + i), {9 * mm, 9 * mm}, 0.5 * mm,
                               {(i - 1.5) * 10 * mm, (j - 1.5) * 10 * mm}, 5 + (7 * i + 3 * j) % 11);
      logic.stacked_on = "interposer";
      bumped(logic, package::AttachKind::micro_bump, 40 * um, 20 * um, 25 * um, "UF");
      d.dies.push_back(logic);
    }
  return d;
}

}  // namespace bondline::bench
