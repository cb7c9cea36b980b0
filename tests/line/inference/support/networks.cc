#include "networks.h"

#include <array>

namespace bondline::inference::testing {
namespace {

using Ints = std::vector<std::int64_t>;

struct Sized {
  ValueId id;
  std::int64_t c, h, w;
};

class FloatMaker : public GraphBuilder {
 public:
  using GraphBuilder::GraphBuilder;

  Sized layer(Sized x) {
    switch (random.below(11)) {
      case 0:
        return activated(convolved(x, 1 + random.below(40), 3, 1));
      case 1:
        return activated(normalised(convolved(x, 1 + random.below(40), 1, 1)));
      case 2:
        return activated({conv(x.id, x.c, x.c, 3, 1, x.c), x.c, x.h, x.w});
      case 3: {
        const Sized y = activated(convolved(x, x.c, 3, 1));
        return activated({node("Add", {x.id, y.id}), x.c, x.h, x.w});
      }
      case 4: {
        const Sized a = convolved(x, 1 + random.below(20), 1, 1),
                    b = activated(convolved(x, 1 + random.below(20), 3, 1));
        return {node("Concat", {a.id, x.id, b.id}, {{"axis", std::int64_t{1}}}), a.c + x.c + b.c, x.h, x.w};
      }
      case 5: {
        if (x.c < 2) return x;
        const std::int64_t first = 1 + random.below(static_cast<int>(x.c) - 1);
        const auto parts =
            nodes("Split", {x.id, constant({2}, Ints{first, x.c - first})}, 2, {{"axis", std::int64_t{1}}});
        const Sized y = activated(convolved({parts[0], first, x.h, x.w}, first, 3, 1));
        return {node("Concat", {y.id, parts[1]}, {{"axis", std::int64_t{1}}}), x.c, x.h, x.w};
      }
      case 6: {
        if (x.h < 4 || x.w < 4) return x;
        const ValueId small = conv(x.id, x.c, x.c, 3, 2);
        const std::int64_t h = (x.h + 1) / 2, w = (x.w + 1) / 2;
        if (h * 2 != x.h || w * 2 != x.w) return {small, x.c, h, w};
        const ValueId up = node("Resize", {small, kNone, constant({4}, std::vector<float>{1, 1, 2, 2})},
                                {{"mode", std::string("nearest")},
                                 {"coordinate_transformation_mode", std::string("asymmetric")},
                                 {"nearest_mode", std::string("floor")}});
        return {node("Add", {up, x.id}), x.c, x.h, x.w};
      }
      case 7:
        if (x.h < 4 || x.w < 4) return x;
        return {node(random.below(2) != 0 ? "MaxPool" : "AveragePool", {x.id},
                     {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}),
                x.c, x.h / 2, x.w / 2};
      case 8: {
        if (x.c % 2 != 0) return x;
        const ValueId five = node("Reshape", {x.id, constant({5}, Ints{1, 2, x.c / 2, x.h, x.w})});
        const ValueId turned = node("Transpose", {five}, {{"perm", Ints{0, 2, 1, 3, 4}}});
        return {node("Reshape", {turned, constant({4}, Ints{1, x.c, x.h, x.w})}), x.c, x.h, x.w};
      }
      case 9: {  // squeeze and excite
        const ValueId mean = node("GlobalAveragePool", {x.id});
        const ValueId gate = node("Sigmoid", {conv(mean, x.c, x.c, 1)});
        return {node("Mul", {x.id, gate}), x.c, x.h, x.w};
      }
      default:
        return activated(x);
    }
  }

  Sized activated(Sized x) {
    static constexpr std::array kSimple = {"Relu", "Sigmoid", "LeakyRelu", "Tanh"};
    switch (random.below(7)) {
      case 0:
        return {node("Mul", {x.id, node("Sigmoid", {x.id})}), x.c, x.h, x.w};
      case 1:
        return {node("Clip", {x.id, scalar(-0.5f), scalar(1.5f)}), x.c, x.h, x.w};
      case 2:
        return x;
      default:
        return {node(kSimple[static_cast<std::size_t>(random.below(4))], {x.id}), x.c, x.h, x.w};
    }
  }
  Sized convolved(Sized x, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
    return {conv(x.id, x.c, out, kernel, stride), out, (x.h - 1) / stride + 1, (x.w - 1) / stride + 1};
  }
  Sized normalised(Sized x) {
    std::vector<float> variance(static_cast<std::size_t>(x.c));
    for (auto& v : variance) v = random.real(0.5f, 2);
    return {node("BatchNormalization", {x.id, weights({x.c}, 1.5f), weights({x.c}, 0.5f),
                                        weights({x.c}, 0.5f), constant({x.c}, variance)}),
            x.c, x.h, x.w};
  }
};

}  // namespace

Network float_network(std::uint32_t seed) {
  FloatMaker make(seed);
  Sized x{0, 1 + make.random.below(8), 5 + make.random.below(20), 5 + make.random.below(20)};
  const Shape shape = {1, x.c, x.h, x.w};
  x.id = make.input(shape);
  std::vector<ValueId> outputs;
  const int layers = 3 + make.random.below(8);
  for (int i = 0; i < layers; ++i) {
    x = make.layer(x);
    if (make.random.below(6) == 0 && x.id != make.graph.inputs[0]) outputs.push_back(x.id);
  }
  switch (make.random.below(3)) {
    case 0: {
      const ValueId flat = make.node("Flatten", {make.node("GlobalAveragePool", {x.id})});
      const ValueId scores =
          make.node("Gemm", {flat, make.weights({10, x.c}, 0.5f), make.weights({10}, 0.5f)},
                    {{"transB", std::int64_t{1}}});
      outputs.push_back(make.node("Softmax", {scores}, {{"axis", std::int64_t{1}}}));
      break;
    }
    case 1: {
      const ValueId rows = make.node("Reshape", {x.id, make.constant({3}, Ints{1, x.c, x.h * x.w})});
      outputs.push_back(make.node("Transpose", {rows}, {{"perm", Ints{0, 2, 1}}}));
      break;
    }
    default:
      outputs.push_back(make.node("Add", {x.id, make.scalar(0.25f)}));
  }
  return {make.finish(outputs), {random_tensor(shape, seed)}};
}

Network quantised_network(std::uint32_t seed, Flavour flavour) {
  QuantisedBuilder make(seed, flavour);
  const std::int64_t c = 3 + make.random.below(30), h = 6 + 2 * make.random.below(6),
                     w = 6 + 2 * make.random.below(9);
  const Shape shape = {1, c, h, w};
  const auto scale = [&] { return make.random.real(0.012f, 0.02f); };
  const auto zero = [&] { return 90 + make.random.below(70); };
  const float s0 = scale();
  ValueId x = make.quantise(make.input(shape), s0, zero());
  // Convolution and SiLU, quantised in between as exporters do.
  const float s1 = scale();
  ValueId y = make.quantise(make.conv8(x, s0, c, c, 3), s1, zero());
  const ValueId gate = make.quantise(make.node("Sigmoid", {y}), 1 / 256.0f, 0);
  const float s2 = scale();
  y = make.quantise(make.node("Mul", {y, gate}), s2, zero());
  // Residual, then depthwise and pointwise with ReLU.
  const float s3 = 1.5f * scale();
  ValueId sum = make.quantise(
      make.node("Add", {make.quantise(make.conv8(y, s2, c, c, 1), scale(), zero()), x}), s3, zero());
  const float s4 = scale();
  ValueId deep = make.quantise(make.node("Relu", {make.conv8(sum, s3, c, c, 3, 1, c)}), s4, 0);
  const std::int64_t wide = 8 + make.random.below(40);
  const float s5 = scale();
  ValueId point = make.quantise(make.node("Relu", {make.conv8(deep, s4, c, wide, 1)}), s5, 0);
  // Joined at another scale, pooled, brought back up.
  const float s6 = 1.2f * scale();
  ValueId all = make.quantise(make.node("Concat", {point, sum}, {{"axis", std::int64_t{1}}}), s6, zero());
  const ValueId pooled = make.node("MaxPool", {all}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
  const ValueId up = make.node("Resize", {pooled, kNone, make.constant({4}, std::vector<float>{1, 1, 2, 2})},
                               {{"mode", std::string("nearest")},
                                {"coordinate_transformation_mode", std::string("asymmetric")},
                                {"nearest_mode", std::string("floor")}});
  const float s7 =
      s6;  // times 1.9: exact halves would fall where the evaluator's float32 happens to put them
  ValueId both = make.quantise(make.node("Add", {up, all}), 1.9f * s7, zero());
  const ValueId out = make.quantise(make.conv8(both, 1.9f * s7, c + wide, 5, 1), kOutputStep, 128);
  return {make.finish({out}), {random_tensor(shape, seed)}};
}

Network detection_head(std::uint32_t seed, bool quantised) {
  QuantisedBuilder make(seed, {});
  const std::int64_t bins = 16, classes = 5;
  std::vector<ValueId> levels;
  std::vector<Tensor> inputs;
  std::int64_t anchors = 0;
  for (const std::int64_t side : {8, 4, 2}) {
    const Shape shape = {1, 9, side, side};
    const ValueId raw = make.input(shape);
    inputs.push_back(random_tensor(shape, seed + static_cast<std::uint32_t>(side)));
    ValueId box = kNone, score = kNone;
    if (quantised) {
      const float scale = 0.008f * static_cast<float>(side);
      const ValueId x = make.quantise(raw, 0.01f, 120);
      box = make.quantise(make.conv8(x, 0.01f, 9, 4 * bins, 3), scale, 128);
      score = make.quantise(make.conv8(x, 0.01f, 9, classes, 1), 0.9f * scale, 110);
    } else {
      box = make.conv(raw, 9, 4 * bins, 3);
      score = make.conv(raw, 9, classes, 1);
    }
    ValueId level = make.node("Concat", {box, score}, {{"axis", std::int64_t{1}}});
    if (quantised) level = make.quantise(level, 0.01f * static_cast<float>(side), 125);
    levels.push_back(
        make.node("Reshape", {level, make.constant({3}, Ints{1, 4 * bins + classes, side * side})}));
    anchors += side * side;
  }
  const ValueId all = make.node("Concat", levels, {{"axis", std::int64_t{2}}});
  const auto cut =
      make.nodes("Split", {all, make.constant({2}, Ints{4 * bins, classes})}, 2, {{"axis", std::int64_t{1}}});
  const ValueId four = make.node("Reshape", {cut[0], make.constant({4}, Ints{1, 4, bins, anchors})});
  const ValueId turned = make.node("Transpose", {four}, {{"perm", Ints{0, 2, 1, 3}}});
  const ValueId share = make.node("Softmax", {turned}, {{"axis", std::int64_t{1}}});
  std::vector<float> index(static_cast<std::size_t>(bins));
  for (std::size_t i = 0; i < index.size(); ++i) index[i] = static_cast<float>(i);
  const ValueId mean = make.node("Conv", {share, make.constant({1, bins, 1, 1}, index)});
  const ValueId boxes = make.node("Reshape", {mean, make.constant({3}, Ints{1, 4, anchors})});
  const ValueId scaled = make.node("Mul", {boxes, make.weights({1, 1, anchors}, 8)});
  const ValueId scores = make.node("Sigmoid", {cut[1]});
  return {make.finish({make.node("Concat", {scaled, scores}, {{"axis", std::int64_t{1}}})}), inputs};
}

}  // namespace bondline::inference::testing
