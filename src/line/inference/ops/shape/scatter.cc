// Scatter, ScatterElements, ScatterND: a copy of the data with elements put in by index, perhaps combined.
#include <algorithm>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

enum class Combine { none, add, mul, max, min };

bool combine_of(std::string_view name, Combine* out) {
  constexpr std::string_view kNames[] = {"none", "add", "mul", "max", "min"};
  for (std::size_t i = 0; i < 5; ++i)
    if (kNames[i] == name) {
      *out = static_cast<Combine>(i);
      return true;
    }
  return false;
}

bool check_scatter(const InferCall& call, std::string* problem) {
  Combine how = Combine::none;
  if (!check_inputs(call, 3, 3, problem) || !check_same(call, 0, 2, problem)) return false;
  if (!check_type(call, 1, {DType::i32, DType::i64}, problem)) return false;
  if (!combine_of(call.node.text("reduction", "none"), &how))
    return fail(problem,
                "attribute reduction is \"" + call.node.text("reduction", "") + "\", which is not supported");
  return how == Combine::none || check_number(call, 0, problem);
}

bool infer_elements(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  if (!check_scatter(call, problem) ||
      !settle_axis(call.node.integer("axis", 0), call.in[0].shape.size(), &axis, problem))
    return false;
  const Shape &data = call.in[0].shape, &indices = call.in[1].shape;
  bool fits = indices.size() == data.size() && indices == call.in[2].shape;
  for (std::size_t d = 0; fits && d < data.size(); ++d) fits = d == axis || indices[d] <= data[d];
  if (!fits) return fail(problem, "indices and updates must have one shape, no larger than the data");
  return give(out, 0, call.in[0].dtype, data);
}

void copy_data(const OpCall& call) {
  with_size(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::copy_n(call.in[0].as<const T>(), call.out[0].elements(), call.out[0].as<T>());
    return true;
  });
}

// out[to .. to + n) combined with updates[from .. from + n).
void put(const OpCall& call, Combine how, std::int64_t to, std::int64_t from, std::int64_t n) {
  if (how == Combine::none) {
    with_size(call.in[0].dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      std::copy_n(call.in[2].as<const T>() + from, n, call.out[0].as<T>() + to);
      return true;
    });
    return;
  }
  with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    using U = std::conditional_t<std::is_floating_point_v<A>, A, std::uint64_t>;
    for (std::int64_t i = 0; i < n; ++i) {
      T& y = call.out[0].as<T>()[to + i];
      const A a = static_cast<A>(y), b = static_cast<A>(call.in[2].as<const T>()[from + i]);
      if (how == Combine::add) y = static_cast<T>(static_cast<A>(static_cast<U>(a) + static_cast<U>(b)));
      if (how == Combine::mul) y = static_cast<T>(static_cast<A>(static_cast<U>(a) * static_cast<U>(b)));
      if (how == Combine::max) y = static_cast<T>(std::max(a, b));
      if (how == Combine::min) y = static_cast<T>(std::min(a, b));
    }
    return true;
  });
}

bool out_of_range(std::int64_t index, std::int64_t size, std::string* problem) {
  return fail(problem,
              "index " + std::to_string(index) + " is out of range for dimension " + std::to_string(size));
}

bool run_elements(const OpCall& call, std::string* problem) {
  Combine how = Combine::none;
  combine_of(text_of(call.node, "reduction", "none"), &how);
  const Ints data = call.in[0].shape, shape = call.in[1].shape;
  const std::int64_t raw_axis = call.node.integer("axis", 0);
  const auto axis =
      static_cast<std::size_t>(raw_axis < 0 ? raw_axis + static_cast<std::int64_t>(data.size()) : raw_axis);
  const Indices own = strides_of(data);
  copy_data(call);
  if (product(shape) == 0) return true;
  Indices at{};
  std::int64_t i = 0;
  do {
    const std::int64_t raw = int_at(call.in[1], i), size = data[axis];
    if (raw < -size || raw >= size) return out_of_range(raw, size, problem);
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < data.size(); ++d)
      offset += (d == axis ? (raw < 0 ? raw + size : raw) : at[d]) * own[d];
    put(call, how, offset, i++, 1);
  } while (advance(&at, shape, shape.size()));
  return true;
}

bool infer_nd(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_scatter(call, problem)) return false;
  const Shape &data = call.in[0].shape, &indices = call.in[1].shape;
  if (indices.empty() || indices.back() < 0 || indices.back() > static_cast<std::int64_t>(data.size()))
    return fail(problem, "the last dimension of indices is out of range");
  Shape wanted(indices.begin(), indices.end() - 1);
  wanted.insert(wanted.end(), data.begin() + indices.back(), data.end());
  if (wanted != call.in[2].shape)
    return fail(problem,
                "updates must have shape " + to_string(wanted) + ", not " + to_string(call.in[2].shape));
  return give(out, 0, call.in[0].dtype, data);
}

bool run_nd(const OpCall& call, std::string* problem) {
  Combine how = Combine::none;
  combine_of(text_of(call.node, "reduction", "none"), &how);
  const Ints data = call.in[0].shape, indices = call.in[1].shape;
  const std::int64_t depth = indices.back(), n = product(indices, 0, indices.size() - 1);
  const std::int64_t slice = product(data, static_cast<std::size_t>(depth), data.size());
  const Indices own = strides_of(data);
  copy_data(call);
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t offset = 0;
    for (std::int64_t d = 0; d < depth; ++d) {
      const std::int64_t raw = int_at(call.in[1], i * depth + d), size = data[static_cast<std::size_t>(d)];
      if (raw < -size || raw >= size) return out_of_range(raw, size, problem);
      offset += (raw < 0 ? raw + size : raw) * own[static_cast<std::size_t>(d)];
    }
    put(call, how, offset, i * slice, slice);
  }
  return true;
}

constexpr OpInfo kOps[] = {{"", "Scatter", 9, 10, infer_elements, run_elements},
                           {"", "ScatterElements", 11, 21, infer_elements, run_elements},
                           {"", "ScatterND", 11, 21, infer_nd, run_nd}};

}  // namespace

std::span<const OpInfo> scatter_ops() {
  return kOps;
}

}  // namespace bondline::inference
