// Time to turn a Design into solids, to ask which solid fills each pixel of a picture, and to check the
// rules: a double-sided SiP as it is, and with every one of its 10 600 bumps resolved. Best of seven, one
// thread.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "../../../tests/design/sample_designs.h"
#include "design/package/solids.h"
#include "design/rules/rules.h"

using namespace bondline;

namespace {

double best_of_seven(const std::function<void()>& body) {
  double best = 1e9;
  for (int n = 0; n < 7; ++n) {
    const auto start = std::chrono::steady_clock::now();
    body();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

void row(const char* name, const package::Design& design) {
  package::Assembly a;
  std::size_t findings = 0;
  long filled = 0;
  const double build = best_of_seven([&] { a = package::assemble(design); });
  const double judge = best_of_seven([&] { findings = rules::check(design, a).size(); });
  const double picture = best_of_seven([&] {
    filled = 0;
    for (int j = 0; j < 1000; ++j) {
      for (int i = 0; i < 1000; ++i) {
        // The plane through the middle of the processor's bumps, 242 um up, over the body.
        filled += a.at((i - 499.5) * 12e-6, (j - 499.5) * 12e-6, 242e-6) >= 0;
      }
    }
  });
  std::printf(
      "%-22s %6zu solids  assemble %8.3f ms  rules (%zu findings) %7.3f ms  megapixel picture %7.1f ms\n",
      name, a.solids.size(), 1e3 * build, findings, 1e3 * judge, 1e3 * picture);
  if (filled != 1000000) std::printf("  %ld pixels of the body are void\n", 1000000 - filled);
}

}  // namespace

int main() {
  package::Design design = samples::sip();
  row("SiP", design);
  package::Array& bumps = design.dies[0].attach.bumps;
  bumps.pitch_x = bumps.pitch_y = 58e-6;
  bumps.diameter = 30e-6;
  bumps.resolve = true;
  row("SiP, bumps resolved", design);
}
