#include "line/inference/ops/nn/resize.h"

#include <cmath>

namespace bondline::inference {

namespace {

bool is_upsample(const Node& node) {
  return node.op == "Upsample";
}

// Where scales and sizes stand among the inputs; SIZE_MAX: not at all.
struct Places {
  std::size_t roi = SIZE_MAX, scales = SIZE_MAX, sizes = SIZE_MAX;
};

Places places_of(const Node& node, std::int64_t opset) {
  if (is_upsample(node)) return opset >= 9 ? Places{SIZE_MAX, 1, SIZE_MAX} : Places{};
  return opset < 11 ? Places{SIZE_MAX, 1, SIZE_MAX} : Places{1, 2, 3};
}

template <class In>
bool filled(const In& in, std::size_t i) {
  if (i >= in.size() || !in[i].present()) return false;
  std::int64_t n = 1;
  for (const std::int64_t size : in[i].shape) n *= size;
  return n > 0;
}

bool known_mode(const Node& node, std::string* problem) {
  const std::string mode = node.text("mode", "nearest");
  if (mode != "nearest" && mode != "linear" && mode != "cubic" && mode != "bilinear")
    return fail(problem, "attribute mode is \"" + mode + "\", which is not supported");
  const std::string to = node.text("coordinate_transformation_mode", "half_pixel");
  for (const char* known : {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                            "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"})
    if (to == known) return true;
  return fail(problem, "attribute coordinate_transformation_mode is \"" + to + "\", which is not supported");
}

// The axis of entry i when attribute axes (opset 18) names some only.
std::size_t axis_at(Ints axes, std::size_t i, std::size_t rank) {
  if (axes.empty()) return i;
  return static_cast<std::size_t>(axes[i] < 0 ? axes[i] + static_cast<std::int64_t>(rank) : axes[i]);
}

// sizes with a keep_aspect_ratio_policy become one scale for all axes.
void keep_ratio(std::string_view policy, Ints axes, Ints in, std::array<double, kMaxRank>* scale,
                Indices* out, std::size_t count) {
  const bool larger = policy == "not_smaller";
  double chosen = (*scale)[axis_at(axes, 0, in.size())];
  for (std::size_t i = 1; i < count; ++i) {
    const double s = (*scale)[axis_at(axes, i, in.size())];
    chosen = larger ? std::max(chosen, s) : std::min(chosen, s);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t d = axis_at(axes, i, in.size());
    (*scale)[d] = chosen;
    (*out)[d] = static_cast<std::int64_t>(std::floor(chosen * static_cast<double>(in[d]) + 0.5));
  }
}

bool infer_resize(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 4, problem) || !check_number(call, 0, problem) ||
      !known_mode(call.node, problem))
    return false;
  const Shape& in = call.in[0].shape;
  const Places places = places_of(call.node, call.opset);
  std::vector<std::int64_t> axes = call.node.integers("axes"), sizes;
  std::vector<double> scales;
  for (std::int64_t& axis : axes) {
    std::size_t a = 0;
    if (!settle_axis(axis, in.size(), &a, problem)) return false;
    axis = static_cast<std::int64_t>(a);
  }
  const std::size_t count = axes.empty() ? in.size() : axes.size();
  if (filled(call.in, places.sizes)) {
    if (!constant_ints(call, places.sizes, "sizes", &sizes, problem)) return false;
  } else if (filled(call.in, places.scales)) {
    if (!constant_reals(call, places.scales, "scales", &scales, problem)) return false;
  } else if (is_upsample(call.node) && call.opset < 9) {
    for (const float s : reals_of(call.node, "scales")) scales.push_back(s);
  }
  if ((sizes.empty() ? scales.size() : sizes.size()) != count)
    return fail(problem, "needs scales or sizes with one entry per axis");
  if (filled(call.in, places.roi)) {
    const std::int64_t n = elements_of(call.in[places.roi].shape);
    if (call.node.text("coordinate_transformation_mode", "") == "tf_crop_and_resize" &&
        n != static_cast<std::int64_t>(2 * count))
      return fail(problem, "roi must have two entries per axis");
  }
  Shape shape = in;
  std::array<double, kMaxRank> scale{};
  Indices result{};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t d = axis_at(axes, i, in.size());
    if (sizes.empty() && !(scales[i] > 0 && scales[i] < 1e6))
      return fail(problem, "scales holds a value out of range");
    if (!sizes.empty() && (sizes[i] < 1 || in[d] < 1))
      return fail(problem, "sizes holds a value out of range");
    shape[d] = sizes.empty() ? static_cast<std::int64_t>(std::floor(static_cast<double>(in[d]) * scales[i]))
                             : sizes[i];
    if (!sizes.empty()) scale[d] = static_cast<double>(sizes[i]) / static_cast<double>(in[d]);
    result[d] = shape[d];
  }
  const std::string policy = call.node.text("keep_aspect_ratio_policy", "stretch");
  if (!sizes.empty() && policy != "stretch") {
    keep_ratio(policy, axes, in, &scale, &result, count);
    for (std::size_t i = 0; i < count; ++i)
      shape[axis_at(axes, i, in.size())] = result[axis_at(axes, i, in.size())];
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

// Keys 1981 with free parameter a, for the taps at -1, 0, 1, 2 around position 0 <= t < 1.
double cubic_weight(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

}  // namespace

bool read_resize(const OpCall& call, ResizePlan* plan, std::string* problem) {
  const Node& node = call.node;
  const Ints in = call.in[0].shape, out = call.out[0].shape, axes = ints_of(node, "axes");
  const std::string_view mode = text_of(node, "mode", "nearest");
  plan->mode = mode == "nearest" ? ResizeMode::nearest
               : mode == "cubic" ? ResizeMode::cubic
                                 : ResizeMode::linear;
  // Before opset 11 positions are x / scale and nearest rounds down.
  const bool old = is_upsample(node) || call.opset < 11;
  plan->coordinates = old ? "asymmetric" : text_of(node, "coordinate_transformation_mode", "half_pixel");
  // ... but up when shrinking, as ONNX Runtime does; the old specification is silent.
  plan->nearest = old ? "former" : text_of(node, "nearest_mode", "round_prefer_floor");
  plan->antialias = node.integer("antialias", 0) != 0 && plan->mode != ResizeMode::nearest;
  plan->exclude_outside = node.integer("exclude_outside", 0) != 0;
  plan->cubic = node.real("cubic_coeff_a", -0.75f);
  plan->extrapolation = node.real("extrapolation_value", 0);
  plan->rank = in.size();
  const Places places = places_of(node, call.opset);
  for (std::size_t d = 0; d < in.size(); ++d) {
    plan->in[d] = in[d];
    plan->out[d] = out[d];
    plan->scale[d] =
        in[d] == out[d] ? 1
                        : static_cast<double>(out[d]) / static_cast<double>(std::max<std::int64_t>(in[d], 1));
    plan->roi_begin[d] = 0;
    plan->roi_end[d] = 1;
  }
  const std::size_t count = axes.empty() ? in.size() : axes.size();
  const bool by_size = filled(call.in, places.sizes), by_scale = !by_size && filled(call.in, places.scales);
  const auto given = reals_of(node, "scales");
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t d = axis_at(axes, i, in.size());
    const auto k = static_cast<std::int64_t>(i);
    if (by_scale) plan->scale[d] = real_at(call.in[places.scales], k);
    if (!by_size && !by_scale && i < given.size()) plan->scale[d] = given[i];
    if (by_size)
      plan->scale[d] = static_cast<double>(int_at(call.in[places.sizes], k)) / static_cast<double>(in[d]);
    if (plan->coordinates == "tf_crop_and_resize" && filled(call.in, places.roi)) {
      plan->roi_begin[d] = real_at(call.in[places.roi], k);
      plan->roi_end[d] = real_at(call.in[places.roi], k + static_cast<std::int64_t>(count));
    }
  }
  plan->by_scale = !by_size;
  const std::string_view policy = text_of(node, "keep_aspect_ratio_policy", "stretch");
  if (by_size && policy != "stretch") keep_ratio(policy, axes, in, &plan->scale, &plan->out, count);
  (void)problem;
  return true;
}

// In float step by step as ONNX Runtime does: the same rounding decides ties of the nearest modes.
double original_position(const ResizePlan& plan, std::size_t d, std::int64_t i) {
  const auto x = static_cast<float>(i), scale = static_cast<float>(plan.scale[d]);
  const auto in = static_cast<float>(plan.in[d]), out = static_cast<float>(plan.out[d]);
  const std::string_view mode = plan.coordinates;
  if (mode == "half_pixel") return (x + 0.5f) / scale - 0.5f;
  if (mode == "half_pixel_symmetric") {
    const float exact = scale * in, centre = in / 2, shift = centre * (1 - out / exact);
    return shift + (x + 0.5f) / scale - 0.5f;
  }
  if (mode == "pytorch_half_pixel") return out > 1 ? (x + 0.5f) / scale - 0.5f : 0;
  if (mode == "align_corners") {
    // The corner is that of the exact output length, scale times input, which scales may leave fractional
    // (ONNX's reference; ONNX Runtime takes the whole number).
    const double exact = plan.by_scale ? plan.scale[d] * static_cast<double>(in) : static_cast<double>(out);
    return exact > 1 ? static_cast<float>(static_cast<double>(x) * static_cast<double>(in - 1) / (exact - 1))
                     : 0;
  }
  if (mode == "tf_half_pixel_for_nn") return (x + 0.5f) / scale;
  if (mode == "tf_crop_and_resize") {
    const auto begin = static_cast<float>(plan.roi_begin[d]), end = static_cast<float>(plan.roi_end[d]);
    return out > 1 ? begin * (in - 1) + x * (end - begin) * (in - 1) / (out - 1)
                   : 0.5f * (begin + end) * (in - 1);
  }
  return x / scale;  // asymmetric
}

bool resize_taps(const ResizePlan& plan, std::size_t d, std::int64_t i, ResizeTaps* taps) {
  const std::int64_t last = plan.in[d] - 1;
  if (plan.in[d] == plan.out[d] && plan.scale[d] == 1 && plan.coordinates != "tf_crop_and_resize") {
    taps->count = 1;
    taps->at[0] = i;
    taps->weight[0] = 1;
    return true;
  }
  const double x = original_position(plan, d, i);
  if (plan.coordinates == "tf_crop_and_resize" && (x < 0 || x > static_cast<double>(last))) return false;
  const auto inside = [&](double position) {
    return static_cast<std::int64_t>(std::clamp(position, 0.0, static_cast<double>(last)));
  };
  if (plan.mode == ResizeMode::nearest) {
    double rounded = std::floor(x);
    if (plan.nearest == "ceil" || (plan.nearest == "former" && plan.scale[d] < 1)) rounded = std::ceil(x);
    if (plan.nearest == "round_prefer_ceil") rounded = std::floor(x + 0.5);
    if (plan.nearest == "round_prefer_floor") rounded = std::ceil(x - 0.5);
    taps->count = 1;
    taps->at[0] = inside(rounded);
    taps->weight[0] = 1;
    return true;
  }
  // A linear tap beyond the edge weighs nothing rather than the edge twice, so that whole numbers stay whole.
  const bool clamped = plan.mode == ResizeMode::linear && !plan.exclude_outside;
  const double place = clamped ? std::clamp(x, 0.0, static_cast<double>(last)) : x;
  const double whole = std::floor(place), t = place - whole;
  taps->count = plan.mode == ResizeMode::linear ? 2 : 4;
  double sum = 0;
  std::array<double, kMostTaps> weight{};
  for (int k = 0; k < taps->count; ++k) {
    const double position = plan.mode == ResizeMode::linear ? whole + k : whole + k - 1;
    const auto n = static_cast<std::size_t>(k);
    weight[n] =
        plan.mode == ResizeMode::linear ? (k == 0 ? 1 - t : t) : cubic_weight(place - position, plan.cubic);
    if (plan.exclude_outside && (position < 0 || position > static_cast<double>(last))) weight[n] = 0;
    taps->at[n] = inside(position);
    sum += weight[n];
  }
  for (std::size_t k = 0; k < static_cast<std::size_t>(taps->count); ++k)
    taps->weight[k] = static_cast<float>(plan.exclude_outside && sum != 0 ? weight[k] / sum : weight[k]);
  return true;
}

namespace {

// With antialiasing the filter widens by 1/scale when shrinking (opset 18; Pillow's resampling).
template <class F>
void each_wide_tap(const ResizePlan& plan, std::size_t d, std::int64_t i, F f) {
  const double x = original_position(plan, d, i), stretch = std::max(1.0, 1 / plan.scale[d]);
  const double support = (plan.mode == ResizeMode::linear ? 1 : 2) * stretch;
  const auto first = static_cast<std::int64_t>(std::floor(x - support)),
             last = static_cast<std::int64_t>(std::ceil(x + support));
  const auto weight = [&](std::int64_t k) {
    const double t = (static_cast<double>(k) - x) / stretch;
    if (plan.exclude_outside && (k < 0 || k >= plan.in[d])) return 0.0;
    return plan.mode == ResizeMode::linear ? std::max(0.0, 1 - std::abs(t)) : cubic_weight(t, plan.cubic);
  };
  double sum = 0;
  for (std::int64_t k = first; k <= last; ++k) sum += weight(k);
  for (std::int64_t k = first; k <= last; ++k)
    if (weight(k) != 0) f(std::clamp<std::int64_t>(k, 0, plan.in[d] - 1), weight(k) / sum);
}

// Sum over all taps of all dimensions from d on.
template <class T>
double gather(const ResizePlan& plan, const T* x, const Indices& own, const Indices& at, std::size_t d,
              std::int64_t offset, bool* outside) {
  if (d == plan.rank) return static_cast<double>(x[offset]);
  double sum = 0;
  if (plan.antialias && plan.scale[d] != 1) {
    each_wide_tap(plan, d, at[d], [&](std::int64_t k, double weight) {
      sum += weight * gather(plan, x, own, at, d + 1, offset + k * own[d], outside);
    });
    return sum;
  }
  ResizeTaps taps;
  if (!resize_taps(plan, d, at[d], &taps)) {
    *outside = true;
    return 0;
  }
  for (std::size_t k = 0; k < static_cast<std::size_t>(taps.count); ++k)
    if (taps.weight[k] != 0)
      sum += static_cast<double>(taps.weight[k]) *
             gather(plan, x, own, at, d + 1, offset + taps.at[k] * own[d], outside);
  return sum;
}

// Weights sum to 1 but for rounding: 99.9999999 is 100.
double to_float_grid(double value) {
  return std::abs(value) < 1 << 22 ? static_cast<double>(static_cast<float>(value)) : value;
}

bool run_resize(const OpCall& call, std::string* problem) {
  ResizePlan plan;
  if (!read_resize(call, &plan, problem)) return false;
  if (call.out[0].elements() == 0) return true;
  const Indices own = strides_of(call.in[0].shape);
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    T* y = call.out[0].as<T>();
    Indices at{};
    do {
      bool outside = false;
      double value = gather(plan, call.in[0].as<const T>(), own, at, 0, 0, &outside);
      if (outside) value = plan.extrapolation;
      if constexpr (std::is_integral_v<A>)
        value = plan.antialias ? std::nearbyint(value) : std::trunc(to_float_grid(value));
      *y++ = static_cast<T>(from_real<A>(value));
    } while (advance(&at, call.out[0].shape, plan.rank));
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Resize", 10, 21, infer_resize, run_resize},
                           {"", "Upsample", 7, 9, infer_resize, run_resize}};

}  // namespace

std::span<const OpInfo> resize_ops() {
  return kOps;
}

}  // namespace bondline::inference
