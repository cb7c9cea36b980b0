// Every signedness of activations and weights, with one scale of weights or one per channel, against the
// portable evaluator bit for bit. Scales are powers of two and sums stay below 2^24, so the evaluator's
// float32 is exact: both sides meet the same ties, and nothing may differ. (With other scales the evaluator
// rounds its sums where ours are whole numbers: then a value on a boundary may fall to either side, see
// compile_test.cc.)
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

#include "compiled.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

using Ints = std::vector<std::int64_t>;

class ExactMaker : public QuantisedBuilder {
 public:
  using QuantisedBuilder::QuantisedBuilder;

  /// A dequantised value: its channels, height and width, its step.
  struct Sized {
    ValueId id;
    std::int64_t c, h, w;
    float step;
  };

  Sized stepped(ValueId y, Sized like, int least_zero = 64) {
    like.step = std::exp2(static_cast<float>(-6 + random.below(2)));
    like.id = quantise(y, like.step, least_zero == 0 ? 0 : least_zero + random.below(128));
    return like;
  }
  Sized convolved(Sized x, std::int64_t out, std::int64_t kernel, std::int64_t stride, bool relu) {
    const ValueId y = conv8(x.id, x.step, x.c, out, kernel, stride);
    const Sized like{kNone, out, (x.h - 1) / stride + 1, (x.w - 1) / stride + 1, 0};
    return relu ? stepped(node("Relu", {y}), like, 0) : stepped(y, like);
  }

  Sized layer(Sized x) {
    switch (random.below(8)) {
      case 0:
        return convolved(x, 1 + random.below(40), 3, 1 + random.below(2), random.below(2) != 0);
      case 1:
        return convolved(x, 1 + random.below(70), 1, 1, random.below(2) != 0);
      case 2:
        return stepped(node("Relu", {conv8(x.id, x.step, x.c, x.c, 3, 1, x.c)}), x, 0);
      case 3:  // a residual
        return stepped(node("Add", {convolved(x, x.c, 3, 1, false).id, x.id}), x);
      case 4: {  // joined at a step of its own
        const Sized y = convolved(x, 1 + random.below(20), 1, 1, true);
        return stepped(node("Concat", {y.id, x.id}, {{"axis", std::int64_t{1}}}),
                       {kNone, x.c + y.c, x.h, x.w, 0});
      }
      case 5:
        if (x.h < 4 || x.w < 4) return x;
        return stepped(node(random.below(2) != 0 ? "MaxPool" : "AveragePool", {x.id},
                            {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}),
                       {kNone, x.c, x.h / 2, x.w / 2, 0});
      case 6: {  // a gate: a product of two quantised values
        const ValueId gate = quantise(node("Clip", {x.id, scalar(0), scalar(0.75f)}), 1 / 256.0f, 0);
        return stepped(node("Mul", {x.id, gate}), x);
      }
      default:
        return stepped(node("LeakyRelu", {x.id}, {{"alpha", 0.25f}}), x);
    }
  }
};

Network exact_network(std::uint32_t seed, Flavour flavour) {
  flavour.exact = true;
  ExactMaker make(seed, flavour);
  const std::int64_t c = 1 + make.random.below(24), h = 3 + make.random.below(12),
                     w = 3 + make.random.below(12);
  const Shape shape = {1, c, h, w};
  auto x = make.stepped(make.input(shape), {kNone, c, h, w, 0});
  for (int layers = 3 + make.random.below(4); layers > 0; --layers) {
    x = make.layer(x);
    if (x.c > 56) x = make.convolved(x, 20, 1, 1, false);  // 9 x 56 products of 255 x 127 stay below 2^24
  }
  return {make.finish({make.convolved(x, 7, 1, 1, false).id}), {random_tensor(shape, seed, -2, 2)}};
}

struct Named {
  const char* name;
  DType activations, weights;
};
constexpr std::array kSignedness = {Named{"U8U8", DType::u8, DType::u8}, Named{"U8S8", DType::u8, DType::i8},
                                    Named{"S8S8", DType::i8, DType::i8}, Named{"S8U8", DType::i8, DType::u8}};

TEST(Signedness, RandomNetworksEqualTheEvaluatorBitForBit) {
  std::size_t integer = 0;
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    for (const Named& sign : kSignedness) {
      for (const bool per_channel : {false, true}) {
        const Network net = exact_network(seed, {sign.activations, sign.weights, per_channel, true});
        const auto wanted = reference(net.graph, net.inputs);
        ASSERT_FALSE(wanted.empty());
        for (const auto isa : sets_here()) {
          CompileOptions options;
          options.isa = isa;
          const auto model = model_of(net.graph, options);
          ASSERT_NE(model, nullptr);
          EXPECT_TRUE(same_bits(run(model, net.inputs), wanted))
              << sign.name << (per_channel ? " per channel" : " per tensor") << ", seed " << seed << " on "
              << kernels::name_of(isa) << ", off by " << gap(run(model, net.inputs), wanted).error;
          for (const Step& step : model->plan().steps) {
            EXPECT_NE(step.kind, StepKind::conv_f32) << step.op;
            integer += step.kind == StepKind::conv_int8 || step.kind == StepKind::conv_pair_int8 ? 1 : 0;
          }
        }
      }
    }
  }
  EXPECT_GT(integer, 12u * 8u * 3u);
}

TEST(Signedness, ResultsUseManySteps) {  // else equality would say little
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    const Network net = exact_network(seed, {});
    const auto got = run(model_of(net.graph), net.inputs);
    ASSERT_FALSE(got.empty());
    const std::set<float> values(got[0].data<float>(), got[0].data<float>() + got[0].elements());
    EXPECT_GE(values.size(), 10u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace bondline::inference::testing
