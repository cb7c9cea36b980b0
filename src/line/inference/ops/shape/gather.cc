// Gather, GatherElements, GatherND: elements picked by index; negative indices count from the end.
#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

bool check_indices(const InferCall& call, std::string* problem) {
  return check_inputs(call, 2, 2, problem) && check_type(call, 1, {DType::i32, DType::i64}, problem);
}

bool out_of_range(std::int64_t index, std::int64_t size, std::string* problem) {
  return fail(problem,
              "index " + std::to_string(index) + " is out of range for dimension " + std::to_string(size));
}

std::size_t axis_of(const OpCall& call, std::size_t rank) {
  const std::int64_t axis = call.node.integer("axis", 0);
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

bool infer_gather(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  if (!check_indices(call, problem) ||
      !settle_axis(call.node.integer("axis", 0), call.in[0].shape.size(), &axis, problem))
    return false;
  const Shape &data = call.in[0].shape, &indices = call.in[1].shape;
  if (data.size() + indices.size() - 1 > kMaxRank)
    return fail(problem, "the result has more than 12 dimensions");
  Shape shape(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(axis) + 1, data.end());
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_gather(const OpCall& call, std::string* problem) {
  const Ints data = call.in[0].shape;
  const std::size_t axis = axis_of(call, data.size());
  const std::int64_t outer = product(data, 0, axis), inner = product(data, axis + 1, data.size());
  const std::int64_t n = call.in[1].elements(), size = data[axis];
  for (std::int64_t i = 0; i < n; ++i)
    if (int_at(call.in[1], i) < -size || int_at(call.in[1], i) >= size)
      return out_of_range(int_at(call.in[1], i), size, problem);
  return with_size(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = call.out[0].as<T>();
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < n; ++i, y += inner) {
        const std::int64_t raw = int_at(call.in[1], i);
        std::copy_n(call.in[0].as<const T>() + (o * size + (raw < 0 ? raw + size : raw)) * inner, inner, y);
      }
    return true;
  });
}

bool infer_elements(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  if (!check_indices(call, problem)) return false;
  const auto& data = call.in[0].shape;
  if (!settle_axis(call.node.integer("axis", 0), data.size(), &axis, problem)) return false;
  const Shape& indices = call.in[1].shape;
  bool fits = indices.size() == data.size();
  for (std::size_t d = 0; fits && d < data.size(); ++d) fits = d == axis || indices[d] <= data[d];
  if (!fits)
    return fail(problem, "indices of shape " + to_string(indices) + " do not fit data of " + to_string(data));
  return give(out, 0, call.in[0].dtype, indices);
}

bool run_elements(const OpCall& call, std::string* problem) {
  const Ints data = call.in[0].shape, shape = call.out[0].shape;
  const std::size_t axis = axis_of(call, data.size());
  const Indices own = strides_of(data);
  if (call.out[0].elements() == 0) return true;
  return with_size(call.in[0].dtype,
                   [&](auto tag) {
                     using T = typename decltype(tag)::type;
                     Indices at{};
                     std::int64_t i = 0;
                     do {
                       const std::int64_t raw = int_at(call.in[1], i), size = data[axis];
                       if (raw < -size || raw >= size) {
                         out_of_range(raw, size, problem);
                         return true;
                       }
                       std::int64_t offset = 0;
                       for (std::size_t d = 0; d < data.size(); ++d)
                         offset += (d == axis ? (raw < 0 ? raw + size : raw) : at[d]) * own[d];
                       call.out[0].as<T>()[i++] = call.in[0].as<const T>()[offset];
                     } while (advance(&at, shape, shape.size()));
                     return true;
                   }) &&
         problem->empty();
}

bool infer_nd(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 2, problem) || !check_type(call, 1, {DType::i64}, problem)) return false;
  const Shape &data = call.in[0].shape, &indices = call.in[1].shape;
  const std::int64_t batch = call.node.integer("batch_dims", 0);
  if (indices.empty() || batch < 0 ||
      batch >= static_cast<std::int64_t>(std::min(data.size(), indices.size())))
    return fail(problem, "batch_dims is out of range");
  const auto b = static_cast<std::size_t>(batch);
  if (indices.back() < 1 || indices.back() > static_cast<std::int64_t>(data.size() - b))
    return fail(problem, "the last dimension of indices is out of range");
  if (!std::equal(data.begin(), data.begin() + batch, indices.begin()))
    return fail(problem, "data and indices have different batch dimensions");
  const auto depth = static_cast<std::size_t>(indices.back());
  Shape shape(indices.begin(), indices.end() - 1);
  shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(b + depth), data.end());
  if (shape.size() > kMaxRank) return fail(problem, "the result has more than 12 dimensions");
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_nd(const OpCall& call, std::string* problem) {
  const Ints data = call.in[0].shape, indices = call.in[1].shape;
  const auto b = static_cast<std::size_t>(call.node.integer("batch_dims", 0));
  const auto depth = static_cast<std::size_t>(indices.back());
  const std::int64_t batches = product(data, 0, b), slice = product(data, b + depth, data.size());
  const std::int64_t per_batch = product(indices, b, indices.size() - 1);
  const std::int64_t block = product(data, b, data.size());
  const Indices own = strides_of(data);
  const auto* index = call.in[1].as<const std::int64_t>();
  return with_size(call.in[0].dtype,
                   [&](auto tag) {
                     using T = typename decltype(tag)::type;
                     T* y = call.out[0].as<T>();
                     for (std::int64_t i = 0; i < batches * per_batch; ++i, y += slice) {
                       std::int64_t offset = i / per_batch * block;
                       for (std::size_t d = 0; d < depth; ++d) {
                         const std::int64_t raw =
                             index[i * static_cast<std::int64_t>(depth) + static_cast<std::int64_t>(d)];
                         const std::int64_t size = data[b + d];
                         if (raw < -size || raw >= size) {
                           out_of_range(raw, size, problem);
                           return true;
                         }
                         offset += (raw < 0 ? raw + size : raw) * own[b + d];
                       }
                       std::copy_n(call.in[0].as<const T>() + offset, slice, y);
                     }
                     return true;
                   }) &&
         problem->empty();
}

constexpr OpInfo kOps[] = {{"", "Gather", 1, 21, infer_gather, run_gather},
                           {"", "GatherElements", 11, 21, infer_elements, run_elements},
                           {"", "GatherND", 11, 21, infer_nd, run_nd}};

}  // namespace

std::span<const OpInfo> gather_ops() {
  return kOps;
}

}  // namespace bondline::inference
