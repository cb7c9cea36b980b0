// What every part of the reader carries: the options, where messages go, and whether the file is already
// lost.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "line/inference/onnx/read.h"
#include "line/inference/onnx/wire.h"

namespace bondline::inference {

struct ReadContext {
  const ReadOptions& options;
  base::Diagnostics& diagnostics;
  std::size_t errors = 0;
  std::size_t values = 0, nodes = 0;  ///< made so far in all graphs, against kMostNodes
  std::uint64_t external_bytes = 0;   ///< read so far from other files
  std::uint64_t external_copied = 0;  ///< given to tensors so far from other files
  std::map<std::string, std::shared_ptr<const std::string>> external_files;

  /// Records an error; always false, so that callers can return it. Beyond 20 errors only the count grows.
  bool fail(std::size_t offset, std::string what, std::string mend = "") {
    if (errors++ < 20)
      diagnostics.error({options.file, 0, 0}, "at byte " + std::to_string(offset) + ": " + std::move(what),
                        std::move(mend));
    return false;
  }
  void warn(std::size_t offset, std::string what, std::string mend = "") {
    diagnostics.warning({options.file, 0, 0}, "at byte " + std::to_string(offset) + ": " + std::move(what),
                        std::move(mend));
  }
  /// Fails when the message stopped before its end.
  bool whole(const Message& message, const char* kind) {
    if (message.problem() == nullptr) return true;
    return fail(message.offset(), std::string(kind) + " is damaged: " + message.problem(),
                "the file is truncated or not ONNX; download or export it again");
  }
  /// Fails when a field has not the wire type its message's definition gives it.
  bool typed(const Field& field, WireType type, const char* kind) {
    if (field.type == type) return true;
    return fail(field.offset,
                std::string(kind) + " has a field (number " + std::to_string(field.number) +
                    ") of the wrong wire type",
                "the file is damaged or not ONNX");
  }
};

inline constexpr std::size_t kMostNodes = 1'000'000;  ///< of a whole model, functions inlined
inline constexpr int kDeepestNesting = 16;            ///< subgraphs in subgraphs, sequences of sequences

}  // namespace bondline::inference
