// Lowers a prepared graph node by node. A lower_* function returns false when the node does not fit its fast
// form; the node then becomes a generic step with the portable operator.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "line/inference/compiler/compile.h"
#include "line/inference/compiler/lowered.h"

namespace bondline::inference::lowering {

/// Integer weights behind a DequantizeLinear of constants, found before constants are folded.
struct QuantisedConstant {
  Tensor q, scale;
  std::optional<Tensor> zero;
  std::int64_t axis = 1;
};
using QuantisedConstants = std::map<std::string, QuantisedConstant>;  ///< by name of the dequantised value
QuantisedConstants find_quantised_constants(const Graph& graph);

class Lowering {
 public:
  Lowering(const Graph& graph, const CompileOptions& options, const QuantisedConstants& quantised,
           base::Diagnostics& diagnostics);
  /// False with errors when a node cannot be compiled.
  bool run();
  Program program;

 private:
  using Method = bool (Lowering::*)(const Node&);

  // values.cc: the forms of a value
  Value& value(ValueId id) { return program.values[static_cast<std::size_t>(id)]; }
  Id add_value(DType dtype, Shape shape);
  Id as_last(Id value_id);    ///< channels-last view in the value's own type; kNone when the rank forbids it
  Id as_plain(Id value_id);   ///< dense view in the value's own type (never biased, never lazy)
  Id base_last(Id value_id);  ///< of a quantised value as kept, biased or not
  Id base_plain(Id value_id);
  bool prefers_last(Id value_id);
  Id reinterpret(Id view_id, std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c);
  Id from_lazy(Id value_id, bool last);
  Id apply_table(Id view_id, const std::array<std::uint8_t, 256>& table, const std::string& name);
  Id plain_from_last(Id view_id, const Shape& shape);
  Id convert(Id from_view, const Shape& shape, DType to, bool in_plain, bool out_plain, float scale, int zero,
             const std::string& name);
  void set_last(ValueId id, Id view_id);
  void set_plain(ValueId id, Id view_id);
  void set_lazy(ValueId id, Lazy lazy);

  // graph helpers
  const Tensor* constant_of(ValueId id) const;
  std::vector<const Node*> consumers(ValueId id) const;
  bool is_output(ValueId id) const;
  ValueId input(const Node& node, std::size_t i) const {
    return i < node.inputs.size() ? node.inputs[i] : kNone;
  }
  const Shape& shape_of(ValueId id) const { return *graph_.value(id).shape; }
  DType dtype_of(ValueId id) const { return graph_.value(id).dtype; }
  Op& emit(Op op) {
    program.ops.push_back(std::move(op));
    return program.ops.back();
  }

  // quantised.cc
  struct Target {  ///< the quantised value an integer operation ends in
    ValueId q = kNone;
    float scale = 1;
    int zero = 0, lo = 0, hi = 255;    ///< of the kept u8; lo and hi carry a ReLU or Clip in between
    std::vector<const Node*> skipped;  ///< activation and QuantizeLinear nodes that are done with it
    std::string words;
  };
  std::optional<Target> target_of(ValueId out) const;
  void finish(const Target& target, Id view_id, bool last);
  const Lazy* affine(ValueId id);
  bool scale_and_zero(ValueId scale, ValueId zero, DType dtype, float* s, int* z) const;
  bool lower_quantize(const Node& node);
  bool lower_dequantize(const Node& node);
  bool fold_into_table(const Node& node);
  Id requantised(const Lazy& lazy, const Shape& shape, float scale, int zero);

  // convolution.cc
  struct Window {
    kernels::ConvShape shape;
    std::int64_t out_h = 1, out_w = 1, pad_bottom = 0, pad_right = 0;
  };
  std::optional<Window> window_of(const Node& node, const Shape& in, const Shape& out,
                                  const Shape* weights) const;
  bool lower_conv(const Node& node);
  bool lower_product(const Node& node);
  bool lower_conv_transpose(const Node& node);
  struct Integer {  ///< an integer convolution in the making
    ValueId x = kNone;
    Id x_value = kNone;
    float x_scale = 1;
    int x_zero = 0;
    std::vector<std::int8_t> weights;
    std::vector<float> weight_scale;
    std::vector<std::int32_t> bias;
  };
  std::optional<Integer> integer_conv(ValueId x, ValueId w, ValueId b, std::int64_t out_channels,
                                      bool transpose_weights, std::int64_t k);
  bool runs_better_in_float(kernels::ConvShape shape, const Shape& in, const Shape& out,
                            const Tensor* weights) const;
  bool emit_integer(const Node& node, const Integer& conv, kernels::ConvShape shape, Id in, bool last,
                    std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c);

  // elementwise.cc
  bool lower_unary(const Node& node);
  bool lower_binary(const Node& node);
  bool emit_binary(kernels::Elementwise op, Id a, Id b, ValueId out, const std::string& name, bool quantised,
                   const Target* target);
  bool operand_views(Id a, Id b, const Shape& out_shape, bool last, View* out, View* va, View* vb);

  // shape_ops.cc
  bool lower_reshape(const Node& node);
  bool lower_transpose(const Node& node);
  bool lower_concat(const Node& node);
  bool lower_split(const Node& node);
  bool lower_slice(const Node& node);
  bool slice_view(Id from_value, ValueId to, const std::vector<std::int64_t>& start,
                  const std::vector<std::int64_t>& step);
  bool concat_views(const std::vector<Id>& values, Id out_value, const Shape& shape, std::int64_t axis,
                    bool last, const std::string& name);
  void place(Id view_id, Id into, std::int64_t start, std::int64_t channel, bool row_by_row,
             const std::string& name);
  Id form_last(Id value_id);  ///< as kept: quantised values stay biased
  Id form_plain(Id value_id);
  bool move(ValueId from, ValueId to, const std::function<bool(Id from_value, Id to_value)>& apply);

  // pieces.cc
  bool in_parts(Id value_id) const;
  std::vector<Id> leaves_along(Id value_id, std::int64_t axis) const;
  Id join(Id value_id, bool last);
  Id planes_view(Id dense, const Shape& shape, std::int64_t start, std::int64_t row, std::int64_t plane);
  bool write_planes(Id value_id, Id into, std::int64_t start, std::int64_t row, std::int64_t plane);
  bool slice_planes(Id from_value, Id to_value, const std::vector<std::int64_t>& start,
                    const std::vector<std::int64_t>& step);
  static std::int64_t rows_for(std::int64_t pixels);
  Op lookup_op(const Lazy& lazy) const;

  // patterns.cc
  const Node* only_consumer(ValueId id, std::string_view op) const;
  void skip(const Node* node);
  bool lower_shuffle(const Node& node);
  bool lower_dfl(const Node& node);

  // windows.cc
  bool lower_pool(const Node& node);
  bool lower_resize(const Node& node);
  bool lower_softmax(const Node& node);
  bool lower_layer_norm(const Node& node);

  bool lower_generic(const Node& node);
  bool is_empty(ValueId id) const;
  bool lower_empty(const Node& node);
  bool lower(const Node& node);
  bool finish_outputs();

  const Graph& graph_;
  const CompileOptions& options_;
  const QuantisedConstants& quantised_;
  base::Diagnostics& diagnostics_;
  std::vector<std::vector<NodeId>> consumers_;
  std::vector<char> done_;  ///< nodes that became part of another
};

}  // namespace bondline::inference::lowering
