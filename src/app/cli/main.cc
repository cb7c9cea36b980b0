#include "app/cli/commands.h"

int main(int argc, char** argv) {
  return bondline::app::run(argc, argv);
}
