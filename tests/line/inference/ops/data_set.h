// ONNX's own backend tests, as Debian's libonnx-testdata has them: model.onnx and folders test_data_set_N
// with inputs and expected outputs as TensorProto, SequenceProto or OptionalProto files.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "line/inference/ops/evaluate.h"

namespace bondline::inference::testing {

inline constexpr const char* kTestData = "/usr/share/libonnx-testdata/data";

enum class Outcome { passed, refused, failed };

struct CaseResult {
  Outcome outcome = Outcome::failed;
  std::string why;
  std::vector<std::string> ops;  ///< every operator in the model, "domain.op" when not ai.onnx
};

/// Runs one test folder with the evaluator. oldest_opset: files below are refused.
CaseResult run_case(const std::string& folder, std::int64_t oldest_opset);

/// Empty when `got` equals `wanted` within |got - wanted| <= absolute + relative |wanted| (NaN equals NaN).
std::string difference(const Tensor& got, const Tensor& wanted, double relative, double absolute);

std::string slurp(const std::string& path);

}  // namespace bondline::inference::testing
