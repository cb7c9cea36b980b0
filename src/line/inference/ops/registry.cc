// All tables as one, sorted by domain and name.
#include <algorithm>
#include <tuple>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

constexpr std::span<const OpInfo> (*kTables[])() = {
    unary_ops,     activation_ops, cast_ops,      binary_ops, compare_ops,   variadic_ops,
    reduction_ops, order_ops,      softmax_ops,   matrix_ops, einsum_ops,    view_ops,
    move_ops,      slice_ops,      pad_ops,       gather_ops, scatter_ops,   select_ops,
    generate_ops,  conv_ops,       pool_ops,      norm_ops,   resize_ops,    quantize_ops,
    integer_ops,   qlinear_ops,    recurrent_ops, sample_ops, detection_ops, signal_ops};

std::vector<OpInfo> gather_tables() {
  std::vector<OpInfo> all;
  for (const auto table : kTables) all.insert(all.end(), table().begin(), table().end());
  std::sort(all.begin(), all.end(), [](const OpInfo& a, const OpInfo& b) {
    return std::tie(a.domain, a.op, a.since) < std::tie(b.domain, b.op, b.since);
  });
  return all;
}

const std::vector<OpInfo>& sorted() {
  static const std::vector<OpInfo> all = gather_tables();
  return all;
}

}  // namespace

const OpInfo* find_op(std::string_view domain, std::string_view op, std::int64_t opset) {
  if (domain == "ai.onnx") domain = "";
  const auto& all = sorted();
  auto at =
      std::lower_bound(all.begin(), all.end(), std::tie(domain, op),
                       [](const OpInfo& row, const auto& key) { return std::tie(row.domain, row.op) < key; });
  for (; at != all.end() && at->domain == domain && at->op == op; ++at)
    if (opset >= at->since && opset <= at->until) return &*at;
  return nullptr;
}

std::vector<OpInfo> all_ops() {
  return sorted();
}

}  // namespace bondline::inference
