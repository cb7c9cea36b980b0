// Windows of signal processing: HannWindow, HammingWindow, BlackmanWindow.
#include <cmath>
#include <numbers>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

bool infer_window(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> size;
  if (!check_inputs(call, 1, 1, problem) || !constant_ints(call, 0, "size", &size, problem)) return false;
  if (size.size() != 1 || size[0] < 0 || size[0] > (std::int64_t{1} << 31))
    return fail(problem, "size must be one positive number");
  if (call.node.integer("output_datatype", 1) != 1)
    return fail(problem, "attribute output_datatype is not supported");
  return give(out, 0, DType::f32, {size[0]});
}

// a0 - a1 cos(2 pi k / n) + a2 cos(4 pi k / n), with n the size of a periodic window and one less else.
bool run_window(const OpCall& call, std::string*) {
  const bool hann = call.node.op == "HannWindow", hamming = call.node.op == "HammingWindow";
  // Hamming's optimal pair as ONNX has it (25/46), Blackman's "not very serious proposal" (1958).
  const double a0 = hann      ? 0.5
                    : hamming ? 25.0 / 46
                              : 0.42,
               a1 = hann      ? 0.5
                    : hamming ? 21.0 / 46
                              : 0.5,
               a2 = hann || hamming ? 0 : 0.08;
  const std::int64_t size = call.out[0].shape[0];
  const double n = static_cast<double>(call.node.integer("periodic", 1) != 0 ? size : size - 1);
  for (std::int64_t k = 0; k < size; ++k) {
    const double angle = n > 0 ? 2 * std::numbers::pi * static_cast<double>(k) / n : std::numbers::pi;
    call.out[0].as<float>()[k] = static_cast<float>(a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle));
  }
  return true;
}

constexpr OpInfo kOps[] = {{"", "HannWindow", 17, 21, infer_window, run_window},
                           {"", "HammingWindow", 17, 21, infer_window, run_window},
                           {"", "BlackmanWindow", 17, 21, infer_window, run_window}};

}  // namespace

std::span<const OpInfo> signal_ops() {
  return kOps;
}

}  // namespace bondline::inference
