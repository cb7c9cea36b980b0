#include "line/tags/quality.h"

#include <array>
#include <utility>

namespace bondline::tags {
namespace {

constexpr std::array<std::pair<Quality, std::string_view>, 16> kNames = {{
    {Quality::good, "good"},
    {Quality::good_local_override, "good_local_override"},
    {Quality::good_again, "good_again"},
    {Quality::good_retained, "good_retained"},
    {Quality::uncertain, "uncertain"},
    {Quality::uncertain_last_usable, "uncertain_last_usable"},
    {Quality::uncertain_out_of_range, "uncertain_out_of_range"},
    {Quality::uncertain_substitute, "uncertain_substitute"},
    {Quality::bad, "bad"},
    {Quality::bad_not_connected, "bad_not_connected"},
    {Quality::bad_communication, "bad_communication"},
    {Quality::bad_device, "bad_device"},
    {Quality::bad_sensor, "bad_sensor"},
    {Quality::bad_configuration, "bad_configuration"},
    {Quality::bad_out_of_service, "bad_out_of_service"},
    {Quality::bad_not_a_number, "bad_not_a_number"},
}};

}  // namespace

std::string_view name_of(Quality quality) {
  for (const auto& [value, name] : kNames)
    if (value == quality) return name;
  return is_bad(quality) ? "bad" : is_uncertain(quality) ? "uncertain" : "good";
}

std::optional<Quality> quality_of(std::string_view name) {
  for (const auto& [value, known] : kNames)
    if (known == name) return value;
  return std::nullopt;
}

}  // namespace bondline::tags
