// Softmax, LogSoftmax, Hardmax: before opset 13 over all dimensions from axis on, since then over axis alone.
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

std::int64_t axis_attribute(const Node& node, std::int64_t opset) {
  return node.integer("axis", opset < 13 ? 1 : -1);
}

bool infer_softmax(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  return check_inputs(call, 1, 1, problem) && check_float(call, 0, problem) &&
         settle_axis(axis_attribute(call.node, call.opset), call.in[0].shape.size(), &axis, problem,
                     call.opset < 13) &&
         give(out, 0, call.in[0].dtype, call.in[0].shape);
}

// row(x, y, n, step) for every run of elements that belong together.
template <class Row>
bool each_run(const OpCall& call, Row row) {
  const Ints shape = call.in[0].shape;
  const std::int64_t raw = axis_attribute(call.node, call.opset);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(shape.size()) : raw);
  const bool flat = call.opset < 13;
  const std::int64_t outer = product(shape, 0, axis);
  const std::int64_t n = flat ? product(shape, axis, shape.size()) : shape[axis];
  const std::int64_t inner = flat ? 1 : product(shape, axis + 1, shape.size());
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner; ++i)
        row(call.in[0].as<const T>() + o * n * inner + i, call.out[0].as<T>() + o * n * inner + i, n, inner);
    return true;
  });
}

template <class T>
Arithmetic<T> largest(const T* x, std::int64_t n, std::int64_t step) {
  Arithmetic<T> best = static_cast<Arithmetic<T>>(x[0]);
  for (std::int64_t k = 1; k < n; ++k) best = std::max(best, static_cast<Arithmetic<T>>(x[k * step]));
  return best;
}

template <class T>
double sum_of_exp(const T* x, std::int64_t n, std::int64_t step, Arithmetic<T> shift) {
  double sum = 0;
  for (std::int64_t k = 0; k < n; ++k) sum += std::exp(static_cast<Arithmetic<T>>(x[k * step]) - shift);
  return sum;
}

bool run_softmax(const OpCall& call, std::string*) {
  return each_run(call, [](const auto* x, auto* y, std::int64_t n, std::int64_t step) {
    using T = std::remove_reference_t<decltype(*y)>;
    if (n == 0) return;
    const auto shift = largest(x, n, step);
    const double sum = sum_of_exp(x, n, step, shift);
    for (std::int64_t k = 0; k < n; ++k)
      y[k * step] = static_cast<T>(
          static_cast<Arithmetic<T>>(std::exp(static_cast<Arithmetic<T>>(x[k * step]) - shift) / sum));
  });
}

bool run_log_softmax(const OpCall& call, std::string*) {
  return each_run(call, [](const auto* x, auto* y, std::int64_t n, std::int64_t step) {
    using T = std::remove_reference_t<decltype(*y)>;
    if (n == 0) return;
    const auto shift = largest(x, n, step);
    const double log_sum = std::log(sum_of_exp(x, n, step, shift));
    for (std::int64_t k = 0; k < n; ++k)
      y[k * step] = static_cast<T>(
          static_cast<Arithmetic<T>>(static_cast<Arithmetic<T>>(x[k * step]) - shift - log_sum));
  });
}

bool run_hardmax(const OpCall& call, std::string*) {
  return each_run(call, [](const auto* x, auto* y, std::int64_t n, std::int64_t step) {
    using T = std::remove_reference_t<decltype(*y)>;
    std::int64_t best = 0;
    for (std::int64_t k = 1; k < n; ++k)
      if (static_cast<Arithmetic<T>>(x[k * step]) > static_cast<Arithmetic<T>>(x[best * step])) best = k;
    for (std::int64_t k = 0; k < n; ++k) y[k * step] = static_cast<T>(k == best ? 1.0f : 0.0f);
  });
}

constexpr OpInfo kOps[] = {{"", "Softmax", 1, 21, infer_softmax, run_softmax},
                           {"", "LogSoftmax", 1, 21, infer_softmax, run_log_softmax},
                           {"", "Hardmax", 1, 21, infer_softmax, run_hardmax}};

}  // namespace

std::span<const OpInfo> softmax_ops() {
  return kOps;
}

}  // namespace bondline::inference
