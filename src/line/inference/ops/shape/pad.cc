// Pad: constant, reflect, edge, wrap (opset 19); negative pads cut. Attributes before opset 11, inputs since.
#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

bool infer_pad(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> pads = call.node.integers(call.opset < 2 ? "paddings" : "pads"), axes;
  if (!check_inputs(call, 1, call.opset < 11 ? 1 : 4, problem)) return false;
  if (call.opset >= 11 &&
      (!check_inputs(call, 2, 4, problem) || !constant_ints(call, 1, "pads", &pads, problem)))
    return false;
  if (has(call.in, 2) && (!check_same(call, 0, 2, problem) || elements_of(call.in[2].shape) != 1))
    return problem->empty() ? fail(problem, "input 2 (constant_value) must be a scalar") : false;
  const bool some_axes = has(call.in, 3);
  if (some_axes && !constant_ints(call, 3, "axes", &axes, problem)) return false;
  Shape shape = call.in[0].shape;
  const std::string mode = call.node.text("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge" && mode != "wrap")
    return fail(problem, "attribute mode is \"" + mode + "\", which is not supported");
  const std::size_t count = some_axes ? axes.size() : shape.size();
  if (pads.size() != 2 * count) return fail(problem, "pads must have two entries per axis");
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t axis = i;
    if (some_axes && !settle_axis(axes[i], shape.size(), &axis, problem)) return false;
    const std::int64_t before = pads[i], after = pads[i + count], size = shape[axis];
    constexpr std::int64_t kMost = std::int64_t{1} << 32;
    if (before > kMost || after > kMost || before < -size || after < -size || before + after < -size)
      return fail(problem, "pads of " + std::to_string(before) + " and " + std::to_string(after) +
                               " are out of range for dimension " + std::to_string(size));
    if (mode == "reflect" &&
        (before >= std::max<std::int64_t>(size, 1) || after >= std::max<std::int64_t>(size, 1)))
      return fail(problem, "reflects by more than the dimension less one");
    if (mode != "constant" && size == 0 && before + after > 0)
      return fail(problem, "pads an empty dimension");
    shape[axis] = size + before + after;
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

enum class Mode { constant, reflect, edge, wrap };

// The source index of a padded index; -1: the constant.
std::int64_t source(std::int64_t i, std::int64_t n, Mode mode) {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case Mode::constant:
      return -1;
    case Mode::edge:
      return i < 0 ? 0 : n - 1;
    case Mode::reflect:
      return n == 1 ? 0 : i < 0 ? -i : 2 * (n - 1) - i;
    case Mode::wrap:
      return (i % n + n) % n;
  }
  return -1;
}

bool run_pad(const OpCall& call, std::string*) {
  const std::string_view name = text_of(call.node, "mode", "constant");
  const Mode mode = name == "reflect" ? Mode::reflect
                    : name == "edge"  ? Mode::edge
                    : name == "wrap"  ? Mode::wrap
                                      : Mode::constant;
  const Ints from = call.in[0].shape, to = call.out[0].shape;
  Indices before{};
  if (call.opset >= 11) {
    const std::int64_t n = call.in[1].elements() / 2;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t axis = has(call.in, 3) ? int_at(call.in[3], i) : i;
      before[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(from.size()) : axis)] =
          int_at(call.in[1], i);
    }
  } else {
    const Ints pads = ints_of(call.node, call.opset < 2 ? "paddings" : "pads");
    std::copy_n(pads.begin(), from.size(), before.begin());
  }
  if (call.out[0].elements() == 0) return true;
  const Indices own = strides_of(from);
  const std::size_t rank = to.size();
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T fill{};
    if (has(call.in, 2)) {
      fill = *call.in[2].as<const T>();
    } else if constexpr (!std::is_same_v<T, std::string>) {
      const float value = call.opset < 11 ? call.node.real("value", 0) : 0;
      if (value != 0)
        with_number(call.in[0].dtype, [&](auto number) {
          using N = typename decltype(number)::type;
          const N typed = static_cast<N>(static_cast<Arithmetic<N>>(value));
          if constexpr (sizeof(N) == sizeof(T)) fill = std::bit_cast<T>(typed);
          return true;
        });
    }
    Indices at{};
    T* y = call.out[0].as<T>();
    do {
      std::int64_t offset = 0;
      for (std::size_t d = 0; d < rank && offset >= 0; ++d) {
        const std::int64_t i = source(at[d] - before[d], from[d], mode);
        offset = i < 0 ? -1 : offset + i * own[d];
      }
      *y++ = offset < 0 ? fill : call.in[0].as<const T>()[offset];
    } while (advance(&at, to, rank));
    return true;
  });
}

// Pads or cuts axes around their centre to a target size (opset 18).
bool infer_center(const InferCall& call, Outputs* out, std::string* problem) {
  std::vector<std::int64_t> target;
  if (!check_inputs(call, 2, 2, problem) || !check_number(call, 0, problem) ||
      !constant_ints(call, 1, "shape", &target, problem))
    return false;
  Shape shape = call.in[0].shape;
  const auto axes = call.node.integers("axes");
  if (target.size() != (axes.empty() ? shape.size() : axes.size()))
    return fail(problem, "shape must have one entry per axis");
  for (std::size_t i = 0; i < target.size(); ++i) {
    std::size_t axis = i;
    if (!axes.empty() && !settle_axis(axes[i], shape.size(), &axis, problem)) return false;
    if (target[i] < 0) return fail(problem, "shape holds " + std::to_string(target[i]));
    shape[axis] = target[i];
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_center(const OpCall& call, std::string*) {
  const Ints from = call.in[0].shape, to = call.out[0].shape;
  const Indices own = strides_of(from);
  if (call.out[0].elements() == 0) return true;
  Indices shift{};
  for (std::size_t d = 0; d < to.size(); ++d)
    shift[d] = to[d] >= from[d] ? -((to[d] - from[d]) / 2) : (from[d] - to[d]) / 2;
  return with_size(call.out[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    Indices at{};
    T* y = call.out[0].as<T>();
    do {
      std::int64_t offset = 0;
      for (std::size_t d = 0; d < to.size() && offset >= 0; ++d) {
        const std::int64_t i = at[d] + shift[d];
        offset = i < 0 || i >= from[d] ? -1 : offset + i * own[d];
      }
      *y++ = offset < 0 ? T{} : call.in[0].as<const T>()[offset];
    } while (advance(&at, to, to.size()));
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Pad", 1, 21, infer_pad, run_pad},
                           {"", "CenterCropPad", 18, 21, infer_center, run_center}};

}  // namespace

std::span<const OpInfo> pad_ops() {
  return kOps;
}

}  // namespace bondline::inference
