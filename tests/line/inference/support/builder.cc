#include "builder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bondline::inference::testing {

ValueId GraphBuilder::input(const Shape& shape, DType dtype) {
  Value v;
  v.name = "in" + std::to_string(graph.inputs.size());
  v.dtype = dtype;
  v.shape = shape;
  const ValueId id = graph.add(std::move(v));
  graph.inputs.push_back(id);
  return id;
}

ValueId GraphBuilder::constant(DType dtype, const Shape& shape, const void* data, std::size_t count) {
  Value v;
  v.name = "c" + std::to_string(graph.values.size());
  v.dtype = dtype;
  v.shape = shape;
  v.constant = Tensor::make(dtype, shape, data, count);
  return graph.add(std::move(v));
}
ValueId GraphBuilder::constant(const Shape& shape, const std::vector<float>& data) {
  return constant(DType::f32, shape, data.data(), data.size());
}
ValueId GraphBuilder::constant(const Shape& shape, const std::vector<std::int64_t>& data) {
  return constant(DType::i64, shape, data.data(), data.size());
}

ValueId GraphBuilder::weights(const Shape& shape, float most) {
  std::vector<float> data(static_cast<std::size_t>(elements_of(shape)));
  for (auto& v : data) v = random.real(-most, most);
  return constant(shape, data);
}

std::vector<ValueId> GraphBuilder::nodes(const std::string& op, std::vector<ValueId> inputs,
                                         std::size_t outputs, std::vector<NamedAttribute> attributes) {
  Node node;
  node.op = op;
  node.name = op + "_" + std::to_string(graph.nodes.size());
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  for (std::size_t i = 0; i < outputs; ++i) {
    Value v;
    v.name = node.name + ":" + std::to_string(i);
    v.producer = static_cast<NodeId>(graph.nodes.size());
    node.outputs.push_back(graph.add(std::move(v)));
  }
  graph.nodes.push_back(node);
  return node.outputs;
}
ValueId GraphBuilder::node(const std::string& op, std::vector<ValueId> inputs,
                           std::vector<NamedAttribute> attributes) {
  return nodes(op, std::move(inputs), 1, std::move(attributes))[0];
}

namespace {

std::vector<NamedAttribute> window(std::int64_t kernel, std::int64_t stride, std::int64_t groups) {
  const std::int64_t pad = kernel / 2;
  return {{"kernel_shape", std::vector<std::int64_t>{kernel, kernel}},
          {"pads", std::vector<std::int64_t>{pad, pad, pad, pad}},
          {"strides", std::vector<std::int64_t>{stride, stride}},
          {"group", groups}};
}

}  // namespace

ValueId GraphBuilder::conv(ValueId x, std::int64_t in, std::int64_t out, std::int64_t kernel,
                           std::int64_t stride, std::int64_t groups) {
  const std::int64_t k = in / groups * kernel * kernel;
  const ValueId w = weights({out, in / groups, kernel, kernel}, 1.7f / std::sqrt(static_cast<float>(k)));
  return node("Conv", {x, w, weights({out}, 0.5f)}, window(kernel, stride, groups));
}

Graph GraphBuilder::finish(const std::vector<ValueId>& outputs) {
  graph.outputs = outputs;
  return graph;
}

ValueId QuantisedBuilder::quantise(ValueId x, float scale, int zero) {
  const std::uint8_t u = static_cast<std::uint8_t>(zero);
  const auto s = static_cast<std::int8_t>(zero - 128);
  const bool is_signed = flavour_.activations == DType::i8;
  const ValueId step = scalar(scale);
  const ValueId z = is_signed ? constant(DType::i8, {}, &s, 1) : constant(DType::u8, {}, &u, 1);
  return node("DequantizeLinear", {node("QuantizeLinear", {x, step, z}), step, z});
}

ValueId QuantisedBuilder::conv8(ValueId x, float x_scale, std::int64_t in, std::int64_t out,
                                std::int64_t kernel, std::int64_t stride, std::int64_t groups) {
  const std::int64_t k = in / groups * kernel * kernel;
  const auto n = static_cast<std::size_t>(out * k);
  std::vector<std::int8_t> w(n);
  for (auto& v : w) v = static_cast<std::int8_t>(random.below(255) - 127);
  std::vector<float> scale(static_cast<std::size_t>(out));
  std::vector<std::int32_t> bias(static_cast<std::size_t>(out));
  for (std::size_t o = 0; o < scale.size(); ++o) {
    scale[o] = random.real(0.8f, 1.2f) / (70.0f * std::sqrt(static_cast<float>(k)));
    if (flavour_.exact) scale[o] = std::exp2(std::round(std::log2(scale[o]) + random.real(-1, 1)));
    if (!flavour_.per_channel) scale[o] = scale[0];
    bias[o] =
        static_cast<std::int32_t>(std::clamp(random.real(-0.3f, 0.3f) / (scale[o] * x_scale), -2e9f, 2e9f));
  }
  const Shape shape = {out, in / groups, kernel, kernel}, all = {out};
  const Shape per = flavour_.per_channel ? all : Shape{};
  const auto scales = flavour_.per_channel ? scale.size() : 1;
  std::vector<NamedAttribute> axis;
  if (flavour_.per_channel) axis.push_back({"axis", std::int64_t{0}});
  const ValueId s = constant(DType::f32, per, scale.data(), scales);
  ValueId weight = kNone;
  if (flavour_.weights == DType::i8) {
    weight = node("DequantizeLinear", {constant(DType::i8, shape, w.data(), n), s}, axis);
  } else {
    std::vector<std::uint8_t> u(n), z(scales, 128);
    for (std::size_t i = 0; i < n; ++i) u[i] = static_cast<std::uint8_t>(w[i] + 128);
    weight = node("DequantizeLinear",
                  {constant(DType::u8, shape, u.data(), n), s, constant(DType::u8, per, z.data(), z.size())},
                  axis);
  }
  std::vector<float> bias_scale(scale);
  for (auto& v : bias_scale) v *= x_scale;
  const ValueId b = node("DequantizeLinear",
                         {constant(DType::i32, all, bias.data(), bias.size()),
                          constant(DType::f32, per, bias_scale.data(), scales)},
                         axis);
  return node("Conv", {x, weight, b}, window(kernel, stride, groups));
}

Tensor random_tensor(const Shape& shape, std::uint32_t seed, float lo, float hi) {
  Random random(seed);
  std::vector<float> data(static_cast<std::size_t>(elements_of(shape)));
  for (auto& v : data) v = random.real(lo, hi);
  return Tensor::make(DType::f32, shape, data.data(), data.size());
}

}  // namespace bondline::inference::testing
