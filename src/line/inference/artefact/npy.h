// NumPy's .npy files (numpy.lib.format, versions 1.0 to 3.0): how tensors come in and go out on the command
// line. Little-endian numbers and booleans in C order; nothing in the file is trusted.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/graph/graph.h"

namespace bondline::inference {

/// nullopt with an error that says what is wrong where.
std::optional<Tensor> read_npy(std::span<const std::byte> bytes, const std::string& file,
                               base::Diagnostics& diagnostics);

/// Version 1.0. bfloat16, which NumPy does not have, is written as uint16.
std::vector<std::byte> write_npy(DType dtype, const Shape& shape, std::span<const std::byte> data);

}  // namespace bondline::inference
