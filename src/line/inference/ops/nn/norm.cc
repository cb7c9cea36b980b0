// Normalisations: y = scale (x - mean) / sqrt(variance + epsilon) + bias over different sets of elements.
// Means and variances are taken in double.
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

// BatchNormalization with given statistics, or with those of the batch in training mode (opset 14 on).
bool infer_batch(const InferCall& call, Outputs* out, std::string* problem) {
  if (call.opset < 9 && call.node.integer("spatial", 1) == 0)
    return fail(problem, "attribute spatial = 0 is not supported");
  if (!check_inputs(call, 5, 5, problem) || !check_float(call, 0, problem) ||
      !check_rank(call, 0, 1, kMaxRank, problem))
    return false;
  const Shape& x = call.in[0].shape;
  const std::int64_t channels = x.size() > 1 ? x[1] : 1;
  for (std::size_t i = 1; i < 5; ++i)
    if (!check_float(call, i, problem) || elements_of(call.in[i].shape) != channels)
      return problem->empty()
                 ? fail(problem, "input " + std::to_string(i) + " must have one entry per channel")
                 : false;
  if (call.node.integer("training_mode", 0) != 0) {
    if (out->size() > 3) return fail(problem, "has more outputs than training mode gives");
    for (std::size_t i = 1; i < out->size(); ++i) give(out, i, call.in[i + 2].dtype, {channels});
    return give(out, 0, call.in[0].dtype, x);
  }
  for (std::size_t i = 1; i < call.node.outputs.size(); ++i)
    if (call.node.outputs[i] != kNone)
      return fail(problem, "statistics as outputs belong to training, which is not supported");
  return give(out, 0, call.in[0].dtype, x);
}

struct Moments {
  double mean, variance;
};

// Over `count` runs of `n` elements, `step` apart.
template <class T>
Moments moments(const T* x, std::int64_t count, std::int64_t step, std::int64_t n) {
  double sum = 0, squares = 0;
  const auto total = static_cast<double>(count * n);
  for (std::int64_t c = 0; c < count; ++c)
    for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[c * step + i]);
  const double mean = sum / total;
  for (std::int64_t c = 0; c < count; ++c)
    for (std::int64_t i = 0; i < n; ++i) {
      const double d = static_cast<double>(x[c * step + i]) - mean;
      squares += d * d;
    }
  return {mean, squares / total};
}

bool run_batch(const OpCall& call, std::string*) {
  const Ints x = call.in[0].shape;
  const double epsilon = call.node.real("epsilon", 1e-5f), momentum = call.node.real("momentum", 0.9f);
  const bool training = call.node.integer("training_mode", 0) != 0;
  const std::int64_t channels = x.size() > 1 ? x[1] : 1,
                     plane = product(x, std::min<std::size_t>(2, x.size()), x.size());
  const std::int64_t batch = x[0];
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t c = 0; c < channels; ++c) {
      double mean = real_at(call.in[3], c), variance = real_at(call.in[4], c);
      if (training) {
        const Moments now = moments(call.in[0].as<const T>() + c * plane, batch, channels * plane, plane);
        const auto note = [&](std::size_t i, double value) {
          if (!has(call.out, i)) return;
          with_float(call.out[i].dtype, [&](auto other) {
            using U = typename decltype(other)::type;
            call.out[i].as<U>()[c] = static_cast<U>(static_cast<Arithmetic<U>>(value));
            return true;
          });
        };
        note(1, mean * momentum + now.mean * (1 - momentum));
        note(2, variance * momentum + now.variance * (1 - momentum));
        mean = now.mean;
        variance = now.variance;
      }
      const double scale = real_at(call.in[1], c) / std::sqrt(variance + epsilon);
      const double shift = real_at(call.in[2], c) - mean * scale;
      for (std::int64_t n = 0; n < batch; ++n) {
        const T* from = call.in[0].as<const T>() + (n * channels + c) * plane;
        T* to = call.out[0].as<T>() + (n * channels + c) * plane;
        for (std::int64_t i = 0; i < plane; ++i)
          to[i] = static_cast<T>(static_cast<Arithmetic<T>>(static_cast<double>(from[i]) * scale + shift));
      }
    }
    return true;
  });
}

bool infer_instance(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 3, 3, problem) || !check_float(call, 0, problem) ||
      !check_rank(call, 0, 3, kMaxRank, problem))
    return false;
  for (std::size_t i = 1; i < 3; ++i)
    if (!check_same(call, 0, i, problem) || call.in[i].shape != Shape{call.in[0].shape[1]})
      return problem->empty() ? fail(problem, "scale and bias must have one entry per channel") : false;
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_instance(const OpCall& call, std::string*) {
  const Ints x = call.in[0].shape;
  const double epsilon = call.node.real("epsilon", 1e-5f);
  const std::int64_t plane = product(x, 2, x.size());
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t p = 0; p < x[0] * x[1]; ++p) {
      const T* from = call.in[0].as<const T>() + p * plane;
      const Moments m = moments(from, 1, 0, plane);
      const double scale = real_at(call.in[1], p % x[1]) / std::sqrt(m.variance + epsilon);
      const double shift = real_at(call.in[2], p % x[1]) - m.mean * scale;
      for (std::int64_t i = 0; i < plane; ++i)
        call.out[0].as<T>()[p * plane + i] =
            static_cast<T>(static_cast<Arithmetic<T>>(static_cast<double>(from[i]) * scale + shift));
    }
    return true;
  });
}

// Over all dimensions from axis on (Ba, Kiros, Hinton 2016). Also known before opset 17, where the passes
// make it from its parts.
bool infer_layer(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 3, problem) || !check_float(call, 0, problem)) return false;
  const Shape& x = call.in[0].shape;
  std::size_t axis = 0;
  if (!settle_axis(call.node.integer("axis", -1), x.size(), &axis, problem)) return false;
  for (std::size_t i = 1; i < 3; ++i) {
    Shape wide;
    const Shape tail(x.begin() + static_cast<std::ptrdiff_t>(axis), x.end());
    if (!has(call.in, i)) continue;
    if (!check_float(call, i, problem) || !broadcast(tail, call.in[i].shape, &wide, problem)) return false;
    if (wide != tail) return fail(problem, "scale and bias must broadcast to the normalised dimensions");
  }
  if (call.node.integer("stash_type", 1) != 1) return fail(problem, "attribute stash_type is not supported");
  Shape kept = x;
  std::fill(kept.begin() + static_cast<std::ptrdiff_t>(axis), kept.end(), 1);
  give(out, 1, DType::f32, kept);
  give(out, 2, DType::f32, kept);
  return give(out, 0, call.in[0].dtype, x);
}

bool run_layer(const OpCall& call, std::string*) {
  const Ints x = call.in[0].shape;
  const std::int64_t raw = call.node.integer("axis", -1);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(x.size()) : raw);
  const double epsilon = call.node.real("epsilon", 1e-5f);
  const std::int64_t outer = product(x, 0, axis), n = product(x, axis, x.size());
  const Ints tail = x.subspan(axis);
  const Indices scale = broadcast_strides(call.in[1].shape, tail);
  const bool biased = has(call.in, 2);
  const Indices bias = biased ? broadcast_strides(call.in[2].shape, tail) : Indices{};
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t o = 0; o < outer; ++o) {
      const T* from = call.in[0].as<const T>() + o * n;
      T* to = call.out[0].as<T>() + o * n;
      const Moments m = moments(from, 1, 0, n);
      const double inverse = 1 / std::sqrt(m.variance + epsilon);
      each_row(tail, scale, bias,
               [&](std::int64_t i, std::int64_t count, std::int64_t s, std::int64_t ds, std::int64_t b,
                   std::int64_t db) {
                 for (std::int64_t k = 0; k < count; ++k) {
                   double y = (static_cast<double>(from[i + k]) - m.mean) * inverse *
                              real_at(call.in[1], s + k * ds);
                   if (biased) y += real_at(call.in[2], b + k * db);
                   to[i + k] = static_cast<T>(static_cast<Arithmetic<T>>(y));
                 }
               });
      if (has(call.out, 1)) call.out[1].as<float>()[o] = static_cast<float>(m.mean);
      if (has(call.out, 2)) call.out[2].as<float>()[o] = static_cast<float>(inverse);
    }
    return true;
  });
}

// Wu and He 2018. Scale and bias per group (opset 18) or per channel (opset 21).
bool infer_group(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 3, 3, problem) || !check_float(call, 0, problem) ||
      !check_rank(call, 0, 2, kMaxRank, problem))
    return false;
  const std::int64_t groups = call.node.integer("num_groups", 0), channels = call.in[0].shape[1];
  if (groups < 1 || channels % groups != 0)
    return fail(problem, "attribute num_groups does not divide the channels");
  for (std::size_t i = 1; i < 3; ++i)
    if (!check_float(call, i, problem) || call.in[i].shape != Shape{call.opset < 21 ? groups : channels})
      return problem->empty() ? fail(problem, "scale and bias have a wrong number of entries") : false;
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_group(const OpCall& call, std::string*) {
  const Ints x = call.in[0].shape;
  const double epsilon = call.node.real("epsilon", 1e-5f);
  const std::int64_t groups = call.node.integer("num_groups", 1), per = x[1] / groups,
                     plane = product(x, 2, x.size());
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t g = 0; g < x[0] * groups; ++g) {
      const T* from = call.in[0].as<const T>() + g * per * plane;
      const Moments m = moments(from, 1, 0, per * plane);
      const double inverse = 1 / std::sqrt(m.variance + epsilon);
      for (std::int64_t c = 0; c < per; ++c) {
        const std::int64_t which = call.opset < 21 ? g % groups : g % groups * per + c;
        const double scale = inverse * real_at(call.in[1], which),
                     shift = real_at(call.in[2], which) - m.mean * scale;
        for (std::int64_t i = c * plane; i < (c + 1) * plane; ++i)
          call.out[0].as<T>()[g * per * plane + i] =
              static_cast<T>(static_cast<Arithmetic<T>>(static_cast<double>(from[i]) * scale + shift));
      }
    }
    return true;
  });
}

// Krizhevsky 2012: y = x / (bias + alpha / size * sum of squares of the channels around)^beta.
bool infer_lrn(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !check_float(call, 0, problem) ||
      !check_rank(call, 0, 3, kMaxRank, problem))
    return false;
  if (call.node.integer("size", 0) < 1) return fail(problem, "attribute size is missing or not positive");
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_lrn(const OpCall& call, std::string*) {
  const Ints x = call.in[0].shape;
  const std::int64_t size = call.node.integer("size", 1), plane = product(x, 2, x.size());
  const double alpha = call.node.real("alpha", 1e-4f), beta = call.node.real("beta", 0.75f),
               bias = call.node.real("bias", 1);
  const std::int64_t before = (size - 1) / 2, after = size - 1 - before;
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t n = 0; n < x[0]; ++n)
      for (std::int64_t c = 0; c < x[1]; ++c)
        for (std::int64_t i = 0; i < plane; ++i) {
          double squares = 0;
          for (std::int64_t k = std::max<std::int64_t>(0, c - before); k <= std::min(x[1] - 1, c + after);
               ++k) {
            const auto v = static_cast<double>(call.in[0].as<const T>()[(n * x[1] + k) * plane + i]);
            squares += v * v;
          }
          const std::int64_t at = (n * x[1] + c) * plane + i;
          call.out[0].as<T>()[at] = static_cast<T>(
              static_cast<Arithmetic<T>>(static_cast<double>(call.in[0].as<const T>()[at]) /
                                         std::pow(bias + alpha / static_cast<double>(size) * squares, beta)));
        }
    return true;
  });
}

// (x - mean) / (standard deviation + 1e-9) over axes, which must be all but one: the form of the standard's
// function.
bool infer_mvn(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !check_float(call, 0, problem)) return false;
  for (const std::int64_t axis : call.node.integers("axes", {0, 2, 3})) {
    std::size_t settled = 0;
    if (!settle_axis(axis, call.in[0].shape.size(), &settled, problem)) return false;
  }
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_mvn(const OpCall& call, std::string*) {
  constexpr std::int64_t kDefault[] = {0, 2, 3};
  const Ints x = call.in[0].shape;
  const Ints axes = call.node.find("axes") ? ints_of(call.node, "axes") : Ints(kDefault);
  std::array<bool, kMaxRank> gone{};
  for (const std::int64_t axis : axes)
    gone[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(x.size()) : axis)] = true;
  const Indices own = strides_of(x);
  Indices kept{}, kept_step{}, run{}, run_step{};
  std::size_t kept_rank = 0, run_rank = 0;
  for (std::size_t d = 0; d < x.size(); ++d) {
    (gone[d] ? run : kept)[gone[d] ? run_rank : kept_rank] = x[d];
    (gone[d] ? run_step : kept_step)[gone[d] ? run_rank++ : kept_rank++] = own[d];
  }
  if (call.out[0].elements() == 0) return true;
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = call.in[0].as<const T>();
    T* to = call.out[0].as<T>();
    Indices at{};
    do {
      std::int64_t begin = 0;
      for (std::size_t d = 0; d < kept_rank; ++d) begin += at[d] * kept_step[d];
      const auto each = [&](auto f) {
        Indices inner{};
        do {
          std::int64_t offset = begin;
          for (std::size_t d = 0; d < run_rank; ++d) offset += inner[d] * run_step[d];
          f(offset);
        } while (advance(&inner, run, run_rank));
      };
      double sum = 0, squares = 0, n = 0;
      each([&](std::int64_t i) {
        sum += static_cast<double>(from[i]);
        n += 1;
      });
      const double mean = sum / n;
      each([&](std::int64_t i) {
        const double d = static_cast<double>(from[i]) - mean;
        squares += d * d;
      });
      const double divisor = std::sqrt(squares / n) + 1e-9;
      each([&](std::int64_t i) {
        to[i] = static_cast<T>(static_cast<Arithmetic<T>>((static_cast<double>(from[i]) - mean) / divisor));
      });
    } while (advance(&at, kept, kept_rank));
    return true;
  });
}

bool infer_lp(const InferCall& call, Outputs* out, std::string* problem) {
  std::size_t axis = 0;
  const std::int64_t p = call.node.integer("p", 2);
  if (!check_inputs(call, 1, 1, problem) || !check_float(call, 0, problem) ||
      !settle_axis(call.node.integer("axis", -1), call.in[0].shape.size(), &axis, problem))
    return false;
  if (p != 1 && p != 2) return fail(problem, "attribute p must be 1 or 2");
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_lp(const OpCall& call, std::string*) {
  const Ints x = call.in[0].shape;
  const std::int64_t raw = call.node.integer("axis", -1), p = call.node.integer("p", 2);
  const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(x.size()) : raw);
  const std::int64_t outer = product(x, 0, axis), n = x[axis], inner = product(x, axis + 1, x.size());
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner; ++i) {
        const std::int64_t begin = o * n * inner + i;
        double norm = 0;
        for (std::int64_t k = 0; k < n; ++k) {
          const auto v = static_cast<double>(call.in[0].as<const T>()[begin + k * inner]);
          norm += p == 1 ? std::abs(v) : v * v;
        }
        if (p == 2) norm = std::sqrt(norm);
        for (std::int64_t k = 0; k < n; ++k)
          call.out[0].as<T>()[begin + k * inner] = static_cast<T>(static_cast<Arithmetic<T>>(
              norm == 0 ? 0 : static_cast<double>(call.in[0].as<const T>()[begin + k * inner]) / norm));
      }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "BatchNormalization", 6, 21, infer_batch, run_batch},
                           {"", "InstanceNormalization", 1, 21, infer_instance, run_instance},
                           {"", "LayerNormalization", 1, 21, infer_layer, run_layer},
                           {"", "GroupNormalization", 18, 21, infer_group, run_group},
                           {"", "LRN", 1, 21, infer_lrn, run_lrn},
                           {"", "MeanVarianceNormalization", 9, 21, infer_mvn, run_mvn},
                           {"", "LpNormalization", 1, 21, infer_lp, run_lp}};

}  // namespace

std::span<const OpInfo> norm_ops() {
  return kOps;
}

}  // namespace bondline::inference
