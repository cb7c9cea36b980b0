// Values at the edge of what kernels take: without elements, without a number, beyond 32 bits. Each is
// computed as the portable evaluator does.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compiled.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

/// The largest difference from the evaluator on any instruction set, in parts of the largest output.
double worst(const Graph& graph, const std::vector<Tensor>& inputs) {
  const auto wanted = reference(graph, inputs);
  double most = wanted.empty() ? INFINITY : 0;
  for (const auto isa : sets_here()) {
    CompileOptions options;
    options.isa = isa;
    const auto got = run(model_of(graph, options), inputs);
    if (got.size() != wanted.size()) return INFINITY;
    const Gap g = gap(got, wanted);
    most = std::max(most, g.error / std::max(g.largest, 1e-30));
  }
  return most;
}

TEST(Edges, NodesOnValuesWithoutElementsRun) {
  for (const Shape& shape : {Shape{0, 4, 6, 6}, Shape{2, 4, 0, 6}, Shape{0, 4, 0, 6}}) {
    GraphBuilder make(1);
    const ValueId x = make.input(shape);
    const ValueId two = make.constant({4}, std::vector<float>{1, 1, 2, 2});
    std::vector<ValueId> outputs = {make.node("Relu", {x}),
                                    make.node("Transpose", {x}, {{"perm", Shape{0, 2, 3, 1}}}),
                                    make.node("Softmax", {x}, {{"axis", std::int64_t{1}}}),
                                    make.node("Resize", {x, kNone, two}),
                                    make.node("Concat", {x, x}, {{"axis", std::int64_t{1}}}),
                                    make.node("Add", {x, make.scalar(1)})};
    if (shape[2] > 0) outputs.push_back(make.node("Conv", {x, make.weights({8, 4, 1, 1}, 1)}));
    const auto inputs = std::vector<Tensor>{random_tensor(shape, 1)};
    EXPECT_EQ(worst(make.finish(outputs), inputs), 0) << to_string(shape);
  }
}

TEST(Edges, WeightsOfNoChannelMakeAnEmptyOutput) {
  GraphBuilder make(1);
  const ValueId x = make.input({1, 4, 6, 6});
  const Graph graph = make.finish({make.node("Conv", {x, make.weights({0, 4, 3, 3}, 1)})});
  EXPECT_EQ(worst(graph, {random_tensor({1, 4, 6, 6}, 1)}), 0);
}

TEST(Edges, EmptyPartsJoinWithFullOnes) {
  GraphBuilder make(1);
  const ValueId x = make.input({2, 3}), none = make.input({0, 3});
  const ValueId joined = make.node("Concat", {none, make.node("Relu", {x})}, {{"axis", std::int64_t{0}}});
  const auto parts = make.nodes("Split", {x, make.constant({2}, std::vector<std::int64_t>{0, 3})}, 2,
                                {{"axis", std::int64_t{1}}});
  const Graph graph = make.finish({joined, parts[0], parts[1], make.node("ReduceSum", {none})});
  EXPECT_EQ(worst(graph, {random_tensor({2, 3}, 1), random_tensor({0, 3}, 2)}), 0);
}

TEST(Edges, AClampWithItsLowerEndAboveTheUpperGivesTheUpper) {
  QuantisedBuilder make(3, {});
  const ValueId x = make.input({1, 4, 6, 6});
  const ValueId y = make.conv8(make.quantise(x, 0.03f, 128), 0.03f, 4, 8, 3);
  const ValueId clipped = make.node("Clip", {y, make.scalar(2), make.scalar(-1)});
  const Graph graph = make.finish({make.quantise(clipped, 0.02f, 100)});
  EXPECT_EQ(worst(graph, {random_tensor({1, 4, 6, 6}, 1, -3, 3)}), 0);
}

TEST(Edges, SumsBeyond32BitsAreComputedInFloat) {
  constexpr std::int64_t kLong = 70000;  // 255 * 127 * 70000 > 2^31
  GraphBuilder make(1);
  const ValueId x = make.input({1, kLong});
  const std::uint8_t none = 0;
  const ValueId zero = make.constant(DType::u8, {}, &none, 1), step = make.scalar(0.03f);
  const ValueId q = make.node("DequantizeLinear", {make.node("QuantizeLinear", {x, step, zero}), step, zero});
  const std::vector<std::int8_t> w(kLong * 3, 127);
  const ValueId weights = make.node(
      "DequantizeLinear", {make.constant(DType::i8, {kLong, 3}, w.data(), w.size()), make.scalar(0.01f)});
  const Graph graph = make.finish({make.node("MatMul", {q, weights})});
  EXPECT_LT(worst(graph, {random_tensor({1, kLong}, 1, 7, 8)}), 1e-3);
}

TEST(Edges, TheIntegerBiasOfADeadChannelIsKept) {
  for (const float dead : {0.0f, 1e-9f}) {
    GraphBuilder make(1);
    const ValueId x = make.input({1, 4, 6, 6});
    const std::uint8_t middle = 128;
    const ValueId zero = make.constant(DType::u8, {}, &middle, 1), step = make.scalar(0.03f);
    const ValueId q =
        make.node("DequantizeLinear", {make.node("QuantizeLinear", {x, step, zero}), step, zero});
    std::vector<std::int8_t> w(3 * 4 * 9);
    for (auto& v : w) v = static_cast<std::int8_t>(make.random.below(255) - 127);
    const std::vector<std::int32_t> b = {100, 90000, -50000};
    const std::vector<NamedAttribute> axis = {{"axis", std::int64_t{0}}};
    const ValueId weights = make.node("DequantizeLinear",
                                      {make.constant(DType::i8, {3, 4, 3, 3}, w.data(), w.size()),
                                       make.constant({3}, std::vector<float>{0.01f, dead, 0.02f})},
                                      axis);
    const ValueId bias = make.node("DequantizeLinear",
                                   {make.constant(DType::i32, {3}, b.data(), b.size()),
                                    make.constant({3}, std::vector<float>{3e-4f, 1e-2f, 6e-4f})},
                                   axis);
    const Graph graph = make.finish({make.node("Conv", {q, weights, bias})});
    EXPECT_LT(worst(graph, {random_tensor({1, 4, 6, 6}, 1)}), 1e-4) << dead;
  }
}

TEST(Edges, ScalesOfAnySizeKeepTheirMeaning) {
  for (const float scale : {1e-38f, 1e-20f, 1e20f}) {
    QuantisedBuilder make(1, {});
    const ValueId x = make.input({1, 4, 6, 6});
    const ValueId a = make.quantise(x, 0.03f, 128), b = make.quantise(x, 0.05f, 7);
    std::vector<ValueId> outputs;
    for (const std::string op : {"Add", "Mul", "Sub"})
      outputs.push_back(make.quantise(make.node(op, {a, b}), scale, 100));
    outputs.push_back(make.quantise(make.conv8(a, 0.03f, 4, 8, 1), scale, 100));
    EXPECT_EQ(worst(make.finish(outputs), {random_tensor({1, 4, 6, 6}, 1)}), 0) << scale;
  }
}

TEST(Edges, WhatIsNoNumberStaysNoneOnEitherSideOfMaxAndMin) {
  const float none = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> left(70, 1), right(70, 2);
  left[3] = left[68] = right[5] = right[69] = none;
  for (const std::string op : {"Max", "Min"}) {
    GraphBuilder make(1);
    const ValueId a = make.input({70}), b = make.input({70});
    const Graph graph = make.finish({make.node(op, {a, b}), make.node("HardSigmoid", {a})});
    const std::vector<Tensor> inputs = {Tensor::make(DType::f32, {70}, left.data(), left.size()),
                                        Tensor::make(DType::f32, {70}, right.data(), right.size())};
    EXPECT_LT(worst(graph, inputs), 1e-6) << op;
    const auto got = run(model_of(graph), inputs);
    ASSERT_EQ(got.size(), 2u);
    for (const int i : {3, 5, 68, 69}) EXPECT_TRUE(std::isnan(got[0].data<float>()[i])) << op << " " << i;
    EXPECT_TRUE(std::isnan(got[1].data<float>()[3]));
  }
}

TEST(Edges, LogarithmsReachBelowTheSmallestNormalNumberAndLargeLogits) {
  GraphBuilder make(1);
  const ValueId x = make.input({1, 40}), logits = make.input({1, 40});
  const Graph graph = make.finish({make.node("Log", {x}), make.node("LogSoftmax", {logits})});
  std::vector<float> tiny(40), large(40);
  for (std::size_t i = 0; i < 40; ++i) {
    tiny[i] = std::ldexp(1.0f + static_cast<float>(i) / 64, -static_cast<int>(i) - 108);
    large[i] = 1e6f + static_cast<float>(i % 5);
  }
  const std::vector<Tensor> inputs = {Tensor::make(DType::f32, {1, 40}, tiny.data(), tiny.size()),
                                      Tensor::make(DType::f32, {1, 40}, large.data(), large.size())};
  for (const auto isa : sets_here()) {
    CompileOptions options;
    options.isa = isa;
    const auto got = run(model_of(graph, options), inputs), wanted = reference(graph, inputs);
    ASSERT_EQ(got.size(), 2u);
    for (const std::size_t o : {0u, 1u}) {
      for (int i = 0; i < 40; ++i) {
        const float want = wanted[o].data<float>()[i];
        EXPECT_NEAR(got[o].data<float>()[i], want, 1e-6f * (1 + std::abs(want)))
            << kernels::name_of(isa) << " output " << o << " at " << i;
      }
    }
  }
}

TEST(Edges, WhatNoArenaHoldsIsRefusedWhenCompiled) {
  const auto refusal = [](const Shape& shape) {
    GraphBuilder make(1);
    const ValueId x = make.input(shape);
    const ValueId y = make.node("Conv", {x, make.weights({64, 3, 3, 3}, 1)});
    std::string why;
    EXPECT_TRUE(artefact_of(make.finish({make.node("GlobalMaxPool", {y})}), {}, &why).empty());
    return why;
  };
  EXPECT_NE(refusal({1, 3, 30000, 30000}).find("elements"), std::string::npos);
  EXPECT_NE(refusal({1, 3, 6000, 6000}).find("elements"), std::string::npos);  // its 64 channels
  GraphBuilder make(1);
  std::vector<ValueId> all;
  const ValueId x = make.input({1, 1, 40000, 40000});  // 6.4 GB, and 17 of them at once
  for (int i = 0; i < 17; ++i)
    all.push_back(make.node("Relu", {make.node("Add", {x, make.scalar(1.0f + i)})}));
  std::vector<ValueId> tops;
  for (const ValueId v : all) tops.push_back(make.node("Transpose", {v}, {{"perm", Shape{0, 1, 3, 2}}}));
  ValueId sum = tops[0];
  for (std::size_t i = 1; i < tops.size(); ++i)
    sum = make.node("Mul", {tops[i], make.node("Add", {sum, all[i]})});
  std::string why;
  EXPECT_TRUE(artefact_of(make.finish({make.node("GlobalMaxPool", {sum})}), {}, &why).empty());
  EXPECT_NE(why.find("working memory"), std::string::npos) << why;
}

}  // namespace
}  // namespace bondline::inference::testing
