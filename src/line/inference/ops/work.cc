#include "line/inference/ops/work.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace bondline::inference {

namespace {

double size_of_value(const ValueType& type) {
  double product = type.present() ? 1 : 0;
  for (const std::int64_t size : type.shape) product *= static_cast<double>(size);
  return product;
}

double size_at(std::span<const ValueType> values, std::size_t i) {
  return i < values.size() ? size_of_value(values[i]) : 0;
}

double first_size(const ValueType& type, std::size_t axis, double otherwise) {
  return axis < type.shape.size() ? static_cast<double>(std::max<std::int64_t>(1, type.shape[axis]))
                                  : otherwise;
}

double window_taps(const Node& node) {
  double taps = 1;
  for (const std::int64_t size : node.integers("kernel_shape"))
    taps *= static_cast<double>(std::max<std::int64_t>(1, size));
  return taps;
}

// What one element of the output costs over reading and writing.
double per_output(const Node& node, std::span<const ValueType> in) {
  const std::string_view op = node.op;
  const auto last = [&](std::size_t i) {
    return i < in.size() && !in[i].shape.empty() ? first_size(in[i], in[i].shape.size() - 1, 1) : 1.0;
  };
  if (op == "Conv" || op == "FusedConv" || op == "ConvInteger")
    return in.size() > 1 ? size_at(in, 1) / first_size(in[1], 0, 1) : 1;
  if (op == "QLinearConv") return in.size() > 3 ? size_at(in, 3) / first_size(in[3], 0, 1) : 1;
  if (op == "MatMul" || op == "MatMulInteger" || op == "QLinearMatMul" || op == "FusedMatMul") return last(0);
  if (op == "Gemm" || op == "FusedGemm" || op == "QGemm")
    return in.empty() ? 1 : first_size(in[0], node.integer("transA", 0) != 0 ? 0 : 1, 1);
  if (op.ends_with("Pool")) return window_taps(node);
  if (op == "LRN") return static_cast<double>(std::max<std::int64_t>(1, node.integer("size", 1)));
  if (op == "Resize" || op == "Upsample")
    return node.integer("antialias", 0) != 0 ? 64 + size_at(in, 0) : 256;
  return 1;
}

}  // namespace

double work_of(const Node& node, std::span<const ValueType> in, std::span<const ValueType> out) {
  double read = 0, written = 0, dims = 1;
  for (const ValueType& type : in) {
    read += size_of_value(type);
    for (const std::int64_t size : type.shape) dims *= static_cast<double>(std::max<std::int64_t>(1, size));
  }
  for (const ValueType& type : out) written += size_of_value(type);
  double work = 1 + read + written * per_output(node, in);
  const std::string_view op = node.op;
  if (op == "ConvTranspose" && in.size() > 1)
    work += size_at(in, 0) * size_at(in, 1) / first_size(in[1], 0, 1);
  if (op == "Einsum") work += dims;  // at most every index of every operand apart
  if (op == "TopK" || op == "Unique") work += read * 64;
  if (op == "Det" && !in.empty() && !in[0].shape.empty())
    work += read * first_size(in[0], in[0].shape.size() - 1, 1);
  if (op == "NonMaxSuppression" && in.size() > 1) work += size_at(in, 1) * size_at(in, 0);
  return work;
}

}  // namespace bondline::inference
