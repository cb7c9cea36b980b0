// The attributes each operator knows. A file may hold others (of a later version, of a vendor); ignoring one
// would be computing something else, so the node is refused. Types: i integer, f float, s text, t tensor;
// capitals: lists.
#include <algorithm>
#include <array>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

struct Known {
  std::string_view op, attributes;  ///< "name:type name:type"
};

// ONNX operators.md, all versions from opset 7 to 21 together; com.microsoft's from ContribOperators.md.
constexpr Known kKnown[] = {
    {"ArgMax", "axis:i keepdims:i select_last_index:i"},
    {"ArgMin", "axis:i keepdims:i select_last_index:i"},
    {"AveragePool", "auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape:I pads:I strides:I"},
    {"BatchNormalization", "epsilon:f momentum:f spatial:i training_mode:i"},
    {"BitShift", "direction:s"},
    {"BlackmanWindow", "output_datatype:i periodic:i"},
    {"Cast", "saturate:i to:i"},
    {"CastLike", "saturate:i"},
    {"Celu", "alpha:f"},
    {"CenterCropPad", "axes:I"},
    {"Clip", "max:f min:f"},
    {"Compress", "axis:i"},
    {"Concat", "axis:i"},
    {"Constant",
     "value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S"},
    {"ConstantOfShape", "value:t"},
    {"Conv", "auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I"},
    {"ConvInteger", "auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I"},
    {"ConvTranspose",
     "auto_pad:s dilations:I group:i kernel_shape:I output_padding:I output_shape:I pads:I strides:I"},
    {"CumSum", "exclusive:i reverse:i"},
    {"DepthToSpace", "blocksize:i mode:s"},
    {"DequantizeLinear", "axis:i block_size:i"},
    {"Dropout", "ratio:f seed:i"},
    {"Einsum", "equation:s"},
    {"Elu", "alpha:f"},
    {"EyeLike", "dtype:i k:i"},
    {"Flatten", "axis:i"},
    {"GRU",
     "activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i "
     "linear_before_reset:i"},
    {"Gather", "axis:i"},
    {"GatherElements", "axis:i"},
    {"GatherND", "batch_dims:i"},
    {"Gelu", "approximate:s"},
    {"Gemm", "alpha:f beta:f transA:i transB:i"},
    {"GlobalLpPool", "p:i"},
    {"GridSample", "align_corners:i mode:s padding_mode:s"},
    {"GroupNormalization", "epsilon:f num_groups:i stash_type:i"},
    {"HammingWindow", "output_datatype:i periodic:i"},
    {"HannWindow", "output_datatype:i periodic:i"},
    {"HardSigmoid", "alpha:f beta:f"},
    {"Hardmax", "axis:i"},
    {"InstanceNormalization", "epsilon:f"},
    {"IsInf", "detect_negative:i detect_positive:i"},
    {"LRN", "alpha:f beta:f bias:f size:i"},
    {"LSTM",
     "activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i "
     "layout:i"},
    {"LayerNormalization", "axis:i epsilon:f stash_type:i"},
    {"LeakyRelu", "alpha:f"},
    {"LogSoftmax", "axis:i"},
    {"LpNormalization", "axis:i p:i"},
    {"LpPool", "auto_pad:s ceil_mode:i dilations:I kernel_shape:I p:i pads:I strides:I"},
    {"MaxPool", "auto_pad:s ceil_mode:i dilations:I kernel_shape:I pads:I storage_order:i strides:I"},
    {"MaxUnpool", "kernel_shape:I pads:I strides:I"},
    {"MeanVarianceNormalization", "axes:I"},
    {"Mod", "fmod:i"},
    {"NonMaxSuppression", "center_point_box:i"},
    {"OneHot", "axis:i"},
    {"Pad", "mode:s pads:I value:f"},
    {"QGemm", "alpha:f transA:i transB:i"},
    {"QLinearAveragePool",
     "auto_pad:s ceil_mode:i channels_last:i count_include_pad:i kernel_shape:I pads:I strides:I"},
    {"QLinearConcat", "axis:i"},
    {"QLinearConv", "auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I"},
    {"QLinearGlobalAveragePool", "channels_last:i"},
    {"QLinearLeakyRelu", "alpha:f"},
    {"QLinearSoftmax", "axis:i opset:i"},
    {"QuantizeLinear", "axis:i block_size:i output_dtype:i saturate:i"},
    {"QuickGelu", "alpha:f"},
    {"RNN", "activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i"},
    {"ReduceL1", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceL2", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceLogSum", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceLogSumExp", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceMax", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceMean", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceMin", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceProd", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceSum", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"ReduceSumSquare", "axes:I keepdims:i noop_with_empty_axes:i"},
    {"Reshape", "allowzero:i"},
    {"Resize",
     "antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i "
     "extrapolation_value:f keep_aspect_ratio_policy:s mode:s nearest_mode:s"},
    {"ReverseSequence", "batch_axis:i time_axis:i"},
    {"RoiAlign",
     "coordinate_transformation_mode:s mode:s output_height:i output_width:i sampling_ratio:i "
     "spatial_scale:f"},
    {"Scatter", "axis:i"},
    {"ScatterElements", "axis:i reduction:s"},
    {"ScatterND", "reduction:s"},
    {"Selu", "alpha:f gamma:f"},
    {"Shape", "end:i start:i"},
    {"Shrink", "bias:f lambd:f"},
    {"Slice", "axes:I ends:I starts:I"},
    {"Softmax", "axis:i"},
    {"SpaceToDepth", "blocksize:i"},
    {"Split", "axis:i num_outputs:i split:I"},
    {"Squeeze", "axes:I"},
    {"ThresholdedRelu", "alpha:f"},
    {"TopK", "axis:i k:i largest:i sorted:i"},
    {"Transpose", "perm:I"},
    {"Trilu", "upper:i"},
    {"Unique", "axis:i sorted:i"},
    {"Unsqueeze", "axes:I"},
    {"Upsample", "mode:s scales:F"},
};

constexpr std::string_view kTypes = "ifstIFSg";  // in the order of the variant Attribute

std::string_view type_name(char type) {
  constexpr std::array<std::string_view, 8> kNames = {
      "an integer",         "a float",          "a text",          "a tensor",
      "a list of integers", "a list of floats", "a list of texts", "a graph"};
  const std::size_t at = kTypes.find(type);
  return at == kTypes.npos ? "unknown" : kNames[at];
}

}  // namespace

std::string_view known_attributes(std::string_view op) {
  const auto found = std::lower_bound(std::begin(kKnown), std::end(kKnown), op,
                                      [](const Known& row, std::string_view key) { return row.op < key; });
  return found != std::end(kKnown) && found->op == op ? found->attributes : "";
}

bool check_attributes(const Node& node, std::int64_t opset, std::string* problem) {
  const std::string_view known = known_attributes(node.op);
  for (const NamedAttribute& attribute : node.attributes) {
    const char given = kTypes[attribute.value.index()];
    std::size_t at = 0;
    char wanted = 0;
    while (wanted == 0 && at < known.size()) {
      const std::size_t end = std::min(known.find(' ', at), known.size());
      const std::string_view row = known.substr(at, end - at);
      if (row.substr(0, row.size() - 2) == attribute.name) wanted = row.back();
      at = end + 1;
    }
    // Before opset 7 these said what goes without saying today.
    const bool former = opset < 7 && (attribute.name == "broadcast" || attribute.name == "is_test");
    // QLinear pools say that channels come first; the compiler writes them as plain pools.
    const auto* number = std::get_if<std::int64_t>(&attribute.value);
    const bool usual = attribute.name == "channels_last" && number != nullptr && *number == 0;
    if (wanted == 0 && (former || usual)) continue;
    if (wanted == 0) return fail(problem, "attribute " + attribute.name + " is not supported");
    if (wanted != given)
      return fail(problem, "attribute " + attribute.name + " is " + std::string(type_name(given)) + ", not " +
                               std::string(type_name(wanted)));
  }
  return true;
}

}  // namespace bondline::inference
