// docs/onnx-coverage.md says what the tables of operators hold.
#include "coverage.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "line/inference/ops/support.h"

namespace bondline::inference {
namespace {

// "axis, keepdims" of "axis:i keepdims:i".
std::string names_of(std::string_view attributes) {
  std::string names;
  for (std::size_t at = 0; at < attributes.size();) {
    const std::size_t end = std::min(attributes.find(' ', at), attributes.size());
    names += (names.empty() ? "" : ", ") + std::string(attributes.substr(at, end - at - 2));
    at = end + 1;
  }
  return names;
}

std::string versions_of(int since, int until) {
  return std::to_string(std::max(since, static_cast<int>(kOldestOpset))) + "-" + std::to_string(until);
}

std::string page() {
  std::ostringstream text;
  text << "# ONNX coverage\n\n"
          "Files of opset 7 to 21 (IR version 3 on) are read; tensors may be external, sparse ones may not. "
          "Everything "
          "that is not listed\nhere is refused by the node's name, its operator, the attribute and the "
          "tensor to cut the "
          "model at; an attribute that an operator\ndoes not know is refused as well, and so is a value of "
          "an attribute "
          "that is not implemented. Nothing is approximated silently.\n\n"
          "This page is written from the tables of operators; a test compares it with them. To renew it:\n"
          "`BONDLINE_WRITE_DOCS=1 BINDIR/test_inference_ops --gtest_filter=Coverage.*`.\n\n"
          "Element types: float32, float64, float16, bfloat16, the integers of 8 to 64 bits, bool and, where "
          "it "
          "makes sense, string.\nRefused: complex numbers, float8, 4-bit integers, sequences and optionals "
          "as inputs of "
          "a compiled model, sparse tensors.\n\n"
          "## Operators\n"
          "*Folded* operators are only computed from constants (the shape of their output depends on data, "
          "or they make "
          "text); a compiled\nmodel has no step for them. All others can be steps.\n\n"
          "| operator | opsets | attributes | |\n|---|---|---|---|\n";
  int count = 0;
  std::map<std::string, std::string> microsoft;
  const auto all = all_ops();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const OpInfo& op = all[i];
    const std::string row =
        names_of(known_attributes(op.op)) + " | " + (op.compilable ? "" : "folded") + " |\n";
    if (op.domain == kMicrosoft) microsoft[std::string(op.op)] = row;
    if (!op.domain.empty() || op.until < kOldestOpset) continue;
    text << "| " << op.op << " | " << versions_of(op.since, op.until) << " | " << row;
    ++count;
  }
  text << "\n"
       << count
       << " rows. Control flow: If with a constant condition is replaced by its branch; Loop and Scan of "
          "constants are folded; those that depend\non data are evaluated by the reference evaluator (and "
          "SequenceMap, "
          "the Sequence and Optional operators) but refused by the compiler.\nFunctions in the file are "
          "inlined.\n\n"
          "## com.microsoft\nAs ONNX Runtime's quantizer and optimizer write them.\n\n"
          "| operator | attributes | |\n|---|---|---|\n";
  for (const auto& [op, row] : microsoft) text << "| " << op << " | " << row;
  text << "\n## ONNX's backend tests\nOf the 174 operators in the files of Debian's `libonnx-testdata` 1.12 "
          "(173 of them "
          "outside subgraphs) all but these pass at ONNX Runtime's\ntolerances (1e-3 relative, 1e-5 "
          "absolute; exact for "
          "integers):\n\n| operator | why not |\n|---|---|\n";
  for (const testing::Refused& refused : testing::kRefused)
    text << "| " << refused.op << " | " << refused.why << " |\n";
  text << "\n## Where implementations differ\n"
          "- Resize with align_corners and scales that give a fractional size follows ONNX's reference (the "
          "exact size), "
          "not ONNX Runtime (the whole one).\n"
          "- Resize and Upsample before opset 11 round up where they shrink, as ONNX Runtime does.\n"
          "- ConvTranspose with auto_pad and a kernel smaller than its stride is refused; so is RoiAlign of "
          "the maximum.\n"
          "- QLinearAdd, QLinearMul and QLinearAveragePool are their definition (dequantize, operate, "
          "quantize); ONNX "
          "Runtime rounds by other formulas\n  and differs by one level where a value lies between two.\n"
          "- LSTM clips the inputs of its gates, not the cell state, as ONNX Runtime does.\n";
  return text.str();
}

TEST(Coverage, PageSaysWhatTheTablesHold) {
  const char* const file = BONDLINE_SOURCE_DIR "/docs/onnx-coverage.md";
  if (std::getenv("BONDLINE_WRITE_DOCS")) std::ofstream(file) << page();
  std::ifstream in(file);
  ASSERT_TRUE(in.good()) << "docs/onnx-coverage.md is missing";
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), page());
}

TEST(Coverage, EveryAttributeTableIsOfAnOperator) {
  for (const OpInfo& op : all_ops()) {
    EXPECT_EQ(find_op(op.domain, op.op, op.since)->op, op.op);
    EXPECT_LE(op.until, op.domain.empty() ? kNewestOpset : 1) << op.op;
  }
  EXPECT_EQ(known_attributes("Conv"), "auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I");
  EXPECT_EQ(known_attributes("Relu"), "");
}

}  // namespace
}  // namespace bondline::inference
