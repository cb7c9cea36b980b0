#include "line/inference/artefact/plan.h"

#include <array>

namespace bondline::inference {

std::string_view name_of(StepKind kind) {
  constexpr std::array<std::string_view, kStepKinds> kNames = {
      "conv_int8",      "conv_f32", "conv_pair_int8", "pool",   "elementwise", "unary",
      "convert",        "resize",   "softmax",        "dfl",    "arg_max",     "layer_norm",
      "conv_transpose", "copy",     "lookup",         "generic"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::uint64_t Port::bytes() const {
  return static_cast<std::uint64_t>(elements_of(shape)) * size_of(dtype);
}

}  // namespace bondline::inference
