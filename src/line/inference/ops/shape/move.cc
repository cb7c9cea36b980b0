// Elements in another order: transposing, joining, cutting, repeating.
#include <cstring>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

// out[i] = in at offset begin + sum of index times step, for indices over out's shape.
void gather_strided(const OpTensor& in, const OpTensor& out, Ints shape, const Indices& step,
                    std::int64_t begin = 0) {
  with_size(out.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = in.as<const T>() + begin;
    T* y = out.as<T>();
    each_row(
        shape, step, step,
        [&](std::int64_t o, std::int64_t n, std::int64_t i, std::int64_t di, std::int64_t, std::int64_t) {
          if (di == 1)
            std::copy_n(x + i, n, y + o);
          else
            for (std::int64_t k = 0; k < n; ++k) y[o + k] = x[i + k * di];
        });
    return true;
  });
}

bool infer_transpose(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem)) return false;
  const Shape& from = call.in[0].shape;
  const auto perm = call.node.integers("perm");
  Shape shape(from.rbegin(), from.rend());
  if (call.node.find("perm") != nullptr) {
    std::vector<char> seen(from.size(), 0);
    if (perm.size() != from.size())
      return fail(problem, "perm has another number of entries than the input dimensions");
    for (std::size_t i = 0; i < perm.size(); ++i) {
      std::size_t p = 0;
      if (!settle_axis(perm[i], from.size(), &p, problem)) return false;
      if (seen[p]++ != 0) return fail(problem, "perm names dimension " + std::to_string(p) + " twice");
      shape[i] = from[p];
    }
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_transpose(const OpCall& call, std::string*) {
  const Indices own = strides_of(call.in[0].shape);
  const Ints perm = ints_of(call.node, "perm");
  const std::size_t rank = call.in[0].shape.size();
  Indices step{};
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t p = perm.empty() ? static_cast<std::int64_t>(rank - 1 - i) : perm[i];
    step[i] = own[static_cast<std::size_t>(p < 0 ? p + static_cast<std::int64_t>(rank) : p)];
  }
  gather_strided(call.in[0], call.out[0], call.out[0].shape, step);
  return true;
}

bool infer_concat(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1u << 20, problem)) return false;
  std::size_t axis = 0;
  Shape shape = call.in[0].shape;
  const std::int64_t given = call.node.integer("axis", call.opset < 4 ? 1 : INT64_MIN);
  if (given == INT64_MIN) return fail(problem, "attribute axis is missing");
  if (!settle_axis(given, shape.size(), &axis, problem)) return false;
  for (std::size_t i = 1; i < call.in.size(); ++i) {
    if (!has(call.in, i)) return fail(problem, "input " + std::to_string(i) + " is missing");
    const Shape& other = call.in[i].shape;
    if (!check_same(call, 0, i, problem)) return false;
    bool fits = other.size() == shape.size();
    for (std::size_t d = 0; fits && d < shape.size(); ++d) fits = d == axis || other[d] == shape[d];
    if (!fits)
      return fail(problem, "shapes " + to_string(shape) + " and " + to_string(other) +
                               " cannot be joined along axis " + std::to_string(axis));
    shape[axis] += other[axis];
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

std::size_t axis_index(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

bool run_concat(const OpCall& call, std::string*) {
  const Ints shape = call.out[0].shape;
  const std::size_t axis = axis_index(call.node.integer("axis", 1), shape.size());
  const std::int64_t outer = product(shape, 0, axis), row = product(shape, axis, shape.size());
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::int64_t begin = 0;
    for (const OpTensor& in : call.in) {
      const std::int64_t n = product(in.shape, axis, shape.size());
      for (std::int64_t o = 0; o < outer; ++o)
        std::copy_n(in.as<const T>() + o * n, n, call.out[0].as<T>() + o * row + begin);
      begin += n;
    }
    return true;
  });
}

// Sizes are an attribute before opset 13, an input since; without them the parts are equal (from opset 18 on
// the last may be smaller).
bool infer_split(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, call.opset >= 13 || call.opset < 2 ? 2 : 1, problem)) return false;
  std::size_t axis = 0;
  Shape shape = call.in[0].shape;
  if (!settle_axis(call.node.integer("axis", 0), shape.size(), &axis, problem)) return false;
  std::vector<std::int64_t> sizes = call.node.integers("split");
  if (has(call.in, 1) && !constant_ints(call, 1, "split", &sizes, problem)) return false;
  const auto parts = static_cast<std::int64_t>(out->size());
  const std::int64_t whole = shape[axis];
  if (sizes.empty()) {
    const std::int64_t wanted = call.node.integer("num_outputs", parts);
    if (wanted != parts) return fail(problem, "num_outputs differs from the number of outputs");
    const std::int64_t size = (whole + parts - 1) / parts;
    if (call.opset < 18 && whole % parts != 0)
      return fail(problem, "cannot split " + std::to_string(whole) + " into " + std::to_string(parts) +
                               " equal parts");
    for (std::int64_t i = 0, left = whole; i < parts; ++i, left -= std::min(size, left))
      sizes.push_back(std::min(size, left));
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > whole) return fail(problem, "split holds the size " + std::to_string(size));
    sum += size;
  }
  if (sizes.size() != out->size() || sum != whole)
    return fail(problem, "split has " + std::to_string(sizes.size()) + " parts that sum to " +
                             std::to_string(sum) + " for " + std::to_string(out->size()) +
                             " outputs and dimension " + std::to_string(whole));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    shape[axis] = sizes[i];
    give(out, i, call.in[0].dtype, shape);
  }
  return true;
}

bool run_split(const OpCall& call, std::string*) {
  const Ints shape = call.in[0].shape;
  const std::size_t axis = axis_index(call.node.integer("axis", 0), shape.size());
  const std::int64_t outer = product(shape, 0, axis), row = product(shape, axis, shape.size());
  return with_size(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::int64_t begin = 0;
    for (const OpTensor& out : call.out) {
      const std::int64_t n = product(out.shape, axis, shape.size());
      for (std::int64_t o = 0; out.data != nullptr && o < outer; ++o)
        std::copy_n(call.in[0].as<const T>() + o * row + begin, n, out.as<T>() + o * n);
      begin += n;
    }
    return true;
  });
}

bool infer_depth_to_space(const InferCall& call, Outputs* out, std::string* problem) {
  const std::int64_t b = call.node.integer("blocksize", 0);
  if (!check_inputs(call, 1, 1, problem) || !check_rank(call, 0, 4, 4, problem)) return false;
  const std::string mode = call.node.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") return fail(problem, "attribute mode must be DCR or CRD");
  const Shape& s = call.in[0].shape;
  if (b < 1 || b > 65536 || s[1] % (b * b) != 0)
    return fail(problem,
                "blocksize " + std::to_string(b) + " does not divide " + std::to_string(s[1]) + " channels");
  return give(out, 0, call.in[0].dtype, {s[0], s[1] / (b * b), s[2] * b, s[3] * b});
}

bool run_depth_to_space(const OpCall& call, std::string*) {
  const std::int64_t b = call.node.integer("blocksize", 1);
  const bool dcr = text_of(call.node, "mode", "DCR") == "DCR";
  const Ints s = call.in[0].shape;
  const std::int64_t plane = s[2] * s[3], c = s[1] / (b * b);
  const std::int64_t shape[] = {s[0], c, s[2], b, s[3], b};
  const Indices step = {
      s[1] * plane,           dcr ? plane : b * b * plane, s[3], dcr ? b * c * plane : b * plane, 1,
      dcr ? c * plane : plane};
  gather_strided(call.in[0], call.out[0], shape, step);
  return true;
}

bool infer_space_to_depth(const InferCall& call, Outputs* out, std::string* problem) {
  const std::int64_t b = call.node.integer("blocksize", 0);
  if (!check_inputs(call, 1, 1, problem) || !check_rank(call, 0, 4, 4, problem)) return false;
  const Shape& s = call.in[0].shape;
  if (b < 1 || b > 65536 || s[2] % b != 0 || s[3] % b != 0)
    return fail(problem, "blocksize " + std::to_string(b) + " does not divide the image");
  return give(out, 0, call.in[0].dtype, {s[0], s[1] * b * b, s[2] / b, s[3] / b});
}

bool run_space_to_depth(const OpCall& call, std::string*) {
  const std::int64_t b = call.node.integer("blocksize", 1);
  const Ints s = call.in[0].shape;
  const std::int64_t shape[] = {s[0], b, b, s[1], s[2] / b, s[3] / b};
  const Indices step = {s[1] * s[2] * s[3], s[3], 1, s[2] * s[3], b * s[3], b};
  gather_strided(call.in[0], call.out[0], shape, step);
  return true;
}

bool infer_tile(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 3, problem)) return false;
  std::vector<std::int64_t> repeats;
  Shape shape = call.in[0].shape;
  if (!constant_ints(call, 1, "repeats", &repeats, problem)) return false;
  if (repeats.size() != shape.size())
    return fail(problem, "repeats has another number of entries than dimensions");
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (repeats[i] < 0 || (shape[i] != 0 && repeats[i] > (std::int64_t{1} << 40) / shape[i]))
      return fail(problem, "repeats holds " + std::to_string(repeats[i]));
    shape[i] *= repeats[i];
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_tile(const OpCall& call, std::string*) {
  const Ints from = call.in[0].shape, to = call.out[0].shape;
  const Indices own = strides_of(from);
  if (call.out[0].elements() == 0) return true;
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    Indices at{};
    T* y = call.out[0].as<T>();
    do {
      std::int64_t offset = 0;
      for (std::size_t d = 0; d < to.size(); ++d) offset += at[d] % from[d] * own[d];
      *y++ = call.in[0].as<const T>()[offset];
    } while (advance(&at, to, to.size()));
    return true;
  });
}

bool infer_expand(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> wanted;
  Shape wide;
  if (!check_inputs(call, 2, 2, problem) || !constant_ints(call, 1, "shape", &wanted, problem)) return false;
  for (const std::int64_t size : wanted)
    if (size < 0) return fail(problem, "shape holds the dimension " + std::to_string(size));
  return broadcast(call.in[0].shape, wanted, &wide, problem) &&
         give(out, 0, call.in[0].dtype, std::move(wide));
}

bool run_expand(const OpCall& call, std::string*) {
  gather_strided(call.in[0], call.out[0], call.out[0].shape,
                 broadcast_strides(call.in[0].shape, call.out[0].shape));
  return true;
}

bool infer_reverse(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 2, problem) || !check_rank(call, 0, 2, kMaxRank, problem)) return false;
  const std::int64_t batch = call.node.integer("batch_axis", 1), time = call.node.integer("time_axis", 0);
  if (batch + time != 1 || batch * time != 0)
    return fail(problem, "batch_axis and time_axis must be 0 and 1");
  if (!check_type(call, 1, {DType::i64}, problem)) return false;
  if (call.in[1].shape != Shape{call.in[0].shape[static_cast<std::size_t>(batch)]})
    return fail(problem, "sequence_lens must have one entry per batch");
  return give(out, 0, call.in[0].dtype, call.in[0].shape);
}

bool run_reverse(const OpCall& call, std::string* problem) {
  const Ints s = call.in[0].shape;
  const bool batch_first = call.node.integer("batch_axis", 1) == 0;
  const std::int64_t inner = product(s, 2, s.size());
  const std::int64_t batches = s[batch_first ? 0 : 1], times = s[batch_first ? 1 : 0];
  for (std::int64_t b = 0; b < batches; ++b)
    if (int_at(call.in[1], b) < 0 || int_at(call.in[1], b) > times)
      return fail(problem, "a sequence length is out of range");
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t i = 0; i < s[0]; ++i)
      for (std::int64_t j = 0; j < s[1]; ++j) {
        const std::int64_t b = batch_first ? i : j, t = batch_first ? j : i, length = int_at(call.in[1], b);
        const std::int64_t from = t < length ? length - 1 - t : t;
        const std::int64_t source = batch_first ? b * s[1] + from : from * s[1] + b;
        std::copy_n(call.in[0].as<const T>() + source * inner, inner,
                    call.out[0].as<T>() + (i * s[1] + j) * inner);
      }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Transpose", 1, 21, infer_transpose, run_transpose},
                           {"", "Concat", 1, 21, infer_concat, run_concat},
                           {"", "Split", 1, 21, infer_split, run_split},
                           {"", "DepthToSpace", 1, 21, infer_depth_to_space, run_depth_to_space},
                           {"", "SpaceToDepth", 1, 21, infer_space_to_depth, run_space_to_depth},
                           {"", "Tile", 6, 21, infer_tile, run_tile},
                           {"", "Expand", 8, 21, infer_expand, run_expand},
                           {"", "ReverseSequence", 10, 21, infer_reverse, run_reverse}};

}  // namespace

std::span<const OpInfo> move_ops() {
  return kOps;
}

}  // namespace bondline::inference
