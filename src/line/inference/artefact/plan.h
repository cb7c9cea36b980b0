// What the compiler hands to the runtime: steps in the order they run, each with a description (the bytes of
// a kernel's plain struct, or a node of the graph) and operands whose places in memory are fixed. Executing a
// plan needs no decision and no allocation.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "line/inference/graph/graph.h"

namespace bondline::inference {

/// What a step is. The meaning of its operands, in order, stands behind each; `?` marks those that may be
/// absent (Space::none).
enum class StepKind : std::uint8_t {
  conv_int8,       ///< in, packed, out, residual?, table?
  conv_f32,        ///< in, packed, out, residual?
  conv_pair_int8,  ///< in, first packed, second packed, out, first table?, second table?, second residual?
  pool,            ///< in, out
  elementwise,     ///< a, b, out
  unary,           ///< in, out, table?
  convert,         ///< in, out
  resize,          ///< in, out, lower table, upper table?, weight table?
  softmax,         ///< in, out
  dfl,             ///< in, out
  arg_max,         ///< in, out
  layer_norm,      ///< in, out, gamma?, beta?
  conv_transpose,  ///< in, weights, out, bias?
  copy,            ///< in, out: bytes as they are
  lookup,          ///< in (u8), table of 256 f32, out (f32)
  generic,         ///< the node's inputs, then its outputs
};
inline constexpr int kStepKinds = 16;
/// "conv_int8", ...
std::string_view name_of(StepKind kind);

/// Which memory an operand lies in.
enum class Space : std::uint8_t {
  none,     ///< left out
  arena,    ///< the stream's own memory
  weights,  ///< the artefact's constants, shared and read-only
  input,    ///< the caller's buffer for input `index`
  output,   ///< the caller's buffer for output `index`
};

/// One operand: `bytes` bytes from `offset` are all that the step touches.
struct Operand {
  Space space = Space::none;
  std::uint32_t index = 0;
  std::uint64_t offset = 0, bytes = 0;
  DType dtype = DType::undefined;  ///< generic steps only
  Shape shape;                     ///< generic steps only
};

struct Step {
  StepKind kind = StepKind::generic;
  std::string name;                    ///< of the graph's nodes it stands for, joined by " + "
  std::string op;                      ///< what it does in words: "Conv+Relu int8"
  std::vector<std::byte> description;  ///< the kernel's struct; empty for copy and generic
  std::vector<Operand> operands;
  std::uint32_t generic_inputs = 0;  ///< how many operands are inputs (generic only)
  std::int64_t opset = 0;            ///< generic only
  Node node;                         ///< generic only: op, domain, attributes
  std::uint64_t scratch_bytes = 0;   ///< per thread
  std::int64_t macs = 0;             ///< multiply-accumulates
  std::int64_t bytes = 0;            ///< read and written, each operand once
};

/// An input or output as the caller sees it: dense, row-major, of a fixed shape.
struct Port {
  std::string name;
  DType dtype = DType::undefined;
  Shape shape;
  std::uint64_t bytes() const;
};

/// More working memory than any edge box has: plans that want more are neither written nor read.
inline constexpr std::uint64_t kMostArenaBytes = std::uint64_t{1} << 36;

struct Plan {
  std::string model, producer;  ///< name of the graph, program that wrote the ONNX file
  std::string isa;              ///< instruction set the kernels were chosen for
  std::uint32_t layout = 0;     ///< version of descriptions and packed constants
  std::vector<Port> inputs, outputs;
  std::vector<Step> steps;
  std::uint64_t arena_bytes = 0;        ///< activations of one stream
  std::uint64_t lower_bound_bytes = 0;  ///< largest sum of what is alive at once
  std::uint64_t scratch_bytes = 0;      ///< largest of the steps', per thread
  std::int64_t macs = 0;
  std::uint64_t nodes = 0;  ///< of the graph before fusion
  std::uint64_t fused = 0;  ///< nodes that became no step of their own
  std::vector<std::pair<std::string, std::string>> metadata;
};

}  // namespace bondline::inference
