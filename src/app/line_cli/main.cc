// `bondline` as an edge box has it: the line's commands, nothing of the design wing.
#include "app/cli/commands.h"

int main(int argc, char** argv) {
  using namespace bondline::app;
  Program program;
  program.purpose = "a production line's gateway, neural networks for its machines, what it has stored";
  program.examples =
      "  bondline line check /etc/bondline/line.yaml\n"
      "  bondline history query /etc/bondline/line.yaml --tag oven.zone4 --from '-10 min'";
  program.elsewhere = {"design", "signoff", "thermal"};
  program.elsewhere_mend = "install the package bondline, which takes the place of bondline-line";
  return run(program, argc, argv);
}
