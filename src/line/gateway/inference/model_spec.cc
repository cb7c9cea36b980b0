#include "line/gateway/inference/model_spec.h"

namespace bondline::gateway {

namespace {

std::string text_of(const inference::Shape& shape) {
  std::string out;
  for (const std::int64_t size : shape) out += (out.empty() ? "" : " x ") + std::to_string(size);
  return out.empty() ? "a single value" : out;
}

}  // namespace

std::optional<bool> layout_of(const inference::Port& port, std::size_t tags, std::size_t window,
                              std::optional<bool> time_first, std::string* problem) {
  std::vector<std::size_t> sizes;  // but those of 1
  std::size_t elements = 1;
  for (const std::int64_t size : port.shape) {
    elements *= static_cast<std::size_t>(size);
    if (size != 1) sizes.push_back(static_cast<std::size_t>(size));
  }
  const std::string is = "input \"" + port.name + "\" is " + text_of(port.shape);
  if (elements != tags * window) {
    *problem = is + ", which " + std::to_string(tags) + " tags of " + std::to_string(window) +
               " values each do not fill";
    return std::nullopt;
  }
  if (sizes.size() > 2) {
    *problem = is + ": more than times and tags";
    return std::nullopt;
  }
  if (tags == 1 || window == 1) return time_first.value_or(true);
  if (sizes.size() == 1) {
    if (!time_first) *problem = is + ": whether times or tags come first must be said";
    return time_first;
  }
  const bool as_times = sizes[0] == window && sizes[1] == tags,
             as_tags = sizes[0] == tags && sizes[1] == window;
  if (as_times && as_tags && !time_first)
    *problem = is + ": whether times or tags come first must be said";
  else if (!as_times && !as_tags)
    *problem = is + ", and neither of its sides is " + std::to_string(tags) + " tags";
  else if (time_first && !(*time_first ? as_times : as_tags))
    *problem = is + ": " + (*time_first ? "tags" : "times") + " come first";
  else
    return time_first ? *time_first : as_times;
  return std::nullopt;
}

bool is_input_type(inference::DType type) {
  return type == inference::DType::f32 || type == inference::DType::f64;
}

bool is_output_type(inference::DType type) {
  using inference::DType;
  return is_input_type(type) || type == DType::i64 || type == DType::i32 || type == DType::u8 ||
         type == DType::i8 || type == DType::boolean;
}

}  // namespace bondline::gateway
