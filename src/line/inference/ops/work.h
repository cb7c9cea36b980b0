// About how many operations a node takes: a bound against files made to take forever, not a cost model.
#pragma once
#include <span>

#include "line/inference/ops/ops.h"

namespace bondline::inference {

/// At least the elements read and written; for products, windows and the like the multiplications.
double work_of(const Node& node, std::span<const ValueType> in, std::span<const ValueType> out);

}  // namespace bondline::inference
