// What is there and where: NonZero, Compress, Unique (shapes that depend on data: only with constant inputs),
// OneHot, Trilu.
#include <algorithm>
#include <map>
#include <numeric>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

OpTensor view_of(const Tensor& tensor) {
  void* data = tensor.dtype == DType::string
                   ? const_cast<std::string*>(tensor.strings.data())  // NOLINT: only read
                   : static_cast<void*>(const_cast<std::byte*>(tensor.data<std::byte>()));  // NOLINT
  return {tensor.dtype, tensor.shape, data};
}

bool constant_needed(const InferCall& call, std::size_t i, std::string* problem) {
  return call.in[i].constant != nullptr ||
         fail(problem, "the shape of its output depends on the data of input " + std::to_string(i));
}

template <class F>
void each_non_zero(const OpTensor& in, F f) {
  const std::int64_t n = in.elements();
  if (n == 0) return;
  Indices at{};
  std::int64_t i = 0;
  do {
    if (in.dtype == DType::string ? !in.as<const std::string>()[i].empty() : real_at(in, i) != 0) f(at);
    ++i;
  } while (advance(&at, in.shape, in.shape.size()));
}

bool infer_non_zero(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !constant_needed(call, 0, problem)) return false;
  std::int64_t count = 0;
  each_non_zero(view_of(*call.in[0].constant), [&](const Indices&) { ++count; });
  return give(out, 0, DType::i64, {static_cast<std::int64_t>(call.in[0].shape.size()), count});
}

bool run_non_zero(const OpCall& call, std::string*) {
  const std::int64_t n = call.out[0].shape[1];
  std::int64_t column = 0;
  each_non_zero(call.in[0], [&](const Indices& at) {
    for (std::size_t d = 0; d < call.in[0].shape.size(); ++d)
      call.out[0].as<std::int64_t>()[static_cast<std::int64_t>(d) * n + column] = at[d];
    ++column;
  });
  return true;
}

bool infer_compress(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 2, problem) || !check_type(call, 1, {DType::boolean}, problem) ||
      !check_rank(call, 1, 1, 1, problem) || !constant_needed(call, 1, problem))
    return false;
  Shape shape = call.in[0].shape;
  std::size_t axis = 0;
  const bool flat = call.node.find("axis") == nullptr;
  if (flat)
    shape = {elements_of(shape)};
  else if (!settle_axis(call.node.integer("axis", 0), shape.size(), &axis, problem))
    return false;
  if (call.in[1].shape[0] > shape[axis]) return fail(problem, "condition is longer than the axis");
  const auto* condition = call.in[1].constant->data<std::uint8_t>();
  shape[axis] =
      std::count_if(condition, condition + call.in[1].shape[0], [](std::uint8_t c) { return c != 0; });
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_compress(const OpCall& call, std::string*) {
  const Ints shape = call.in[0].shape;
  const bool flat = call.node.find("axis") == nullptr;
  const std::int64_t raw = call.node.integer("axis", 0);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(shape.size()) : raw);
  const std::int64_t outer = flat ? 1 : product(shape, 0, axis), n = flat ? product(shape) : shape[axis];
  const std::int64_t inner = flat ? 1 : product(shape, axis + 1, shape.size());
  return with_size(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = call.out[0].as<T>();
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t k = 0; k < call.in[1].shape[0]; ++k)
        if (call.in[1].as<const std::uint8_t>()[k] != 0)
          y = std::copy_n(call.in[0].as<const T>() + (o * n + k) * inner, inner, y);
    return true;
  });
}

// Slices along an axis (or single elements) grouped by equality, in order of appearance or sorted.
struct Groups {
  std::vector<std::int64_t> first, inverse, count;  ///< by group; inverse by slice
  std::int64_t outer = 1, n = 0, inner = 1;
};

template <class T>
Groups group(const T* x, Ints shape, const Node& node) {
  Groups g;
  const bool flat = node.find("axis") == nullptr;
  const std::int64_t raw = node.integer("axis", 0);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(shape.size()) : raw);
  g.outer = flat ? 1 : product(shape, 0, axis);
  g.n = flat ? product(shape) : shape[axis];
  g.inner = flat ? 1 : product(shape, axis + 1, shape.size());
  const auto less = [&](std::int64_t a, std::int64_t b) {
    for (std::int64_t o = 0; o < g.outer; ++o)
      for (std::int64_t i = 0; i < g.inner; ++i) {
        const auto &p = x[(o * g.n + a) * g.inner + i], &q = x[(o * g.n + b) * g.inner + i];
        if (p < q) return true;
        if (q < p) return false;
      }
    return false;
  };
  std::map<std::int64_t, std::int64_t, decltype(less)> seen(less);
  for (std::int64_t k = 0; k < g.n; ++k) {
    const auto [place, fresh] = seen.emplace(k, static_cast<std::int64_t>(g.first.size()));
    if (fresh) {
      g.first.push_back(k);
      g.count.push_back(0);
    }
    ++g.count[static_cast<std::size_t>(place->second)];
    g.inverse.push_back(place->second);
  }
  if (node.integer("sorted", 1) == 0) return g;
  std::vector<std::int64_t> rank(g.first.size());
  std::vector<std::int64_t> first, count;
  for (const auto& [slice, old] : seen) {
    rank[static_cast<std::size_t>(old)] = static_cast<std::int64_t>(first.size());
    first.push_back(slice);
    count.push_back(g.count[static_cast<std::size_t>(old)]);
  }
  for (std::int64_t& i : g.inverse) i = rank[static_cast<std::size_t>(i)];
  g.first = std::move(first);
  g.count = std::move(count);
  return g;
}

Groups groups_of(const OpTensor& in, const Node& node) {
  Groups g;
  if (in.dtype == DType::string) return group(in.as<const std::string>(), in.shape, node);
  if (in.dtype == DType::boolean) return group(in.as<const std::uint8_t>(), in.shape, node);
  with_number(in.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    g = group(in.as<const T>(), in.shape, node);
    return true;
  });
  return g;
}

bool infer_unique(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  if (!check_inputs(call, 1, 1, problem) || !constant_needed(call, 0, problem)) return false;
  Shape shape = call.in[0].shape;
  const bool flat = call.node.find("axis") == nullptr;
  if (!flat && !settle_axis(call.node.integer("axis", 0), shape.size(), &axis, problem)) return false;
  const Groups g = groups_of(view_of(*call.in[0].constant), call.node);
  const auto n = static_cast<std::int64_t>(g.first.size());
  if (flat)
    shape = {n};
  else
    shape[axis] = n;
  give(out, 0, call.in[0].dtype, std::move(shape));
  give(out, 1, DType::i64, {n});
  give(out, 2, DType::i64, {g.n});
  give(out, 3, DType::i64, {n});
  return true;
}

bool run_unique(const OpCall& call, std::string*) {
  const Groups g = groups_of(call.in[0], call.node);
  const auto list = [&](std::size_t i, const std::vector<std::int64_t>& values) {
    if (has(call.out, i)) std::copy(values.begin(), values.end(), call.out[i].as<std::int64_t>());
  };
  list(1, g.first);
  list(2, g.inverse);
  list(3, g.count);
  return with_size(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = call.out[0].as<T>();
    for (std::int64_t o = 0; o < g.outer; ++o)
      for (const std::int64_t k : g.first)
        y = std::copy_n(call.in[0].as<const T>() + (o * g.n + k) * g.inner, g.inner, y);
    return true;
  });
}

bool infer_one_hot(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 3, 3, problem) || !check_number(call, 0, problem) ||
      !check_number(call, 1, problem))
    return false;
  std::vector<double> depth;
  if (!constant_reals(call, 1, "depth", &depth, problem)) return false;
  if (depth.size() != 1 || !(depth[0] >= 1) || depth[0] > 1e9) return fail(problem, "depth is out of range");
  if (call.in[2].shape != Shape{2}) return fail(problem, "values must hold two elements");
  std::size_t axis = 0;
  Shape shape = call.in[0].shape;
  if (shape.size() + 1 > kMaxRank) return fail(problem, "the result has more than 12 dimensions");
  if (!settle_axis(call.node.integer("axis", -1), shape.size() + 1, &axis, problem)) return false;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), static_cast<std::int64_t>(depth[0]));
  return give(out, 0, call.in[2].dtype, std::move(shape));
}

bool run_one_hot(const OpCall& call, std::string*) {
  const Ints shape = call.out[0].shape;
  const std::int64_t raw = call.node.integer("axis", -1);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(shape.size()) : raw);
  const std::int64_t outer = product(shape, 0, axis), depth = shape[axis],
                     inner = product(shape, axis + 1, shape.size());
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* values = call.in[2].as<const T>();
    T* y = call.out[0].as<T>();
    std::fill_n(y, call.out[0].elements(), values[0]);
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner; ++i) {
        const double index = real_at(call.in[0], o * inner + i);
        if (!(index >= -static_cast<double>(depth) && index < static_cast<double>(depth))) continue;
        const auto whole = static_cast<std::int64_t>(index);
        y[(o * depth + (whole < 0 ? whole + depth : whole)) * inner + i] = values[1];
      }
    return true;
  });
}

bool infer_trilu(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 2, problem) || !check_rank(call, 0, 2, kMaxRank, problem)) return false;
  if (has(call.in, 1) && (!check_type(call, 1, {DType::i64}, problem) || elements_of(call.in[1].shape) != 1))
    return problem->empty() ? fail(problem, "input 1 (k) must be one number") : false;
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_trilu(const OpCall& call, std::string*) {
  const bool upper = call.node.integer("upper", 1) != 0;
  const Ints shape = call.in[0].shape;
  const std::int64_t rows = shape[shape.size() - 2], columns = shape.back();
  const std::int64_t k =
      has(call.in, 1) ? std::clamp(int_at(call.in[1], 0), -rows - columns, rows + columns) : 0;
  return with_size(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const std::int64_t n = call.out[0].elements();
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t column = i % columns, row = i / columns % rows;
      const bool kept = upper ? column - row >= k : column - row <= k;
      call.out[0].as<T>()[i] = kept ? call.in[0].as<const T>()[i] : T{};
    }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "NonZero", 9, 21, infer_non_zero, run_non_zero, nullptr, false},
                           {"", "Compress", 9, 21, infer_compress, run_compress, nullptr, false},
                           {"", "Unique", 11, 21, infer_unique, run_unique, nullptr, false},
                           {"", "OneHot", 9, 21, infer_one_hot, run_one_hot},
                           {"", "Trilu", 14, 21, infer_trilu, run_trilu}};

}  // namespace

std::span<const OpInfo> select_ops() {
  return kOps;
}

}  // namespace bondline::inference
