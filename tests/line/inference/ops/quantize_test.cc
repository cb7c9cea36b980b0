// Quantized networks as integer operators: equal to sums in whole numbers, bit for bit, for every signedness.
#include <gtest/gtest.h>

#include <cmath>

#include "data_set.h"
#include "line/inference/ops/simplify/simplify.h"
#include "maker.h"

namespace bondline::inference {
namespace {

using testing::Maker;
using testing::ops_of;

/// x -> Q -> DQ -> Conv (weights and bias dequantized) -> Relu or Clip -> Q: as an exporter writes it, with
/// the activations' and weights' levels signed or not.
struct Network {
  bool signed_x = false, signed_w = true, signed_y = false;
  int w_shift = 0;  ///< zero point of the weights beyond that of their signedness
  bool per_channel = true;
  std::string clamp;
  std::vector<std::int64_t> pads = {1, 0, 2, 1};
  std::int64_t stride = 2, groups = 1;

  static constexpr std::int64_t kIn = 4, kOut = 6, kSize = 7, kKernel = 3;
  static constexpr float kXScale = 0.031f, kYScale = 0.063f;
  static constexpr int kXZero = 111, kYZero = 37;  // as uint8

  std::vector<int> weights() const {  // less their zero point
    std::mt19937 random(5);
    std::vector<int> w(static_cast<std::size_t>(kOut * kIn / groups * kKernel * kKernel));
    for (int& v : w) v = static_cast<int>(random() % 201) - 100;
    return w;
  }
  std::vector<float> weight_scale() const {
    std::vector<float> s;
    for (int c = 0; c < (per_channel ? kOut : 1); ++c) s.push_back(0.003f + 0.0007f * static_cast<float>(c));
    return s;
  }
  std::vector<std::int32_t> bias() const { return {100, -2000, 0, 35, 12345, -7}; }

  Graph graph() const {
    Maker maker;
    maker.input("x", {2, kIn, kSize, kSize});
    byte(maker, "x_zero", signed_x, kXZero - (signed_x ? 128 : 0), false);
    byte(maker, "y_zero", signed_y, kYZero - (signed_y ? 128 : 0), false);
    const int w_zero = (signed_w ? 0 : 128) + w_shift;
    byte(maker, "w_zero", signed_w, w_zero, per_channel);
    std::vector<std::uint8_t> levels;
    for (const int v : weights()) levels.push_back(static_cast<std::uint8_t>(v + w_zero));
    maker.constant("w_q", signed_w ? DType::i8 : DType::u8, {kOut, kIn / groups, kKernel, kKernel}, levels);
    const auto scale = weight_scale();
    auto unit = scale;
    for (float& u : unit) u *= kXScale;
    maker.scalar("x_scale", kXScale);
    maker.scalar("y_scale", kYScale);
    const Shape per = per_channel ? Shape{kOut} : Shape{};
    maker.floats("w_scale", per, scale);
    maker.floats("b_scale", per, unit);
    maker.constant("b_q", DType::i32, {kOut}, bias());
    const NamedAttribute first{"axis", std::int64_t{0}};
    maker.node("QuantizeLinear", {"x", "x_scale", "x_zero"}, {"x_q"});
    maker.node("DequantizeLinear", {"x_q", "x_scale", "x_zero"}, {"x_r"});
    maker.node("DequantizeLinear", {"w_q", "w_scale", "w_zero"}, {"w"}, {first});
    maker.node("DequantizeLinear", {"b_q", "b_scale"}, {"b"}, {first});
    maker.node("Conv", {"x_r", "w", "b"}, {"c"},
               {{"pads", pads}, {"strides", std::vector<std::int64_t>{stride, stride}}, {"group", groups}});
    std::string last = "c";
    if (clamp == "Relu") maker.node("Relu", {"c"}, {last = "r"});
    if (clamp == "Clip") {
      maker.scalar("low", -1), maker.scalar("high", 6);
      maker.node("Clip", {"c", "low", "high"}, {last = "r"});
    }
    maker.node("QuantizeLinear", {last, "y_scale", "y_zero"}, {"y"});
    maker.output("y");
    PrepareOptions options;
    options.keep_quantized = true;
    return maker.prepared(options);
  }

  /// The output's levels as uint8 has them, from sums in whole numbers.
  std::vector<int> by_hand(const Tensor& x) const {
    const auto w = weights();
    const auto scale = weight_scale();
    const std::int64_t side_h = (kSize + pads[0] + pads[2] - kKernel) / stride + 1,
                       side_w = (kSize + pads[1] + pads[3] - kKernel) / stride + 1;
    std::vector<int> y;
    for (std::int64_t n = 0; n < 2; ++n)
      for (std::int64_t m = 0; m < kOut; ++m)
        for (std::int64_t i = 0; i < side_h; ++i)
          for (std::int64_t j = 0; j < side_w; ++j) {
            std::int64_t sum = bias()[static_cast<std::size_t>(m)];
            for (std::int64_t c = 0; c < kIn / groups; ++c)
              for (std::int64_t a = 0; a < kKernel; ++a)
                for (std::int64_t b = 0; b < kKernel; ++b) {
                  const std::int64_t r = i * stride + a - pads[0], s = j * stride + b - pads[1];
                  if (r < 0 || s < 0 || r >= kSize || s >= kSize) continue;
                  const std::int64_t from = m / (kOut / groups) * (kIn / groups) + c;
                  const float real = x.data<float>()[((n * kIn + from) * kSize + r) * kSize + s];
                  const int level =
                      std::clamp(static_cast<int>(std::nearbyint(real / kXScale)) + kXZero, 0, 255);
                  sum += (level - kXZero) *
                         w[static_cast<std::size_t>(((m * (kIn / groups) + c) * kKernel + a) * kKernel + b)];
                }
            const float factor = kXScale * scale[per_channel ? static_cast<std::size_t>(m) : 0] / kYScale;
            float level = std::nearbyint(static_cast<float>(sum) * factor) + kYZero;
            if (clamp == "Relu") level = std::max(level, static_cast<float>(kYZero));
            if (clamp == "Clip")
              level = std::clamp(level, std::nearbyint(-1 / kYScale) + kYZero,
                                 std::nearbyint(6 / kYScale) + kYZero);
            y.push_back(static_cast<int>(std::clamp(level, 0.0f, 255.0f)));
          }
    return y;
  }

  std::vector<int> levels_of(const Tensor& y) const {
    std::vector<int> levels;
    for (std::int64_t i = 0; i < y.elements(); ++i)
      levels.push_back(signed_y ? y.data<std::int8_t>()[i] + 128 : y.data<std::uint8_t>()[i]);
    return levels;
  }

 private:
  static void byte(Maker& maker, const std::string& name, bool is_signed, int value, bool many) {
    const std::vector<std::uint8_t> bytes(many ? kOut : 1, static_cast<std::uint8_t>(value));
    maker.constant(name, is_signed ? DType::i8 : DType::u8, many ? Shape{kOut} : Shape{}, bytes);
  }
};

Tensor photo() {
  std::mt19937 random(11);
  Tensor noise = Maker::random_tensor({2, Network::kIn, Network::kSize, Network::kSize}, random, 0.2f);
  std::vector<float> wide(noise.data<float>(), noise.data<float>() + noise.elements());
  for (float& v : wide) v *= 3;  // saturates some
  return Tensor::make(DType::f32, noise.shape, wide.data(), wide.size());
}

void expect_exact(const Network& network) {
  const Tensor x = photo();
  const Graph qdq = network.graph();
  Graph joined = qdq;
  EXPECT_EQ(join_quantization(joined), 1);
  EXPECT_EQ(broken_promise(joined), "");
  EXPECT_EQ(ops_of(joined),
            network.clamp.empty() ? "QuantizeLinear QLinearConv" : "QuantizeLinear QLinearConv Clip");
  const auto exact = network.by_hand(x);
  EXPECT_EQ(network.levels_of(testing::run(joined, {x})[0]), exact);
  // Through float32 the same but for values on the edge between two levels.
  const auto real = network.levels_of(testing::run(qdq, {x})[0]);
  int differ = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    EXPECT_LE(std::abs(real[i] - exact[i]), 1);
    differ += real[i] != exact[i];
  }
  EXPECT_LE(differ, static_cast<int>(exact.size() / 100));
  EXPECT_GT(*std::max_element(exact.begin(), exact.end()) - *std::min_element(exact.begin(), exact.end()),
            60);
}

TEST(Int8, ConvolutionsAreExactForEverySignedness) {
  for (const bool signed_x : {false, true})
    for (const bool signed_w : {false, true})
      for (const bool signed_y : {false, true})
        for (const char* clamp : {"", "Relu", "Clip"}) {
          Network network{signed_x, signed_w, signed_y};
          network.clamp = clamp;
          SCOPED_TRACE(::testing::Message() << signed_x << signed_w << signed_y << clamp);
          expect_exact(network);
        }
}

TEST(Int8, ConvolutionsAreExactWithOneScaleGroupsAndWeightZeroPoints) {
  Network network;
  network.per_channel = false;
  expect_exact(network);
  network.per_channel = true;
  network.w_shift = 9;
  expect_exact(network);
  network.signed_w = false;
  network.groups = 2;
  network.stride = 1;
  network.pads = {0, 1, 1, 2};
  expect_exact(network);
}

TEST(Int8, LeavesAConvolutionWhoseRealOutputIsUsed) {
  Graph graph = Network{}.graph();
  const Node& conv =
      *std::find_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& n) { return n.op == "Conv"; });
  graph.outputs.push_back(conv.outputs[0]);
  EXPECT_EQ(join_quantization(graph), 0);
}

/// x [3, 8] -> Q -> DQ -> product with an int8 matrix -> Q.
TEST(Int8, MatrixProductsAreExact) {
  for (const std::string op : {"MatMul", "Gemm"}) {
    SCOPED_TRACE(op);
    std::mt19937 random(17);
    std::vector<std::int8_t> w(8 * 5);
    for (auto& v : w) v = static_cast<std::int8_t>(random() % 256);
    const std::vector<float> scale = {0.01f, 0.02f, 0.005f, 0.013f, 0.03f};
    const std::vector<std::int32_t> bias = {7, -900, 0, 1000, 3};
    Maker maker;
    maker.input("x", {3, 8});
    maker.constant<std::uint8_t>("zero", DType::u8, {}, {128});
    maker.scalar("x_scale", 0.01f), maker.scalar("y_scale", 0.05f);
    maker.constant("w_q", DType::i8, {8, 5}, w);
    maker.floats("w_scale", {5}, scale);
    std::vector<float> unit = scale;
    for (float& u : unit) u *= 0.01f;
    maker.floats("b_scale", {5}, unit);
    maker.constant("b_q", DType::i32, {5}, bias);
    maker.node("QuantizeLinear", {"x", "x_scale", "zero"}, {"x_q"});
    maker.node("DequantizeLinear", {"x_q", "x_scale", "zero"}, {"x_r"});
    maker.node("DequantizeLinear", {"w_q", "w_scale"}, {"w"}, {{"axis", std::int64_t{1}}});
    maker.node("DequantizeLinear", {"b_q", "b_scale"}, {"b"}, {{"axis", std::int64_t{0}}});
    maker.node(
        op, op == "Gemm" ? std::vector<std::string>{"x_r", "w", "b"} : std::vector<std::string>{"x_r", "w"},
        {"p"});
    maker.node("QuantizeLinear", {"p", "y_scale", "zero"}, {"y"});
    maker.output("y");
    PrepareOptions options;
    options.keep_quantized = true;
    Graph graph = maker.prepared(options);
    ASSERT_EQ(join_quantization(graph), 1);
    const Tensor x = Maker::random_tensor({3, 8}, random, 0.1f);
    const Tensor y = testing::run(graph, {x})[0];
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 5; ++j) {
        std::int64_t sum = op == "Gemm" ? bias[j] : 0;
        for (std::size_t k = 0; k < 8; ++k) {
          const float real = x.data<float>()[i * 8 + k] / 0.01f;
          sum += std::clamp(static_cast<int>(std::nearbyint(real)), -128, 127) * w[k * 5 + j];
        }
        const float level = std::nearbyint(static_cast<float>(sum) * (0.01f * scale[j] / 0.05f)) + 128;
        EXPECT_EQ(y.data<std::uint8_t>()[i * 5 + j], static_cast<int>(std::clamp(level, 0.0f, 255.0f)))
            << i << " " << j;
      }
  }
}

TEST(Int8, AveragesAreExact) {
  for (const std::string op : {"AveragePool", "GlobalAveragePool"}) {
    Maker maker;
    maker.input("x", {1, 3, 4, 4});
    maker.constant<std::uint8_t>("zero", DType::u8, {}, {50});
    maker.scalar("x_scale", 0.01f), maker.scalar("y_scale", 0.008f);
    maker.node("QuantizeLinear", {"x", "x_scale", "zero"}, {"x_q"});
    maker.node("DequantizeLinear", {"x_q", "x_scale", "zero"}, {"x_r"});
    std::vector<NamedAttribute> window;
    if (op == "AveragePool") window = {{"kernel_shape", std::vector<std::int64_t>{4, 4}}};
    maker.node(op, {"x_r"}, {"a"}, window);
    maker.node("QuantizeLinear", {"a", "y_scale", "zero"}, {"y"});
    maker.output("y");
    Graph graph = maker.prepared();
    ASSERT_EQ(join_quantization(graph), 1);
    std::mt19937 random(2);
    const Tensor x = Maker::random_tensor({1, 3, 4, 4}, random, 0.3f);
    const Tensor y = testing::run(graph, {x})[0];
    for (std::size_t c = 0; c < 3; ++c) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < 16; ++i)
        sum +=
            std::clamp(static_cast<int>(std::nearbyint(x.data<float>()[c * 16 + i] / 0.01f)) + 50, 0, 255) -
            50;
      const float level = std::nearbyint(static_cast<float>(sum) * 0.01f / 16 / 0.008f) + 50;
      EXPECT_EQ(y.data<std::uint8_t>()[c], static_cast<int>(std::clamp(level, 0.0f, 255.0f)));
    }
  }
}

}  // namespace
}  // namespace bondline::inference
