// What the reader makes of good files.
#include "line/inference/onnx/read.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "encode.h"
#include "line/inference/graph/check.h"

namespace bondline::inference {
namespace {

using namespace testing;  // NOLINT: the encoder

std::optional<Graph> read(const std::string& file, base::Diagnostics* diagnostics, ReadOptions options = {}) {
  return read_onnx(std::as_bytes(std::span(file)), options, *diagnostics);
}

Graph read_well(const std::string& file, ReadOptions options = {}) {
  base::Diagnostics diagnostics;
  auto graph = read(file, &diagnostics, options);
  for (const auto& message : diagnostics.all()) ADD_FAILURE() << base::to_text(message);
  EXPECT_TRUE(graph.has_value());
  return graph ? std::move(*graph) : Graph{};
}

TEST(OnnxReader, ReadsOneNode) {
  const Graph graph = read_well(model(relu_graph()));
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.nodes[0].op, "Relu");
  EXPECT_EQ(graph.nodes[0].name, "Relu_0");
  EXPECT_GT(graph.nodes[0].byte_offset, 0u);
  ASSERT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
  EXPECT_EQ(graph.value(graph.inputs[0]).shape, Shape({2}));
  EXPECT_EQ(graph.value(graph.outputs[0]).producer, 0);
  EXPECT_EQ(graph.opset, 13);
}

TEST(OnnxReader, TakesInitializersOutOfTheInputs) {
  const std::string graph_bytes = bytes(1, node("Add", {"x", "w"}, {"y"})) +
                                  bytes(11, value_info("x", 1, {2})) + bytes(11, value_info("w", 1, {2})) +
                                  bytes(12, value_info("y", 1, {2})) +
                                  bytes(5, tensor("w", 1, {2}, raw({3, 4})));
  const Graph graph = read_well(model(graph_bytes, 7, 3));
  ASSERT_EQ(graph.inputs.size(), 1u);
  const Value& w = graph.value(graph.nodes[0].inputs[1]);
  ASSERT_TRUE(w.constant.has_value());
  EXPECT_EQ(w.constant->data<float>()[1], 4);
}

TEST(OnnxReader, SortsNodesThatStandInTheWrongOrder) {
  const std::string graph_bytes = bytes(1, node("Neg", {"a"}, {"y"})) + bytes(1, node("Relu", {"x"}, {"a"})) +
                                  bytes(11, value_info("x", 1, {2})) + bytes(12, value_info("y", 1, {2}));
  const Graph graph = read_well(model(graph_bytes));
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].op, "Relu");
  EXPECT_EQ(broken_promise(graph), "");
}

TEST(OnnxReader, ReadsEveryElementTypeRawAndTyped) {
  struct Case {
    int type;
    DType dtype;
    std::string data;
    double second;
  };
  const auto packed = [](std::uint32_t field, const std::vector<std::uint64_t>& values) {
    std::string all;
    for (const auto value : values) all += varint(value);
    return bytes(field, all);
  };
  const double two = 2;
  const std::string doubles(reinterpret_cast<const char*>(&two), 8);
  const std::vector<Case> cases = {
      {1, DType::f32, real(4, 1) + real(4, 2), 2},
      {1, DType::f32, raw({1, 2}), 2},
      {2, DType::u8, packed(5, {1, 255}), 255},
      {3, DType::i8, packed(5, {1, static_cast<std::uint64_t>(-5)}), -5},
      {4, DType::u16, packed(5, {1, 65535}), 65535},
      {5, DType::i16, packed(5, {1, static_cast<std::uint64_t>(-300)}), -300},
      {6, DType::i32, number(5, 1) + number(5, static_cast<std::uint64_t>(-7)), -7},
      {7, DType::i64, packed(7, {1, static_cast<std::uint64_t>(-9)}), -9},
      {9, DType::boolean, packed(5, {0, 1}), 1},
      {11, DType::f64, bytes(10, doubles + doubles), 2},
      {12, DType::u32, packed(11, {1, 4000000000}), 4e9},
      {13, DType::u64, packed(11, {1, 5}), 5}};
  for (const Case& c : cases) {
    base::Diagnostics diagnostics;
    const std::string file = tensor("t", c.type, {2}, c.data);
    const auto result = read_tensor_proto(std::as_bytes(std::span(file)), {}, diagnostics);
    ASSERT_TRUE(result.has_value()) << name_of(c.dtype);
    EXPECT_EQ(result->dtype, c.dtype);
    double second = 0;
    switch (c.dtype) {
      case DType::f32:
        second = result->data<float>()[1];
        break;
      case DType::f64:
        second = result->data<double>()[1];
        break;
      case DType::u8:
      case DType::boolean:
        second = result->data<std::uint8_t>()[1];
        break;
      case DType::i8:
        second = result->data<std::int8_t>()[1];
        break;
      case DType::u16:
        second = result->data<std::uint16_t>()[1];
        break;
      case DType::i16:
        second = result->data<std::int16_t>()[1];
        break;
      case DType::i32:
        second = result->data<std::int32_t>()[1];
        break;
      case DType::u32:
        second = result->data<std::uint32_t>()[1];
        break;
      case DType::i64:
        second = static_cast<double>(result->data<std::int64_t>()[1]);
        break;
      default:
        second = static_cast<double>(result->data<std::uint64_t>()[1]);
        break;
    }
    EXPECT_EQ(second, c.second) << name_of(c.dtype);
  }
}

TEST(OnnxReader, ReadsHalfPrecisionAsBits) {
  base::Diagnostics diagnostics;
  for (const int type : {10, 16}) {
    const std::string file = tensor("t", type, {2}, bytes(5, varint(0x3c00) + varint(0x3f80)));
    const auto result = read_tensor_proto(std::as_bytes(std::span(file)), {}, diagnostics);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->data<std::uint16_t>()[1], 0x3f80);
  }
}

TEST(OnnxReader, ReadsExternalDataFromTheModelsFolder) {
  base::MemoryFiles files;
  const float values[3] = {1, 2, 3};
  ASSERT_EQ(files.write_atomic("m/w.bin", std::string_view(reinterpret_cast<const char*>(values), 12)), "");
  const std::string external = bytes(13, bytes(1, "location") + bytes(2, "w.bin")) +
                               bytes(13, bytes(1, "offset") + bytes(2, "4")) +
                               bytes(13, bytes(1, "length") + bytes(2, "8")) + number(14, 1);
  const std::string graph_bytes = bytes(1, node("Add", {"x", "w"}, {"y"})) +
                                  bytes(11, value_info("x", 1, {2})) + bytes(12, value_info("y", 1, {2})) +
                                  bytes(5, tensor("w", 1, {2}, external));
  ASSERT_EQ(files.write_atomic("m/a.onnx", model(graph_bytes)), "");
  base::Diagnostics diagnostics;
  const auto graph = read_onnx_file("m/a.onnx", files, diagnostics);
  ASSERT_TRUE(graph.has_value()) << base::to_text(diagnostics.all().at(0));
  EXPECT_EQ(graph->value(graph->nodes[0].inputs[1]).constant->data<float>()[1], 3);
}

TEST(OnnxReader, InlinesFunctionsWithTheirAttributes) {
  // local.Leak(a) = LeakyRelu(a, alpha = @slope), called twice in a chain.
  const std::string body =
      node("LeakyRelu", {"a"}, {"b"}, attribute("alpha", bytes(21, "slope") + number(20, 1)));
  const std::string function =
      bytes(25, bytes(1, "Leak") + bytes(10, "local") + bytes(4, "a") + bytes(5, "b") + bytes(6, "slope") +
                    bytes(7, body) + bytes(9, number(2, 15)));
  const auto call = [](const std::string& in, const std::string& out, float slope) {
    return bytes(
        1, node("Leak", {in}, {out}, attribute("slope", real(2, slope) + number(20, 1)) + bytes(7, "local")));
  };
  const std::string graph_bytes = call("x", "m", 0.5f) + call("m", "y", 0.25f) +
                                  bytes(11, value_info("x", 1, {2})) + bytes(12, value_info("y", 1, {2}));
  const Graph graph =
      read_well(model(graph_bytes, 15, 8, function + bytes(8, bytes(1, "local") + number(2, 1))));
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].op, "LeakyRelu");
  EXPECT_EQ(graph.nodes[0].real("alpha", 0), 0.5f);
  EXPECT_EQ(graph.nodes[1].real("alpha", 0), 0.25f);
  EXPECT_EQ(graph.nodes[0].outputs[0], graph.nodes[1].inputs[0]);
}

TEST(OnnxReader, ListsWhatSubgraphsCapture) {
  const auto branch = [](const std::string& op) {
    return bytes(1, node(op, {"x"}, {"b"})) + bytes(2, op) + bytes(12, value_info("b", 1, {2}));
  };
  const std::string both = attribute("then_branch", bytes(6, branch("Neg")) + number(20, 5)) +
                           attribute("else_branch", bytes(6, branch("Abs")) + number(20, 5));
  const std::string graph_bytes = bytes(1, node("If", {"c"}, {"y"}, both)) +
                                  bytes(11, value_info("x", 1, {2})) + bytes(11, value_info("c", 9, {})) +
                                  bytes(12, value_info("y", 1, {2}));
  const Graph graph = read_well(model(graph_bytes));
  ASSERT_EQ(graph.nodes.size(), 1u);
  ASSERT_EQ(graph.nodes[0].captures.size(), 1u);
  EXPECT_EQ(graph.value(graph.nodes[0].captures[0]).name, "x");
  const auto* inner = std::get_if<std::shared_ptr<const Graph>>(graph.nodes[0].find("then_branch"));
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ((*inner)->value((*inner)->captured[0]).name, "x");
}

TEST(OnnxReader, WarnsOfNanWeightsByName) {
  const std::string graph_bytes = relu_graph(bytes(5, tensor("w", 1, {2}, raw({1, std::nanf("")}))));
  base::Diagnostics diagnostics;
  EXPECT_TRUE(read(model(graph_bytes), &diagnostics).has_value());
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].severity, base::Severity::warning);
  EXPECT_NE(diagnostics.all()[0].what.find("\"w\" holds 1 NaN"), std::string::npos);
}

TEST(OnnxReader, ReadsRealModels) {
  const char* set = std::getenv("BONDLINE_DATA");
  const std::string data = (set ? set : BONDLINE_SOURCE_DIR "/../shared/data") + std::string("/inference");
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no data folder at " << data;
  const std::vector<std::pair<std::string, std::size_t>> models = {
      {"mnist", 12}, {"ultraface_slim320", 0}, {"yunet_n_320", 0}, {"yolox_nano_416", 0}};
  for (const auto& [name, nodes] : models) {
    base::Diagnostics diagnostics;
    const auto graph = read_onnx_file(data + "/" + name + "/model.onnx", base::disk(), diagnostics);
    ASSERT_TRUE(graph.has_value()) << name << ": " << base::to_text(diagnostics.all().at(0));
    EXPECT_EQ(graph->inputs.size(), 1u) << name;
    EXPECT_EQ(broken_promise(*graph), "") << name;
    if (nodes != 0) {
      EXPECT_EQ(graph->nodes.size(), nodes) << name;
    }
  }
}

}  // namespace
}  // namespace bondline::inference
