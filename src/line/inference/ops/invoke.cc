#include "line/inference/ops/invoke.h"

#include <memory>
#include <new>
#include <utility>

#include "line/inference/ops/support.h"
#include "line/inference/ops/work.h"

namespace bondline::inference {

namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

struct AlignedDelete {
  void operator()(std::byte* memory) const { ::operator delete(memory, std::align_val_t{64}); }
};
using Scratch = std::unique_ptr<std::byte, AlignedDelete>;

Scratch make_scratch(std::size_t bytes) {
  return Scratch(static_cast<std::byte*>(::operator new(bytes + 64, std::align_val_t{64})));
}

std::string unknown_operator(const Node& node, std::int64_t opset) {
  std::string versions;
  for (const OpInfo& info : all_ops())
    if (info.op == node.op && info.domain == node.domain)
      versions +=
          (versions.empty() ? "" : ", ") + std::to_string(info.since) + " to " + std::to_string(info.until);
  if (versions.empty()) return "the operator is not supported";
  return "the operator is not supported in version " + std::to_string(opset) + " of its set (it is in " +
         versions + ")";
}

}  // namespace

OpTensor view_of(const Tensor& tensor) {
  if (tensor.dtype == DType::string)
    return {tensor.dtype, tensor.shape,
            const_cast<std::string*>(tensor.strings.data())};  // NOLINT: see the header
  return {tensor.dtype, tensor.shape,
          tensor.bytes ? const_cast<std::byte*>(tensor.bytes->data()) : nullptr};  // NOLINT
}

bool infer_node(const Node& node, std::int64_t opset, std::span<const ValueType> in,
                std::vector<ValueType>* out, std::string* problem) {
  const OpInfo* info = find_op(node.domain, node.op, opset);
  if (info == nullptr) return fail(problem, unknown_operator(node, opset));
  if (!check_attributes(node, opset, problem)) return false;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i].shape.size() > kMaxRank)
      return fail(problem, "input " + std::to_string(i) + " has more than " + std::to_string(kMaxRank) +
                               " dimensions");
  out->assign(node.outputs.size(), ValueType{});
  if (!info->infer({node, opset, in}, out, problem)) {
    if (problem->empty()) *problem = "its inputs are not supported";
    return false;
  }
  const bool recurrent = node.op == "LSTM" || node.op == "GRU" || node.op == "RNN";
  for (std::size_t i = 0; i < out->size(); ++i) {
    if (node.outputs[i] == kNone) {
      if ((i == 0 && out->size() > 1 && !recurrent) || node.op == "Split")
        return fail(problem, "leaving out output " + std::to_string(i) + " is not supported");
      (*out)[i] = ValueType{};
      continue;
    }
    const ValueType& type = (*out)[i];
    if (!type.present()) return fail(problem, "has no output " + std::to_string(i));
    if (type.shape.size() > kMaxRank || elements_of(type.shape) < 0 ||
        elements_of(type.shape) > kMostElements)
      return fail(problem,
                  "output " + std::to_string(i) + " of shape " + to_string(type.shape) + " is too large");
  }
  return true;
}

bool invoke(const Node& node, std::int64_t opset, std::span<const Tensor* const> in, const Budget& budget,
            std::vector<Tensor>* out, std::string* problem) {
  std::vector<ValueType> types, results;
  std::vector<OpTensor> arguments, targets;
  for (const Tensor* tensor : in) {
    types.push_back(tensor ? ValueType{tensor->dtype, tensor->shape, tensor} : ValueType{});
    arguments.push_back(tensor ? view_of(*tensor) : OpTensor{});
  }
  if (!infer_node(node, opset, types, &results, problem)) return false;
  if (budget.work != nullptr) {
    const double work = work_of(node, types, results);
    if (work > *budget.work) return fail(problem, "takes more operations than the limit leaves");
    *budget.work -= work;
  }
  std::size_t total = 0;
  out->assign(results.size(), Tensor{});
  for (std::size_t i = 0; i < results.size(); ++i) {
    Tensor& tensor = (*out)[i];
    tensor.dtype = results[i].dtype;
    tensor.shape = std::move(results[i].shape);
    const auto count = static_cast<std::size_t>(tensor.dtype == DType::undefined ? 0 : tensor.elements());
    total += count * (tensor.dtype == DType::string ? sizeof(std::string) : size_of(tensor.dtype));
    if (total > budget.bytes)
      return fail(problem, "its output of shape " + to_string(tensor.shape) +
                               " is larger than the limit of " + std::to_string(budget.bytes) + " bytes");
    if (tensor.dtype == DType::string)
      tensor.strings.resize(count);
    else if (tensor.dtype != DType::undefined)
      tensor.bytes = std::make_shared<std::vector<std::byte>>(count * size_of(tensor.dtype));
    targets.push_back(view_of(tensor));
  }
  const OpInfo* info = find_op(node.domain, node.op, opset);
  const std::size_t scratch_bytes = info->scratch ? info->scratch(node, opset, arguments, targets) : 0;
  if (scratch_bytes > budget.bytes) return fail(problem, "needs more memory than the limit");
  const Scratch scratch = make_scratch(scratch_bytes);
  return info->run({node, opset, arguments, targets, {scratch.get(), scratch_bytes}}, problem);
}

}  // namespace bondline::inference
