// Makes graphs for tests: a line per node.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "line/inference/graph/graph.h"

namespace bondline::inference::testing {

/// Numbers that are the same everywhere: Knuth's linear congruential generator.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}
  std::uint32_t bits() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  int below(int n) { return static_cast<int>(bits() % static_cast<std::uint32_t>(n)); }
  float real(float lo, float hi) { return lo + (hi - lo) * static_cast<float>(bits()) / 16777216.0f; }

 private:
  std::uint32_t state_;
};

class GraphBuilder {
 public:
  explicit GraphBuilder(std::uint32_t seed = 1, std::int64_t opset = 13) : random(seed) {
    graph.opset = opset;
    graph.name = "test";
  }
  ValueId input(const Shape& shape, DType dtype = DType::f32);
  ValueId constant(const Shape& shape, const std::vector<float>& data);
  ValueId constant(const Shape& shape, const std::vector<std::int64_t>& data);
  ValueId constant(DType dtype, const Shape& shape, const void* data, std::size_t count);
  ValueId scalar(float value) { return constant({}, std::vector<float>{value}); }
  /// Uniform in [-most, most].
  ValueId weights(const Shape& shape, float most);
  ValueId node(const std::string& op, std::vector<ValueId> inputs,
               std::vector<NamedAttribute> attributes = {});
  std::vector<ValueId> nodes(const std::string& op, std::vector<ValueId> inputs, std::size_t outputs,
                             std::vector<NamedAttribute> attributes = {});
  /// Convolution with random weights, bias, "same" padding for odd kernels.
  ValueId conv(ValueId x, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
               std::int64_t groups = 1);
  Graph finish(const std::vector<ValueId>& outputs);

  Graph graph;
  Random random;
};

/// How a quantised network writes its bytes.
struct Flavour {
  DType activations = DType::u8, weights = DType::i8;
  bool per_channel = true;  ///< a scale for each channel of the weights, or one for all
  bool exact = false;       ///< scales of weights are powers of two
};

/// A builder of QDQ networks; values are dequantised ones.
class QuantisedBuilder : public GraphBuilder {
 public:
  QuantisedBuilder(std::uint32_t seed, Flavour flavour) : GraphBuilder(seed), flavour_(flavour) {}
  /// QuantizeLinear and DequantizeLinear; `zero` as of u8.
  ValueId quantise(ValueId x, float scale, int zero);
  ValueId conv8(ValueId x, float x_scale, std::int64_t in, std::int64_t out, std::int64_t kernel,
                std::int64_t stride = 1, std::int64_t groups = 1);

 private:
  Flavour flavour_;
};

/// A tensor of f32 uniform in [lo, hi].
Tensor random_tensor(const Shape& shape, std::uint32_t seed, float lo = -1, float hi = 1);

}  // namespace bondline::inference::testing
