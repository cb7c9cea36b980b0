// Rewrites of the graph before it is lowered, each keeping what the model computes (folding changes float32
// rounding only), and of the lowered program.
#pragma once
#include "line/inference/compiler/lowered.h"
#include "line/inference/compiler/lowering.h"
#include "line/inference/graph/graph.h"

namespace bondline::inference::lowering {

/// QLinearConv, QLinearMatMul, QGemm, QLinearAdd ... as DequantizeLinear, the operation, QuantizeLinear, so
/// that both flavours of quantised models take one path.
void expand_quantised_operators(Graph& graph);

/// BatchNormalization, Add and Mul by constants per channel behind a convolution go into its weights;
/// constant zero padding in front of one goes into its pads. Returns how many nodes vanished.
std::size_t fold_into_convolutions(Graph& graph);

/// Moves Split along other axes and functions of one variable in front of Concat.
void distribute_over_concats(Graph& graph);

/// One convolution for float32 1 x 1 convolutions of the same input where the kernels expect to gain, and for
/// the depthwise ones behind its parts.
void join_siblings(Graph& graph, const QuantisedConstants& quantised, kernels::Isa isa);

/// Joins operations: tables and activations into what makes their input, additions into convolutions.
void fuse(Program& program);
/// Joins depthwise and pointwise integer convolutions where the kernels expect to gain.
void fuse_pairs(Program& program);
/// Lets convolutions write their sum over the plane they add, where nobody reads that afterwards. Returns how
/// many do.
std::size_t sum_in_place(Program& program);
/// Drops operations whose result nobody needs.
void drop_dead(Program& program);

/// Places the roots of the arena. Returns its size; *lower_bound: the largest sum of sizes alive at once.
std::uint64_t plan_memory(Program& program, std::uint64_t* lower_bound);

/// Fills planes and pointers in, chooses kernel variants, packs weights (program.weights grows).
std::vector<Step> emit_steps(Program& program, bool tune, std::uint64_t* scratch_bytes);

}  // namespace bondline::inference::lowering
