// GridSample: an image read at positions given per output pixel, from -1 to 1 across it.
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

enum class Sampling { nearest, linear, cubic };
enum class Outside { zeros, border, reflection };

bool read_modes(const Node& node, Sampling* sampling, Outside* outside, std::string* problem) {
  const std::string_view mode = text_of(node, "mode", "linear"),
                         padding = text_of(node, "padding_mode", "zeros");
  if (mode == "nearest")
    *sampling = Sampling::nearest;
  else if (mode == "linear" || mode == "bilinear")  // named so from opset 20 on, and before
    *sampling = Sampling::linear;
  else if (mode == "cubic" || mode == "bicubic")
    *sampling = Sampling::cubic;
  else
    return fail(problem, "attribute mode is \"" + std::string(mode) + "\", which is not supported");
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    return fail(problem,
                "attribute padding_mode is \"" + std::string(padding) + "\", which is not supported");
  *outside = padding == "zeros"    ? Outside::zeros
             : padding == "border" ? Outside::border
                                   : Outside::reflection;
  return true;
}

bool infer_grid(const InferCall& call, Outputs* out, std::string* problem) {
  Sampling sampling{};
  Outside outside{};
  if (!check_inputs(call, 2, 2, problem) || !check_float(call, 0, problem) ||
      !check_float(call, 1, problem) || !check_rank(call, 0, 4, 4, problem) ||
      !check_rank(call, 1, 4, 4, problem) || !read_modes(call.node, &sampling, &outside, problem))
    return false;
  const Shape &x = call.in[0].shape, &grid = call.in[1].shape;
  if (grid[0] != x[0] || grid[3] != 2)
    return fail(problem, "a grid of shape " + to_string(grid) + " does not fit an input of " + to_string(x));
  return give(out, 0, call.in[0].dtype, {x[0], x[1], grid[1], grid[2]});
}

// Mirrors x at low and high until it lies between.
double reflect(double x, double low, double high) {
  const double range = high - low;
  if (!(range > 0) || !std::isfinite(x)) return low;
  double beyond = std::fmod(std::abs(x - low), 2 * range);
  if (beyond > range) beyond = 2 * range - beyond;
  return low + beyond;
}

// The weights of positions -1, 0, 1, 2 around a point t beyond 0 (Keys 1981, a = -0.75 as PyTorch has it).
void cubic_weights(double t, double* weight) {
  constexpr double a = -0.75;
  const auto near = [](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  weight[0] = far(t + 1);
  weight[1] = near(t);
  weight[2] = near(1 - t);
  weight[3] = far(2 - t);
}

struct Axis {
  double size;
  bool align;
  Outside outside;

  double low() const { return align ? 0 : -0.5; }
  double high() const { return align ? size - 1 : size - 0.5; }
  double position(double n) const { return align ? (n + 1) / 2 * (size - 1) : ((n + 1) * size - 1) / 2; }
  // The pixel at a whole position; -1: outside and zero.
  std::int64_t pixel(double p) const {
    if (outside == Outside::border) p = std::clamp(p, 0.0, size - 1);
    if (outside == Outside::reflection)
      p = std::clamp(std::nearbyint(reflect(p, low(), high())), 0.0, size - 1);
    return p >= 0 && p < size ? static_cast<std::int64_t>(p) : -1;
  }
};

struct Taps {
  int count = 1;
  std::int64_t at[4] = {};
  double weight[4] = {1, 0, 0, 0};
};

Taps taps_of(const Axis& axis, Sampling sampling, double normalized) {
  Taps taps;
  double p = axis.position(normalized);
  if (sampling == Sampling::nearest) {
    taps.at[0] = axis.pixel(std::nearbyint(p));
    return taps;
  }
  if (!std::isfinite(p)) p = -10;  // far outside
  const double whole = std::floor(p), t = p - whole;
  const bool linear = sampling == Sampling::linear;
  taps.count = linear ? 2 : 4;
  if (linear) {
    taps.weight[0] = 1 - t;
    taps.weight[1] = t;
  } else {
    cubic_weights(t, taps.weight);
  }
  for (int k = 0; k < taps.count; ++k) taps.at[k] = axis.pixel(whole + k - (linear ? 0 : 1));
  return taps;
}

bool run_grid(const OpCall& call, std::string* problem) {
  Sampling sampling{};
  Outside outside{};
  if (!read_modes(call.node, &sampling, &outside, problem)) return false;
  const bool align = call.node.integer("align_corners", 0) != 0;
  const Ints x = call.in[0].shape;
  const std::int64_t points = product(call.in[1].shape, 1, 3), plane = x[2] * x[3];
  if (call.out[0].elements() == 0) return true;
  if (plane == 0) return fail(problem, "the image is empty");
  const Axis down{static_cast<double>(x[2]), align, outside},
      across{static_cast<double>(x[3]), align, outside};
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t n = 0; n < x[0]; ++n)
      for (std::int64_t p = 0; p < points; ++p) {
        const std::int64_t at = (n * points + p) * 2;
        const Taps i = taps_of(down, sampling, real_at(call.in[1], at + 1)),
                   j = taps_of(across, sampling, real_at(call.in[1], at));
        for (std::int64_t c = 0; c < x[1]; ++c) {
          const T* image = call.in[0].as<const T>() + (n * x[1] + c) * plane;
          double sum = 0;
          for (int a = 0; a < i.count; ++a)
            for (int b = 0; b < j.count; ++b)
              if (i.at[a] >= 0 && j.at[b] >= 0)
                sum += i.weight[a] * j.weight[b] * static_cast<double>(image[i.at[a] * x[3] + j.at[b]]);
          call.out[0].as<T>()[(n * x[1] + c) * points + p] = T(static_cast<Arithmetic<T>>(sum));
        }
      }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "GridSample", 16, 21, infer_grid, run_grid}};

}  // namespace

std::span<const OpInfo> sample_ops() {
  return kOps;
}

}  // namespace bondline::inference
