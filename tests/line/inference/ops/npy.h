// The float32 NPY files of reference outputs
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#pragma once
#include <optional>
#include <string>

#include "line/inference/graph/graph.h"

namespace bondline::inference::testing {

/// nullopt: no such file, or not row-major float32.
std::optional<Tensor> read_npy(const std::string& path);

}  // namespace bondline::inference::testing
