// What a compiled model computes, against the portable evaluator.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiled.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

CompileOptions options_for(kernels::Isa isa, bool fuse = true) {
  CompileOptions options;
  options.isa = isa;
  options.fuse = fuse;
  return options;
}

TEST(Compile, FloatNetworksEqualTheEvaluatorOnEverySet) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const Network net = float_network(seed);
    const auto wanted = reference(net.graph, net.inputs);
    for (const auto isa : sets_here()) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << " on " << kernels::name_of(isa));
      const auto got = run(model_of(net.graph, options_for(isa)), net.inputs);
      const Gap g = gap(got, wanted);
      EXPECT_LE(g.error, 1e-3 * std::max(1.0, g.largest));  // Winograd's share; everything else is 1e-5
    }
  }
}

TEST(Compile, FusionChangesNoResultBeyondRounding) {
  for (std::uint32_t seed = 41; seed <= 60; ++seed) {
    const Network net = float_network(seed);
    const auto isa = kernels::best_isa();
    const auto whole = run(model_of(net.graph, options_for(isa, true)), net.inputs);
    const auto single = run(model_of(net.graph, options_for(isa, false)), net.inputs);
    const Gap g = gap(whole, single);
    EXPECT_LE(g.error, 1e-3 * std::max(1.0, g.largest)) << "seed " << seed;
  }
}

TEST(Compile, IntegerNetworksAreTheSameBitsOnEverySetFusedOrNot) {
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    const Network net = quantised_network(seed, {});
    const auto first = run(model_of(net.graph, options_for(kernels::Isa::portable, false)), net.inputs);
    ASSERT_FALSE(first.empty());
    for (const auto isa : sets_here()) {
      for (const bool fuse : {false, true}) {
        EXPECT_TRUE(same_bits(run(model_of(net.graph, options_for(isa, fuse)), net.inputs), first))
            << "seed " << seed << " on " << kernels::name_of(isa) << (fuse ? " fused" : "");
      }
    }
  }
}

TEST(Compile, IntegerNetworksFollowTheirFloatMeaning) {
  // The evaluator rounds in float32 where we use exact sums: a value on a boundary may fall to either side,
  // and a step of one layer is a few steps of the output at most.
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    const Network net = quantised_network(seed, {});
    const Gap g = gap(run(model_of(net.graph), net.inputs), reference(net.graph, net.inputs));
    EXPECT_LE(g.error, 2.01 * kOutputStep) << "seed " << seed;
    EXPECT_LE(g.mean, 0.02 * kOutputStep) << "seed " << seed;
    EXPECT_GT(g.largest, 10 * kOutputStep);
  }
}

TEST(Compile, EverySignednessOfAModelIsTheSameComputation) {
  for (std::uint32_t seed = 1; seed <= 15; ++seed) {
    const auto of = [&](DType activations, DType weights) {
      const Network net = quantised_network(seed, {activations, weights});
      const auto model = model_of(net.graph);
      EXPECT_NE(model, nullptr);
      for (const Step& step : model->plan().steps) EXPECT_NE(step.kind, StepKind::generic) << step.op;
      return run(model, net.inputs);
    };
    const auto u8s8 = of(DType::u8, DType::i8);
    EXPECT_TRUE(same_bits(of(DType::u8, DType::u8), u8s8)) << "seed " << seed;
    EXPECT_TRUE(same_bits(of(DType::i8, DType::i8), u8s8)) << "seed " << seed;
    EXPECT_TRUE(same_bits(of(DType::i8, DType::u8), u8s8)) << "seed " << seed;
  }
}

TEST(Compile, ThreadsChangeNoBit) {
  for (std::uint32_t seed = 61; seed <= 66; ++seed) {
    const Network net = seed % 2 != 0 ? float_network(seed) : quantised_network(seed, {});
    const auto model = model_of(net.graph);
    EXPECT_TRUE(same_bits(run(model, net.inputs, 2), run(model, net.inputs, 1))) << "seed " << seed;
  }
}

TEST(Compile, TheSameGraphGivesTheSameBytes) {
  const Network net = quantised_network(3, {});
  const auto bytes = artefact_of(net.graph, options_for(kernels::best_isa()));
  ASSERT_FALSE(bytes.empty());
  EXPECT_EQ(artefact_of(net.graph, options_for(kernels::best_isa())), bytes);
}

TEST(Compile, TuningChoosesByTheClockAndKeepsTheMeaning) {
  // A convolution that float32 does sooner is done in float32: then a value on a boundary may fall to either
  // side.
  for (const auto isa : sets_here()) {
    const Network net = quantised_network(4, {});
    CompileOptions tuned = options_for(isa);
    tuned.tune = true;
    const auto model = model_of(net.graph, tuned);
    ASSERT_NE(model, nullptr);
    const auto plain = run(model_of(net.graph, options_for(isa)), net.inputs);
    const auto& steps = model->plan().steps;
    const bool in_integers =
        std::none_of(steps.begin(), steps.end(), [](const Step& s) { return s.kind == StepKind::conv_f32; });
    const auto got = run(model, net.inputs);
    if (in_integers) {
      EXPECT_TRUE(same_bits(got, plain)) << kernels::name_of(isa);
    } else {
      EXPECT_LE(gap(got, plain).error, 2.01 * kOutputStep) << kernels::name_of(isa);
    }
  }
}

TEST(Compile, DetectionHeadsEqualTheEvaluator) {
  for (const bool quantised : {false, true}) {
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
      const Network net = detection_head(seed, quantised);
      const Gap g = gap(run(model_of(net.graph), net.inputs), reference(net.graph, net.inputs));
      // Boxes are means of 16 bins times up to 8; quantised, one step of a level moves them by a few percent.
      EXPECT_LE(g.error, quantised ? 1.0 : 1e-3) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace bondline::inference::testing
