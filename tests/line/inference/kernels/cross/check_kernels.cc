// check_kernels [SET]: the checks of every instruction set, or of one, as a plain program. 0 if all hold.
#include <cstdio>

#include "checks.h"

namespace {

using namespace bondline::inference::kernels;
namespace checks = kernel_checks;

int failures = 0;

void expect(Isa isa, const char* what, const std::string& why) {
  const std::string name(name_of(isa));
  std::printf("%s %s: %s\n", name.c_str(), what, why.empty() ? "holds" : why.c_str());
  std::fflush(stdout);
  if (!why.empty()) ++failures;
}

// Fewer cases than natively: an emulator is slow.
void check(Isa isa) {
  expect(isa, "int8 convolutions", checks::conv_int8_equals_reference(isa, 150, 1));
  expect(isa, "int8 depthwise convolutions", checks::depthwise_int8_equals_reference(isa, 100, 2));
  expect(isa, "extreme products", checks::extremes_do_not_saturate_inside(isa));
  expect(isa, "pairs of convolutions", checks::pair_equals_its_parts(isa, 30, 3));
  expect(isa, "float32 convolutions", checks::conv_f32_is_close(isa, 100, 4));
  expect(isa, "activations", checks::activations_are_accurate(isa));
  expect(isa, "byte operations", checks::u8_operations_equal_reference(isa, 40, 5));
  expect(isa, "float operations", checks::f32_operations_are_close(isa, 40, 6));
  expect(isa, "conversions", checks::conversions_round_trip(isa, 60, 8));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    const auto isa = isa_named(argv[1]);
    if (!isa || !runs_here(*isa)) return std::printf("%s does not run here\n", argv[1]), 2;
    check(*isa);
    return failures != 0;
  }
  for (int i = 0; i < kIsas; ++i)
    if (runs_here(static_cast<Isa>(i))) check(static_cast<Isa>(i));
  return failures != 0;
}
