// What the reader says of bad files: one error that names the place, never a crash, never a graph.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "encode.h"
#include "line/inference/graph/check.h"
#include "line/inference/onnx/read.h"

namespace bondline::inference {
namespace {

using namespace testing;  // NOLINT: the encoder

void expect_refused(const std::string& file, const std::string& why, ReadOptions options = {}) {
  base::Diagnostics diagnostics;
  const auto graph = read_onnx(std::as_bytes(std::span(file)), options, diagnostics);
  EXPECT_FALSE(graph.has_value()) << why;
  std::string all;
  for (const auto& message : diagnostics.all()) all += base::to_text(message) + "\n";
  EXPECT_TRUE(diagnostics.has_errors()) << why;
  EXPECT_NE(all.find(why), std::string::npos) << "expected \"" << why << "\" in:\n" << all;
}

std::string with_initializer(const std::string& bytes_of_tensor) {
  return model(relu_graph(bytes(5, bytes_of_tensor)));
}

TEST(OnnxRefusals, TruncatedFilesAtEveryByte) {
  const std::string whole = with_initializer(tensor("w", 1, {2}, raw({1, 2})));
  int refused = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    base::Diagnostics diagnostics;
    const std::string part = whole.substr(0, length);
    const auto graph = read_onnx(std::as_bytes(std::span(part)), {}, diagnostics);
    EXPECT_EQ(graph.has_value(), !diagnostics.has_errors()) << length;
    refused += !graph;
  }
  EXPECT_EQ(refused, static_cast<int>(whole.size()));
}

TEST(OnnxRefusals, FlippedBitsNeverBreakAPromise) {
  const std::string whole = with_initializer(tensor("w", 1, {2}, raw({1, 2})));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    base::Diagnostics diagnostics;
    const auto graph = read_onnx(std::as_bytes(std::span(flipped)), {}, diagnostics);
    EXPECT_EQ(graph.has_value(), !diagnostics.has_errors()) << bit;
    if (graph) {
      EXPECT_EQ(broken_promise(*graph), "");
    }
  }
}

TEST(OnnxRefusals, VarintsWithoutEnd) {
  expect_refused(std::string(12, '\xff'), "varint");
  expect_refused(std::string("\x08", 1) + std::string(11, '\xff'), "varint");
}

TEST(OnnxRefusals, Cycles) {
  expect_refused(
      model(bytes(1, node("Add", {"x", "b"}, {"a"}, "", "first")) + bytes(1, node("Neg", {"a"}, {"b"})) +
            bytes(11, value_info("x", 1, {2})) + bytes(12, value_info("b", 1, {2}))),
      "depends on its own output");
  expect_refused(model(bytes(1, node("Neg", {"y"}, {"y"}, "", "self")) + bytes(12, value_info("y", 1, {2}))),
                 "node \"self\" (Neg) depends on its own output");
}

TEST(OnnxRefusals, NamesMadeTwiceOrByNobody) {
  expect_refused(model(relu_graph(bytes(1, node("Neg", {"x"}, {"y"}, "", "again")))),
                 "node \"again\" (Neg) makes \"y\"");
  expect_refused(model(relu_graph(bytes(1, node("Neg", {"ghost"}, {"z"}, "", "n")))),
                 "uses \"ghost\", which nobody");
  expect_refused(model(relu_graph(bytes(12, value_info("lost", 1, {2})))), "output \"lost\"");
  expect_refused(model(relu_graph(bytes(11, value_info("x", 1, {2})))), "input \"x\" is listed twice");
  expect_refused(
      model(relu_graph(bytes(5, tensor("w", 1, {1}, raw({1}))) + bytes(5, tensor("w", 1, {1}, raw({1}))))),
      "initializer \"w\"");
}

TEST(OnnxRefusals, ShapesThatDisagreeWithTheirData) {
  expect_refused(with_initializer(tensor("w", 1, {3}, raw({1, 2}))), "8 bytes of data instead of 3 x 4");
  expect_refused(with_initializer(tensor("w", 1, {3}, real(4, 1))), "1 elements in the file instead of 3");
  expect_refused(with_initializer(tensor("w", 1, {-1}, raw({1}))), "negative dimension -1");
  expect_refused(with_initializer(tensor("w", 1, {std::int64_t{1} << 40, std::int64_t{1} << 40}, raw({1}))),
                 "tensor \"w\"");
  expect_refused(with_initializer(tensor("w", 7, {std::int64_t{1} << 40}, number(7, 1))), "fewer elements");
  expect_refused(
      model(relu_graph(bytes(5, tensor("w", 1, {2}, raw({1, 2}))) + bytes(11, value_info("w", 1, {3})))),
      "its declaration as an input says float32 [3]");
}

TEST(OnnxRefusals, ElementTypesByName) {
  expect_refused(with_initializer(tensor("w", 14, {1}, "")), "element type COMPLEX64");
  expect_refused(with_initializer(tensor("w", 22, {1}, "")), "element type INT4");
  expect_refused(with_initializer(tensor("w", 99, {1}, "")), "element type type 99");
  expect_refused(model(relu_graph(bytes(15, ""))), "sparse initializer");
}

TEST(OnnxRefusals, VersionsItDoesNotKnow) {
  expect_refused(model(relu_graph(), 6), "operator set 6");
  expect_refused(model(relu_graph(), 22), "operator set 22");
  expect_refused(model(relu_graph(), 13, 2), "IR version 2");
  expect_refused(number(1, 7) + bytes(7, relu_graph()), "names no operator set");
  expect_refused(model(relu_graph(bytes(1, node("Foo", {"x"}, {"z"}, bytes(7, "acme"))))), "domain \"acme\"");
}

TEST(OnnxRefusals, SubgraphsNestedWithoutEnd) {
  std::string inner = relu_graph();
  for (int i = 0; i < 200; ++i)
    inner = bytes(1, node("If", {"x"}, {"y"}, attribute("then_branch", bytes(6, inner) + number(20, 5))));
  expect_refused(model(inner), "nested more than 16 deep");
}

TEST(OnnxRefusals, FunctionsThatCallThemselvesOrExplode) {
  const auto function = [](const std::string& name, const std::string& callee, int calls) {
    std::string body;
    std::string from = "a";
    for (int i = 0; i < calls; ++i) {
      const std::string to = i + 1 == calls ? "b" : "t" + std::to_string(i);
      body += bytes(7, node(callee, {from}, {to}, bytes(7, "l")));
      from = to;
    }
    return bytes(25, bytes(1, name) + bytes(10, "l") + bytes(4, "a") + bytes(5, "b") + body);
  };
  const std::string import_l = bytes(8, bytes(1, "l") + number(2, 1));
  const std::string graph_bytes = bytes(1, node("F0", {"x"}, {"y"}, bytes(7, "l"))) +
                                  bytes(11, value_info("x", 1, {2})) + bytes(12, value_info("y", 1, {2}));
  expect_refused(model(graph_bytes, 15, 8, import_l + function("F0", "F0", 1)), "more than 16 deep");
  std::string bomb;
  for (int i = 0; i < 12; ++i) bomb += function("F" + std::to_string(i), "F" + std::to_string(i + 1), 10);
  expect_refused(model(graph_bytes, 15, 8, import_l + bomb), "hundred thousand nodes");
}

std::string external_model(const std::string& location, const std::string& offset,
                           const std::string& length) {
  std::string place = bytes(13, bytes(1, "location") + bytes(2, location));
  if (!offset.empty()) place += bytes(13, bytes(1, "offset") + bytes(2, offset));
  if (!length.empty()) place += bytes(13, bytes(1, "length") + bytes(2, length));
  return with_initializer(tensor("w", 1, {2}, place + number(14, 1)));
}

TEST(OnnxRefusals, ExternalDataOutsideTheFolderOrTheFile) {
  base::MemoryFiles files;
  ASSERT_EQ(files.write_atomic("m/w.bin", "0123456789"), "");
  ReadOptions options;
  options.files = &files;
  options.folder = "m";
  for (const char* location : {"../w.bin", "/etc/passwd", "a/../../w.bin", "", "..", "C:\\w.bin"})
    expect_refused(external_model(location, "", ""), "does not lie in the model's folder", options);
  expect_refused(external_model("w.bin", "4", "8"), "beyond the end", options);
  expect_refused(external_model("w.bin", "18446744073709551615", "8"), "beyond the end", options);
  expect_refused(external_model("w.bin", "-1", "8"), "is not a number", options);
  expect_refused(external_model("w.bin", "0", "4"), "4 bytes where shape and type need 8", options);
  expect_refused(external_model("none.bin", "", ""), "cannot be read", options);
  expect_refused(external_model("w.bin", "", ""), "in another file");
}

TEST(OnnxRefusals, ExternalDataBehindALinkThatLeavesTheFolder) {
  const auto top = std::filesystem::temp_directory_path() / ("bondline_onnx_" + std::to_string(::getpid()));
  std::filesystem::create_directories(top / "m");
  std::ofstream(top / "secret.bin") << "01234567";
  std::filesystem::create_symlink("../secret.bin", top / "m" / "w.bin");
  ReadOptions options;
  options.files = &base::disk();
  options.folder = (top / "m").string();
  expect_refused(external_model("w.bin", "", ""), "does not lie in the model's folder", options);
  std::filesystem::remove_all(top);
}

TEST(OnnxRefusals, ExternalDataInAPipeIsNotWaitedFor) {
  const auto top = std::filesystem::temp_directory_path() / ("bondline_pipe_" + std::to_string(::getpid()));
  std::filesystem::create_directories(top);
  ASSERT_EQ(::mkfifo((top / "w.bin").c_str(), 0600), 0);
  ReadOptions options;
  options.files = &base::disk();
  options.folder = top.string();
  expect_refused(external_model("w.bin", "", ""), "is a pipe or a device", options);
  std::filesystem::remove_all(top);
}

TEST(OnnxRefusals, ModelsOfOtherKindsAreCalledByTheirName) {
  expect_refused(std::string("\x1c\0\0\0TFL3\x14\0\x20\0", 12), "TensorFlow Lite");
  expect_refused(std::string("\x89"
                             "BLM\r\n\x1a\n",
                             8),
                 "compiled already");
}

TEST(OnnxRefusals, FilesThatAreNotModels) {
  expect_refused("", "no graph");
  expect_refused("this is a text, not a model", "at byte");
  base::Diagnostics diagnostics;
  EXPECT_FALSE(read_onnx_file("/nonexistent/m.onnx", base::disk(), diagnostics).has_value());
  EXPECT_TRUE(diagnostics.has_errors());
}

TEST(OnnxRefusals, FilesOverTwoGibibytes) {
  // A sparse file: no disk is used, and the reader must refuse before it reads.
  const auto path =
      std::filesystem::temp_directory_path() / ("bondline_huge_" + std::to_string(::getpid()) + ".onnx");
  std::ofstream(path).put('\x08');
  std::filesystem::resize_file(path, (std::uintmax_t{1} << 31) + 10);
  base::Diagnostics diagnostics;
  EXPECT_FALSE(read_onnx_file(path.string(), base::disk(), diagnostics).has_value());
  std::filesystem::remove(path);
  ASSERT_TRUE(diagnostics.has_errors());
  EXPECT_NE(base::to_text(diagnostics.all()[0]).find("external data"), std::string::npos);
}

}  // namespace
}  // namespace bondline::inference
