// Slice: attributes before opset 10, inputs since; bounds are clamped as numpy clamps them.
#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

struct Cut {
  Indices begin{}, step{}, size{};
};

// One axis: (start, end, step) against a dimension.
void cut_axis(std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step, std::size_t axis,
              Cut* cut) {
  const auto settle = [&](std::int64_t i, std::int64_t low, std::int64_t high) {
    return std::clamp(i < 0 ? (i < -size ? low : i + size) : i, low, high);
  };
  const std::int64_t begin = step > 0 ? settle(start, 0, size) : settle(start, -1, size - 1);
  const std::int64_t stop = step > 0 ? settle(end, 0, size) : settle(end, -1, size - 1);
  cut->begin[axis] = begin;
  cut->step[axis] = step;
  // Unsigned magnitudes, since step may be the smallest integer.
  const std::int64_t distance = step > 0 ? stop - begin : begin - stop;
  const std::uint64_t stride =
      step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  cut->size[axis] =
      distance <= 0 ? 0 : static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / stride + 1);
}

void whole(Ints shape, Cut* cut) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    cut->begin[i] = 0;
    cut->step[i] = 1;
    cut->size[i] = shape[i];
  }
}

bool cut_all(Ints shape, Ints starts, Ints ends, Ints axes, Ints steps, Cut* cut, std::string* problem) {
  whole(shape, cut);
  if (starts.size() != ends.size() || (!axes.empty() && axes.size() != starts.size()) ||
      (!steps.empty() && steps.size() != starts.size()))
    return fail(problem, "starts, ends, axes and steps have different lengths");
  if (axes.empty() && starts.size() > shape.size())
    return fail(problem, "starts has more entries than dimensions");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    std::size_t axis = i;
    if (!axes.empty() && !settle_axis(axes[i], shape.size(), &axis, problem)) return false;
    const std::int64_t step = steps.empty() ? 1 : steps[i];
    if (step == 0) return fail(problem, "steps holds a 0");
    cut_axis(shape[axis], starts[i], ends[i], step, axis, cut);
  }
  return true;
}

bool infer_slice(const InferCall& call, Outputs* out, std::string* problem) {
  Cut cut;
  std::vector<std::int64_t> starts = call.node.integers("starts"), ends = call.node.integers("ends"),
                            axes = call.node.integers("axes"), steps;
  if (!check_inputs(call, 1, call.opset < 10 ? 1 : 5, problem)) return false;
  if (call.opset >= 10) {
    axes.clear();
    if (!check_inputs(call, 3, 5, problem) || !constant_ints(call, 1, "starts", &starts, problem) ||
        !constant_ints(call, 2, "ends", &ends, problem) ||
        (has(call.in, 3) && !constant_ints(call, 3, "axes", &axes, problem)) ||
        (has(call.in, 4) && !constant_ints(call, 4, "steps", &steps, problem)))
      return false;
  }
  const Shape& shape = call.in[0].shape;
  if (!cut_all(shape, starts, ends, axes, steps, &cut, problem)) return false;
  return give(out, 0, call.in[0].dtype,
              Shape(cut.size.begin(), cut.size.begin() + static_cast<std::ptrdiff_t>(shape.size())));
}

Cut cut_of(const OpCall& call) {
  Cut cut;
  const Ints shape = call.in[0].shape;
  whole(shape, &cut);
  const bool inputs = call.opset >= 10;
  const Ints starts = ints_of(call.node, "starts"), ends = ints_of(call.node, "ends"),
             axes = ints_of(call.node, "axes");
  const std::int64_t n = inputs ? call.in[1].elements() : static_cast<std::int64_t>(starts.size());
  for (std::int64_t i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const std::int64_t raw =
        inputs ? (has(call.in, 3) ? int_at(call.in[3], i) : i) : (axes.empty() ? i : axes[k]);
    const auto axis = static_cast<std::size_t>(raw < 0 ? raw + static_cast<std::int64_t>(shape.size()) : raw);
    cut_axis(shape[axis], inputs ? int_at(call.in[1], i) : starts[k],
             inputs ? int_at(call.in[2], i) : ends[k], inputs && has(call.in, 4) ? int_at(call.in[4], i) : 1,
             axis, &cut);
  }
  return cut;
}

bool run_slice(const OpCall& call, std::string*) {
  const Cut cut = cut_of(call);
  const Ints shape = call.out[0].shape;
  const Indices own = strides_of(call.in[0].shape);
  if (call.out[0].elements() == 0) return true;
  Indices step{};
  std::int64_t begin = 0;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    // A step beyond the dimension is only ever taken zero times.
    step[d] = shape[d] > 1 ? own[d] * cut.step[d] : own[d];
    begin += cut.begin[d] * own[d];
  }
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = call.in[0].as<const T>() + begin;
    T* y = call.out[0].as<T>();
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

constexpr OpInfo kOps[] = {{"", "Slice", 1, 21, infer_slice, run_slice}};

}  // namespace

std::span<const OpInfo> slice_ops() {
  return kOps;
}

}  // namespace bondline::inference
