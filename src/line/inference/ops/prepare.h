// From what the file says to what can be compiled: dimensions fixed, every type known, everything constant
// folded, every node that cannot be compiled named with a place to cut the model.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/graph/graph.h"

namespace bondline::inference {

struct PrepareOptions {
  std::string file = "model.onnx";            ///< for messages
  std::map<std::string, Shape> input_shapes;  ///< by input name; overrides unknown dimensions of the file
  std::int64_t dynamic_dimension = 1;         ///< for unknown leading dimensions (the batch); 0: refuse them
  std::size_t max_folded_bytes = std::size_t{256} << 20;  ///< a constant larger than this is left to run time
  double max_folded_work =
      1e11;  ///< operations of all folding together; what goes beyond is left to run time
  /// DequantizeLinear of constants is not folded: weights stay the integers the file has (join_quantization).
  bool keep_quantized = false;
};

/// Gives every value its type and shape, walking in order and folding what depends on constants alone (Shape
/// of a known shape included). If with a constant condition is replaced by its branch. False when a node is
/// wrong or unsupported: one error per refused node, naming node, operator, attribute and a suggested cut;
/// the graph is then left partly prepared.
bool prepare(Graph& graph, const PrepareOptions& options, base::Diagnostics& diagnostics);

}  // namespace bondline::inference
