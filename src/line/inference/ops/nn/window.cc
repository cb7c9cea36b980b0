#include "line/inference/ops/nn/window.h"

namespace bondline::inference {

namespace {

constexpr std::int64_t kMostSize = std::int64_t{1} << 31;

bool list_fits(Ints list, std::size_t count, std::int64_t least, const char* name, std::string* problem) {
  if (!list.empty() && list.size() != count)
    return fail(problem, std::string("attribute ") + name + " has " + std::to_string(list.size()) +
                             " entries, not " + std::to_string(count));
  for (const std::int64_t value : list)
    if (value < least || value > kMostSize)
      return fail(problem, std::string("attribute ") + name + " holds " + std::to_string(value));
  return true;
}

}  // namespace

bool read_window(const Node& node, Ints input, Ints kernel, bool ceil_allowed, Window* w,
                 std::string* problem) {
  if (input.size() < 3 || input.size() != kernel.size() + 2)
    return fail(problem, "attribute kernel_shape has " + std::to_string(kernel.size()) +
                             " entries for an input of " + std::to_string(input.size()) + " dimensions");
  w->dims = kernel.size();
  const Ints strides = ints_of(node, "strides"), dilations = ints_of(node, "dilations"),
             pads = ints_of(node, "pads");
  if (!list_fits(strides, w->dims, 1, "strides", problem) ||
      !list_fits(dilations, w->dims, 1, "dilations", problem) ||
      !list_fits(pads, 2 * w->dims, 0, "pads", problem))
    return false;
  const std::string_view mode = text_of(node, "auto_pad", "NOTSET");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (!same && mode != "VALID" && mode != "NOTSET")
    return fail(problem, "attribute auto_pad is \"" + std::string(mode) + "\", which is not supported");
  const bool up = ceil_allowed && node.integer("ceil_mode", 0) != 0;
  for (std::size_t d = 0; d < w->dims; ++d) {
    w->in[d] = input[d + 2];
    w->kernel[d] = kernel[d];
    w->stride[d] = strides.empty() ? 1 : strides[d];
    w->dilation[d] = dilations.empty() ? 1 : dilations[d];
    if (kernel[d] < 1 || kernel[d] > kMostSize)
      return fail(problem, "attribute kernel_shape holds " + std::to_string(kernel[d]));
    const std::int64_t reach = (w->kernel[d] - 1) * w->dilation[d] + 1;
    if (same) {
      w->out[d] = (w->in[d] + w->stride[d] - 1) / w->stride[d];
      const std::int64_t total = std::max<std::int64_t>((w->out[d] - 1) * w->stride[d] + reach - w->in[d], 0);
      w->before[d] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      w->after[d] = total - w->before[d];
      continue;
    }
    w->before[d] = mode == "VALID" || pads.empty() ? 0 : pads[d];
    w->after[d] = mode == "VALID" || pads.empty() ? 0 : pads[d + w->dims];
    const std::int64_t room = w->in[d] + w->before[d] + w->after[d] - reach;
    if (room < 0)
      return fail(problem, "a window of " + std::to_string(reach) + " does not fit into dimension " +
                               std::to_string(d + 2) + " of " + std::to_string(w->in[d]));
    w->out[d] = (room + (up ? w->stride[d] - 1 : 0)) / w->stride[d] + 1;
    // A window that would start in the padding after the end is left out, as ORT does.
    if (up && (w->out[d] - 1) * w->stride[d] >= w->in[d] + w->before[d]) --w->out[d];
  }
  return true;
}

}  // namespace bondline::inference
