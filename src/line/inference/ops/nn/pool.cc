// Pools: the largest, the mean or the p-norm of a window, or of a whole plane.
#include <cmath>
#include <limits>

#include "line/inference/ops/nn/window.h"

namespace bondline::inference {

namespace {

bool check_pool(const InferCall& call, Window* w, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !check_rank(call, 0, 3, kMaxRank, problem)) return false;
  if (!is_float(call.in[0].dtype) &&
      !(call.node.op == "MaxPool" && (call.in[0].dtype == DType::i8 || call.in[0].dtype == DType::u8)))
    return fail(problem, "input 0 cannot be " + std::string(name_of(call.in[0].dtype)));
  return read_window(call.node, call.in[0].shape, ints_of(call.node, "kernel_shape"), true, w, problem);
}

bool infer_pool(const InferCall& call, Outputs* out, std::string* problem) {
  Window w;
  if (!check_pool(call, &w, problem)) return false;
  Shape shape = {call.in[0].shape[0], call.in[0].shape[1]};
  shape.insert(shape.end(), w.out.begin(), w.out.begin() + static_cast<std::ptrdiff_t>(w.dims));
  if (call.node.op == "MaxPool" && out->size() > 1) give(out, 1, DType::i64, shape);
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

// body(plane, x of the plane, output index, position) for every output.
template <class T, class Body>
void each_window(const OpCall& call, const Window& w, Body body) {
  const std::int64_t planes = call.in[0].shape[0] * call.in[0].shape[1], size = w.in_size(),
                     outputs = w.out_size();
  if (outputs == 0) return;
  for (std::int64_t p = 0; p < planes; ++p) {
    Indices at{};
    std::int64_t o = p * outputs;
    do body(p, call.in[0].as<const T>() + p * size, o++, at);
    while (advance(&at, w.out_shape(), w.dims));
  }
}

template <class F>
void each_tap(const Window& w, const Indices& at, F f) {
  Indices tap{};
  do {
    const std::int64_t offset = tap_offset(w, at, tap);
    if (offset >= 0) f(offset);
  } while (advance(&tap, w.kernel_shape(), w.dims));
}

// The offset with the spatial dimensions counted column by column: storage_order = 1.
std::int64_t column_major(const Window& w, std::int64_t offset) {
  std::int64_t result = 0, step = 1;
  Indices at{};
  for (std::size_t d = w.dims; d-- > 0; offset /= w.in[d]) at[d] = offset % w.in[d];
  for (std::size_t d = 0; d < w.dims; ++d) {
    result += at[d] * step;
    step *= w.in[d];
  }
  return result;
}

bool run_max(const OpCall& call, std::string* problem) {
  Window w;
  if (!read_window(call.node, call.in[0].shape, ints_of(call.node, "kernel_shape"), true, &w, problem))
    return false;
  const bool indices = call.out.size() > 1 && call.out[1].data != nullptr;
  const bool columns = call.node.integer("storage_order", 0) != 0;
  const std::int64_t size = w.in_size();
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    each_window<T>(call, w, [&](std::int64_t plane, const T* x, std::int64_t o, const Indices& at) {
      A best = std::numeric_limits<A>::lowest();
      std::int64_t where = -1;
      each_tap(w, at, [&](std::int64_t i) {
        if (static_cast<A>(x[i]) > best || where < 0) {
          best = static_cast<A>(x[i]);
          where = i;
        }
      });
      call.out[0].as<T>()[o] = static_cast<T>(best);
      if (indices)
        call.out[1].as<std::int64_t>()[o] = plane * size + (where < 0 ? 0
                                                            : columns ? column_major(w, where)
                                                                      : where);
    });
    return true;
  });
}

// Taps that count when padding counts: those inside the padded input. A window of ceil_mode may reach beyond.
std::int64_t padded_taps(const Window& w, const Indices& at) {
  std::int64_t count = 1;
  for (std::size_t d = 0; d < w.dims; ++d) {
    const std::int64_t begin = at[d] * w.stride[d] - w.before[d], room = w.in[d] + w.after[d] - begin;
    count *= std::min(w.kernel[d], (room + w.dilation[d] - 1) / w.dilation[d]);
  }
  return count;
}

bool run_average(const OpCall& call, std::string* problem) {
  Window w;
  if (!read_window(call.node, call.in[0].shape, ints_of(call.node, "kernel_shape"), true, &w, problem))
    return false;
  const bool padding = call.node.integer("count_include_pad", 0) != 0;
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    each_window<T>(call, w, [&](std::int64_t, const T* x, std::int64_t o, const Indices& at) {
      A sum = 0;
      std::int64_t count = 0;
      each_tap(w, at, [&](std::int64_t i) {
        sum += static_cast<A>(x[i]);
        ++count;
      });
      if (padding) count = padded_taps(w, at);
      call.out[0].as<T>()[o] =
          static_cast<T>(static_cast<A>(count == 0 ? A(0) : sum / static_cast<A>(count)));
    });
    return true;
  });
}

bool run_lp(const OpCall& call, std::string* problem) {
  Window w;
  if (!read_window(call.node, call.in[0].shape, ints_of(call.node, "kernel_shape"), true, &w, problem))
    return false;
  const auto p = static_cast<double>(call.node.integer("p", 2));
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    each_window<T>(call, w, [&](std::int64_t, const T* x, std::int64_t o, const Indices& at) {
      double sum = 0;
      each_tap(w, at, [&](std::int64_t i) {
        sum += std::pow(std::abs(static_cast<double>(static_cast<A>(x[i]))), p);
      });
      call.out[0].as<T>()[o] = static_cast<T>(static_cast<A>(std::pow(sum, 1 / p)));
    });
    return true;
  });
}

bool infer_global(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !check_float(call, 0, problem) ||
      !check_rank(call, 0, 2, kMaxRank, problem))
    return false;
  Shape shape = call.in[0].shape;
  std::fill(shape.begin() + 2, shape.end(), 1);
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

template <class Reduce>
bool each_plane(const OpCall& call, Reduce reduce) {
  const Ints shape = call.in[0].shape;
  const std::int64_t planes = shape[0] * shape[1], size = product(shape, 2, shape.size());
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t p = 0; p < planes; ++p)
      call.out[0].as<T>()[p] =
          static_cast<T>(static_cast<Arithmetic<T>>(reduce(call.in[0].as<const T>() + p * size, size)));
    return true;
  });
}

bool run_global_average(const OpCall& call, std::string*) {
  return each_plane(call, [](const auto* x, std::int64_t n) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
    return sum / static_cast<double>(n);
  });
}
bool run_global_max(const OpCall& call, std::string*) {
  return each_plane(call, [](const auto* x, std::int64_t n) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < n; ++i) best = std::max(best, static_cast<double>(x[i]));
    return best;
  });
}
bool run_global_lp(const OpCall& call, std::string*) {
  const auto p = static_cast<double>(call.node.integer("p", 2));
  return each_plane(call, [p](const auto* x, std::int64_t n) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += std::pow(std::abs(static_cast<double>(x[i])), p);
    return std::pow(sum, 1 / p);
  });
}

// MaxUnpool puts values back where MaxPool's indices found them; the rest is 0.
//
// The output MaxPool would have had as its input, which the indices count in.
bool unpooled_shape(const Node& node, Ints pooled, Indices* shape, std::string* problem) {
  const Ints kernel = ints_of(node, "kernel_shape"), strides = ints_of(node, "strides"),
             pads = ints_of(node, "pads");
  const std::size_t dims = pooled.size() - 2;
  if (kernel.size() != dims || (!strides.empty() && strides.size() != dims) ||
      (!pads.empty() && pads.size() != 2 * dims))
    return fail(problem, "kernel_shape, strides or pads has a wrong number of entries");
  (*shape)[0] = pooled[0];
  (*shape)[1] = pooled[1];
  for (std::size_t d = 0; d < dims; ++d) {
    const std::int64_t pad = pads.empty() ? 0 : pads[d] + pads[d + dims];
    (*shape)[d + 2] = (pooled[d + 2] - 1) * (strides.empty() ? 1 : strides[d]) + kernel[d] - pad;
    if ((*shape)[d + 2] < 0) return fail(problem, "pads are larger than the output");
  }
  return true;
}

bool infer_unpool(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 3, problem) || !check_float(call, 0, problem) ||
      !check_type(call, 1, {DType::i64}, problem) || !check_rank(call, 0, 3, kMaxRank, problem))
    return false;
  const Shape& pooled = call.in[0].shape;
  if (pooled != call.in[1].shape) return fail(problem, "values and indices must have one shape");
  Indices natural{};
  if (!unpooled_shape(call.node, pooled, &natural, problem)) return false;
  std::vector<std::int64_t> shape(natural.begin(),
                                  natural.begin() + static_cast<std::ptrdiff_t>(pooled.size()));
  if (has(call.in, 2)) {
    std::vector<std::int64_t> wanted;
    if (!constant_ints(call, 2, "output_shape", &wanted, problem)) return false;
    bool fits = wanted.size() == shape.size() && wanted[0] == shape[0] && wanted[1] == shape[1];
    for (std::size_t d = 2; fits && d < shape.size(); ++d) fits = wanted[d] >= shape[d];
    if (!fits)
      return fail(problem, "output_shape " + to_string(wanted) + " does not hold " + to_string(shape));
    shape = wanted;
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_unpool(const OpCall& call, std::string* problem) {
  const Ints pooled = call.in[0].shape;
  Indices natural{};
  if (!unpooled_shape(call.node, pooled, &natural, problem)) return false;
  const Indices to = strides_of(call.out[0].shape);
  const std::int64_t n = call.in[0].elements(), size = product(Ints(natural.data(), pooled.size()));
  const auto* index = call.in[1].as<const std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i)
    if (index[i] < 0 || index[i] >= size) return fail(problem, "an index is out of range");
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::fill_n(call.out[0].as<T>(), call.out[0].elements(), T(0.0f));
    for (std::int64_t i = 0; i < n; ++i) {
      std::int64_t rest = index[i], offset = 0;
      for (std::size_t d = pooled.size(); d-- > 0; rest /= natural[d]) offset += rest % natural[d] * to[d];
      call.out[0].as<T>()[offset] = call.in[0].as<const T>()[i];
    }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "MaxPool", 1, 21, infer_pool, run_max},
                           {"", "AveragePool", 1, 21, infer_pool, run_average},
                           {"", "LpPool", 2, 21, infer_pool, run_lp},
                           {"", "GlobalAveragePool", 1, 21, infer_global, run_global_average},
                           {"", "GlobalMaxPool", 1, 21, infer_global, run_global_max},
                           {"", "GlobalLpPool", 2, 21, infer_global, run_global_lp},
                           {"", "MaxUnpool", 9, 21, infer_unpool, run_unpool}};

}  // namespace

std::span<const OpInfo> pool_ops() {
  return kOps;
}

}  // namespace bondline::inference
