// ONNX operators one by one, portable and slow: what each makes of its inputs' types, and how it is run on
// plain row-major tensors (https://onnx.ai/onnx/operators, tolerances and corner cases as ONNX Runtime has
// them). The passes fold constants with them, the compiler uses any of them as a generic step, and fast
// kernels are compared with them. Control flow and sequences are not here: evaluate.h runs those.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line/inference/graph/graph.h"

namespace bondline::inference {

inline constexpr std::size_t kMaxRank = 12;  ///< tensors of a higher rank are refused by infer

/// A tensor in memory of the caller. dtype undefined: an optional input or output that is left out. For
/// DType::string data points at std::string objects.
struct OpTensor {
  DType dtype = DType::undefined;
  std::span<const std::int64_t> shape;  ///< no unknown dimension
  void* data = nullptr;                 ///< inputs are not written; not null unless the tensor is empty

  bool present() const { return dtype != DType::undefined; }
  std::int64_t elements() const {
    std::int64_t product = 1;
    for (const std::int64_t size : shape) product *= size;
    return product;
  }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

/// One run. in and out have as many entries as the node lists; out has the types infer() gave for these
/// inputs. Inputs and outputs do not overlap. scratch is aligned to 64 bytes and not initialised.
struct OpCall {
  const Node& node;
  std::int64_t opset;  ///< of the node's domain
  std::span<const OpTensor> in;
  std::span<const OpTensor> out;
  std::span<std::byte> scratch;
};

/// What is known of a value before anything runs.
struct ValueType {
  DType dtype = DType::undefined;  ///< undefined: left out
  Shape shape;                     ///< always fully known
  const Tensor* constant = nullptr;

  bool present() const { return dtype != DType::undefined; }
};

/// Types of the outputs (one per node output, left-out ones undefined) from those of the inputs; false with
/// *problem in words ("kernel_shape has 3 entries for 2 spatial dimensions", "needs input 1 (shape) to be a
/// constant"). When every input comes with its constant, it fails only for wrong or unsupported nodes, also
/// where the output's shape depends on data. Never throws on any input; bounded by the sizes it is told.
struct InferCall {
  const Node& node;
  std::int64_t opset;
  std::span<const ValueType> in;
};
using OpInfer = bool (*)(const InferCall& call, std::vector<ValueType>* out, std::string* problem);

/// Runs on what infer() accepted. false with *problem only for what data alone can break (an index out of
/// range, an integer division by zero). Allocates nothing when OpInfo::compilable.
using OpRun = bool (*)(const OpCall& call, std::string* problem);

/// Bytes of scratch that run() needs for tensors of these types (data pointers are ignored).
using OpScratch = std::size_t (*)(const Node& node, std::int64_t opset, std::span<const OpTensor> in,
                                  std::span<const OpTensor> out);

/// One operator over a range of its domain's versions.
struct OpInfo {
  std::string_view domain, op;
  int since, until;  ///< versions of the domain's operator set, both included
  OpInfer infer;
  OpRun run;
  OpScratch scratch = nullptr;  ///< null: none
  /// False: allocates in run (strings, sorting of unknown size) or draws random numbers, so it is only folded
  /// or evaluated, never a step of a compiled model.
  bool compilable = true;
};

/// Domains: "" is ai.onnx; also "com.microsoft" and "ai.onnx.preview.training".
inline constexpr std::string_view kMicrosoft = "com.microsoft";

/// Null when the operator or this version of it is not supported.
const OpInfo* find_op(std::string_view domain, std::string_view op, std::int64_t opset);

/// Every operator, sorted by domain, name and version: for tables and tests.
std::vector<OpInfo> all_ops();

/// Largest version of each domain's operator set that this build knows.
inline constexpr std::int64_t kNewestOpset = 21;
inline constexpr std::int64_t kOldestOpset = 7;

// How a compiled step uses an operator: at compile time
//   const OpInfo* op = find_op(node.domain, node.op, graph.opset_of(node.domain));
//   op->infer(...) for the output types, op->scratch(...) for the scratch size
// and at run time op->run({node, opset, in, out, scratch}, &problem) with buffers of the memory plan.

}  // namespace bondline::inference
