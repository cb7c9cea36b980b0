// ONNX files (https://github.com/onnx/onnx/blob/main/docs/IR.md) read from their protobuf wire format by
// hand: no generated code, no protobuf library. Nothing in the file is trusted: every length is checked
// against what is left, nesting is bounded, memory is bounded by a small multiple of the file's size, and no
// exception leaves these functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/diagnostic.h"
#include "base/file.h"
#include "line/inference/graph/graph.h"

namespace bondline::inference {

struct ReadOptions {
  std::string file = "model.onnx";  ///< for messages
  base::Files* files = nullptr;     ///< for external data; null: a model with external data is refused
  std::string folder = ".";         ///< external data must lie in it
  std::int64_t oldest_opset = 7;    ///< of ai.onnx; older files are refused
  std::uint64_t max_external_bytes = std::uint64_t{4} << 30;  ///< of all external files together
};

/// The model, or nullopt with errors that name the node or tensor and the byte offset. Warnings (NaN weights,
/// unknown fields of the format's future, nodes out of order) may come with a graph as well. Functions of the
/// model are inlined; initializers listed as inputs are constants.
std::optional<Graph> read_onnx(std::span<const std::byte> bytes, const ReadOptions& options,
                               base::Diagnostics& diagnostics);

/// The same from a file; external data is looked for in its folder.
std::optional<Graph> read_onnx_file(const std::string& path, base::Files& files,
                                    base::Diagnostics& diagnostics);

/// A single TensorProto, as test data sets hold them.
std::optional<Tensor> read_tensor_proto(std::span<const std::byte> bytes, const ReadOptions& options,
                                        base::Diagnostics& diagnostics);

}  // namespace bondline::inference
