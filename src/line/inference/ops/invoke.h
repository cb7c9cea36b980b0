// One node run on tensors that own their memory: shared by the evaluator and by constant folding.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "line/inference/ops/ops.h"

namespace bondline::inference {

/// Types of the node's outputs; false with *problem when the operator is unknown, takes a tensor of a rank
/// over kMaxRank, or says no. Outputs with an unreasonable number of elements are refused too.
bool infer_node(const Node& node, std::int64_t opset, std::span<const ValueType> in,
                std::vector<ValueType>* out, std::string* problem);

/// What one run may cost; work is taken off as it is spent.
struct Budget {
  std::size_t bytes = 0;   ///< of all outputs together, and of the scratch
  double* work = nullptr;  ///< operations (work.h) left; null: without limit
};

/// Runs the node on constant inputs (null: left out); refused when it would cost more than the budget.
bool invoke(const Node& node, std::int64_t opset, std::span<const Tensor* const> in, const Budget& budget,
            std::vector<Tensor>* out, std::string* problem);

/// The tensor seen as an operator's argument; writing through it is for its maker only.
OpTensor view_of(const Tensor& tensor);

}  // namespace bondline::inference
