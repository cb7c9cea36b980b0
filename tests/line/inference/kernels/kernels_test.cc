// Every instruction set that runs here against the definition.
#include <gtest/gtest.h>

#include "checks.h"

namespace bondline::inference::kernels {
static void PrintTo(Isa isa, std::ostream* out) {
  *out << name_of(isa);
}
}  // namespace bondline::inference::kernels

namespace {

using namespace bondline::inference::kernels;
namespace checks = kernel_checks;

// Sanitizers slow the definition down more than the kernels.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kShare = 4;
#else
constexpr int kShare = 1;
#endif

class Kernels : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam())) GTEST_SKIP() << "this processor has no " << name_of(GetParam());
  }
};
std::string test_name(const ::testing::TestParamInfo<Isa>& set) {
  std::string name(name_of(set.param));
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sets, Kernels,
                         ::testing::Values(Isa::portable, Isa::neon_dot, Isa::avx2, Isa::avx_vnni,
                                           Isa::avx512_vnni),
                         test_name);

TEST_P(Kernels, ConvInt8EqualsTheDefinitionBitForBit) {
  EXPECT_EQ(checks::conv_int8_equals_reference(GetParam(), 400 / kShare, 1), "");
}
TEST_P(Kernels, DepthwiseInt8EqualsTheDefinitionBitForBit) {
  EXPECT_EQ(checks::depthwise_int8_equals_reference(GetParam(), 250 / kShare, 2), "");
}
TEST_P(Kernels, LargestProductsDoNotSaturateOnTheWay) {
  EXPECT_EQ(checks::extremes_do_not_saturate_inside(GetParam()), "");
}

TEST_P(Kernels, TwoConvolutionsInOnePassEqualOneAfterTheOther) {
  EXPECT_EQ(checks::pair_equals_its_parts(GetParam(), 80 / kShare, 3), "");
}
TEST_P(Kernels, ConvF32IsTheSumWithinRounding) {
  EXPECT_EQ(checks::conv_f32_is_close(GetParam(), 250 / kShare, 4), "");
}
TEST_P(Kernels, ActivationsHoldTheirStatedErrors) {
  EXPECT_EQ(checks::activations_are_accurate(GetParam()), "");
}
TEST_P(Kernels, ByteOperationsEqualTheDefinition) {
  EXPECT_EQ(checks::u8_operations_equal_reference(GetParam(), 60 / kShare, 5), "");
}
TEST_P(Kernels, FloatOperationsAreWithinRounding) {
  EXPECT_EQ(checks::f32_operations_are_close(GetParam(), 60 / kShare, 6), "");
}
TEST_P(Kernels, ConversionsQuantiseToTheNearestInAnyOrderOfAxes) {
  EXPECT_EQ(checks::conversions_round_trip(GetParam(), 120 / kShare, 8), "");
}

TEST(Isa, NamesAreReadBack) {
  for (int i = 0; i < kIsas; ++i) EXPECT_EQ(isa_named(name_of(static_cast<Isa>(i))), static_cast<Isa>(i));
  EXPECT_FALSE(isa_named("sse9").has_value());
  EXPECT_TRUE(runs_here(best_isa()));
}

}  // namespace
