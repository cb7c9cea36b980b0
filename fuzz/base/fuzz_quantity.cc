// Any text is either a quantity or a problem with words; what was read can be written and read again.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/quantity.h"

using namespace bondline::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const QuantityResult result = parse_quantity(text, Scale::difference);
  if (result.quantity.has_value() == !result.problem.empty()) std::abort();
  if (!result.quantity || !std::isfinite(result.quantity->value)) return 0;
  const double value = result.quantity->value;
  if (value != 0 && (std::abs(value) < 1e-200 || std::abs(value) > 1e200)) return 0;
  const std::string written = format_quantity(value, result.quantity->dimension, 17, Scale::difference);
  const QuantityResult again = parse_as(written, result.quantity->dimension, Scale::difference);
  if (!again.quantity) std::abort();
  if (std::abs(again.quantity->value - value) > 1e-9 * std::abs(value)) std::abort();
  return 0;
}
