// ONNX's own backend tests, as Debian's libonnx-testdata has them: model.onnx and folders test_data_set_N
// with inputs and expected outputs as TensorProto, SequenceProto or OptionalProto files.
#pragma once
#include <functional>
#include <optional>
#include <span>
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

struct Answer {
  std::vector<RuntimeValue> outputs;
  std::string why;  ///< empty: outputs are there
  bool refused = false;
};

/// How a file is run. bind: all inputs but the first become constants, as exporters write shapes and weights.
struct Way {
  bool bind = false;
  std::function<Answer(const Graph&, std::span<const RuntimeValue>)> run;
};

/// By the evaluator: as it was read, prepared (prepare.h), or also simplified (simplify.h).
enum class Route { read, prepared, simplified };
Way way_of(Route route);

/// Runs one test folder, whatever its opset.
CaseResult run_case(const std::string& folder, const Way& way);

/// Empty when `got` equals `wanted` within |got - wanted| <= absolute + relative |wanted| (NaN equals NaN);
/// whole numbers must be equal.
std::string difference(const Tensor& got, const Tensor& wanted, double relative, double absolute);

std::string slurp(const std::string& path);

}  // namespace bondline::inference::testing
