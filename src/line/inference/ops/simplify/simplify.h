// Passes that rewrite a prepared graph (../prepare.h) into fewer, larger and plainer nodes with the same
// results: each can run alone and says how many places it changed; simplify() runs them all in order. Graphs
// stay well formed (graph/check.h); outputs keep their ids' names, types and order.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "line/inference/graph/graph.h"

namespace bondline::inference {

/// Writes every node as opset 21 has it: attributes that became inputs (Clip, Pad, Slice, Split, Squeeze,
/// Unsqueeze, ReduceX, TopK), Upsample and old Resize as Resize, Scatter as ScatterElements, Softmax over
/// several dimensions as Reshape, Softmax, Reshape; Dropout is removed. graph.opset becomes 21. Graphs below
/// opset 7 are left alone.
int canonicalize(Graph& graph);

/// Removes Identity, Dropout, Cast to the same type, Reshape/Squeeze/Flatten/Expand/Tile/Transpose/Slice/Pad
/// that change nothing, Concat of one, Add 0, Mul 1; joins two Transposes or two Reshapes in a row.
int remove_noops(Graph& graph);

/// Constants of equal type, shape and bytes become one value.
int share_constants(Graph& graph);

/// Nodes whose outputs nobody uses.
int remove_dead_nodes(Graph& graph);

/// BatchNormalization, and Mul or Add by a constant per channel, folded into the weights and bias of the
/// Conv, ConvTranspose or Gemm before it.
int fold_batch_norms(Graph& graph);

/// Constant zero Pad folded into the pads of the Conv or AveragePool (count_include_pad) after it; a Pad with
/// the lowest value into MaxPool.
int fold_pads(Graph& graph);

/// Subgraphs become the operator they spell: x sigmoid(x) com.microsoft.QuickGelu with alpha 1 (SiLU), x
/// hard-sigmoid(x) HardSwish, both GELUs com.microsoft.Gelu (attribute approximate) and LayerNormalization.
int recognise_patterns(Graph& graph);

/// DequantizeLinear -> Conv, Gemm, MatMul, AveragePool or GlobalAveragePool -> QuantizeLinear becomes the
/// operator on integers (QLinearConv, com.microsoft.QGemm, QLinearMatMul, QLinearAveragePool,
/// QLinearGlobalAveragePool): int32 sums, one float32 factor, round half to even, saturation. A Relu or Clip
/// before the QuantizeLinear becomes a Clip of levels. Any signedness; evaluating the result is the reference
/// for int8 kernels. Other operators between dequantized inputs and a QuantizeLinear are left alone, since
/// evaluating them in float32 is their definition. Needs a graph prepared with
/// PrepareOptions::keep_quantized. Not part of simplify().
int join_quantization(Graph& graph);

/// All of the passes above but join_quantization, until nothing changes; (pass, places changed) in the order
/// run.
std::vector<std::pair<std::string, int>> simplify(Graph& graph);

}  // namespace bondline::inference
