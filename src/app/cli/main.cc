// `bondline`: the design wing and the line.
#include "app/cli/commands.h"

int main(int argc, char** argv) {
  using namespace bondline::app;
  Program program;
  program.purpose = "electronic packages from the drawing board to the production line";
  program.overview =
      R"(  bondline signoff DESIGN.yaml --out DIR     check, solve, judge: table, report, pictures, handoff
  bondline thermal steady DESIGN.yaml        temperatures, where the heat goes, what would mend it
  bondline design check DESIGN.yaml          geometry and design rules
  bondline design import FILE... --out D     HotSpot, 3D-ICE, 3Dblox and CSV bump maps as a design file
  bondline design export DESIGN.yaml ...     VTK, glTF, 3Dblox, CSV
  bondline design schema                     what a design file may say, as JSON Schema
)";
  program.examples =
      "  bondline signoff examples/sip-edge-node/design.yaml --out report\n"
      "  bondline design import ev6.flp gcc.ptrace package.config --out ev6.yaml";
  program.add = [](CLI::App& app, Chosen& chosen) {
    add_design_commands(app, chosen);
    add_signoff_command(app, chosen);
    add_thermal_commands(app, chosen);
  };
  return run(program, argc, argv);
}
