#include "numerics/layered_check.h"

#include <fmt/format.h>

#include <cmath>

namespace bondline::numerics {
namespace {

constexpr double kOverhang = 1e-9;

bool positive(double v) {
  return std::isfinite(v) && v > 0;
}
bool not_negative(double v) {
  return std::isfinite(v) && v >= 0;
}

std::string check_stack(const LayeredStack& stack) {
  if (!positive(stack.size_x)) return fmt::format("size_x is {} m; it must be finite and > 0", stack.size_x);
  if (!positive(stack.size_y)) return fmt::format("size_y is {} m; it must be finite and > 0", stack.size_y);
  if (stack.layers.empty()) return "the stack has no layers";
  for (std::size_t l = 0; l < stack.layers.size(); ++l) {
    const auto& layer = stack.layers[l];
    if (!positive(layer.thickness))
      return fmt::format("layer {}: thickness is {} m; it must be finite and > 0", l, layer.thickness);
    if (!positive(layer.k_lateral))
      return fmt::format("layer {}: k_lateral is {} W/(m K); it must be finite and > 0", l, layer.k_lateral);
    if (!positive(layer.k_vertical))
      return fmt::format("layer {}: k_vertical is {} W/(m K); it must be finite and > 0", l,
                         layer.k_vertical);
    if (!not_negative(layer.contact_below))
      return fmt::format("layer {}: contact_below is {} m2 K/W; it must be finite and >= 0", l,
                         layer.contact_below);
  }
  if (!(stack.h_bottom >= 0)) return fmt::format("h_bottom is {} W/(m2 K); it must be >= 0", stack.h_bottom);
  if (!(stack.h_top >= 0)) return fmt::format("h_top is {} W/(m2 K); it must be >= 0", stack.h_top);
  if (stack.h_bottom == 0 && stack.h_top == 0)
    return "h_bottom and h_top are both 0: the stack is adiabatic all round and has no steady state";
  if (stack.layers.front().contact_below != 0)
    return fmt::format("layer 0: contact_below is {} m2 K/W, but nothing is below it; put it into h_bottom",
                       stack.layers.front().contact_below);
  return {};
}

// One axis of a rectangle; a probe may be a line.
std::string check_span(double a, double b, double size, char axis, bool may_be_line) {
  if (!std::isfinite(a)) return fmt::format("{}0 is {} m; it must be finite", axis, a);
  if (!std::isfinite(b)) return fmt::format("{}1 is {} m; it must be finite", axis, b);
  if (b < a || (b == a && !may_be_line))
    return fmt::format("{}0 = {} m is not below {}1 = {} m", axis, a, axis, b);
  if (a < -kOverhang * size) return fmt::format("{}0 = {} m is outside the stack (below 0)", axis, a);
  if (b > size * (1 + kOverhang))
    return fmt::format("{}1 = {} m is outside the stack (size {} m)", axis, b, size);
  return {};
}

std::string check_layer(int layer, std::size_t layers) {
  if (layer >= 0 && static_cast<std::size_t>(layer) < layers) return {};
  return fmt::format("layer is {}; the stack has layers 0 to {}", layer, layers - 1);
}

}  // namespace

double stack_height(const LayeredStack& stack) {
  double height = 0;
  for (const auto& layer : stack.layers) height += layer.thickness;
  return height;
}

std::string check_layered(const LayeredStack& stack, std::span<const LayeredSource> sources,
                          std::span<const LayeredProbe> probes, double tolerance_K, int max_modes) {
  if (auto problem = check_stack(stack); !problem.empty()) return problem;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const LayeredSource& source = sources[s];
    std::string problem = check_layer(source.layer, stack.layers.size());
    if (problem.empty()) problem = check_span(source.x0, source.x1, stack.size_x, 'x', false);
    if (problem.empty()) problem = check_span(source.y0, source.y1, stack.size_y, 'y', false);
    if (problem.empty() && !std::isfinite(source.power))
      problem = fmt::format("power is {} W; it must be finite", source.power);
    if (!problem.empty()) return fmt::format("source {}: {}", s, problem);
  }
  const double height = stack_height(stack);
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const LayeredProbe& probe = probes[p];
    std::string problem;
    if (probe.kind != LayeredProbe::Kind::point)
      problem = check_layer(probe.layer, stack.layers.size());
    else if (!(probe.z >= -kOverhang * height && probe.z <= height * (1 + kOverhang)))
      problem = fmt::format("z = {} m is outside the stack (height {} m)", probe.z, height);
    if (problem.empty()) problem = check_span(probe.x0, probe.x1, stack.size_x, 'x', true);
    if (problem.empty()) problem = check_span(probe.y0, probe.y1, stack.size_y, 'y', true);
    if (!problem.empty()) return fmt::format("probe {}: {}", p, problem);
  }
  if (!(tolerance_K >= 0)) return fmt::format("tolerance_K is {} K; it must be >= 0", tolerance_K);
  if (max_modes < 1 || max_modes > 65536)
    return fmt::format("max_modes is {}; it must be 1 to 65536", max_modes);
  return {};
}

}  // namespace bondline::numerics
