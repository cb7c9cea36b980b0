#include "app/cli/thermal_arguments.h"

#include <fmt/format.h>

#include <vector>

#include "base/file.h"

namespace bondline::app {
namespace {

/// One coordinate of a probe: "0.3 mm", or a plain number in metres.
double coordinate(const std::string& text, const std::string& probe) {
  const auto plain = base::parse_as(text, base::dim::none);
  if (plain.quantity && text.find('%') == std::string::npos) return plain.quantity->value;
  const auto length = base::parse_as(text, base::dim::length);
  if (!length.quantity)
    throw base::Error(fmt::format("--probe \"{}\": {}", probe, length.problem), length.mend);
  return length.quantity->value;
}

}  // namespace

thermal::Probe parse_probe(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string part = text.substr(at, end - at);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    parts.push_back(std::move(part));
    at = end + 1;
  }
  if (parts.size() != 3) {
    throw base::Error(fmt::format("--probe \"{}\" has {} coordinates", text, parts.size()),
                      "give x,y,z in metres or with units: --probe \"0 mm,0.8 mm,0.3 mm\"");
  }
  return {coordinate(parts[0], text), coordinate(parts[1], text), coordinate(parts[2], text)};
}

double parse_seconds(const std::string& text, const std::string& option) {
  const auto plain = base::parse_as(text, base::dim::none);
  if (plain.quantity && text.find('%') == std::string::npos) return plain.quantity->value;
  const auto time = base::parse_as(text, base::dim::time);
  if (!time.quantity) throw base::Error(fmt::format("{} \"{}\": {}", option, text, time.problem), time.mend);
  return time.quantity->value;
}

void must_write(const std::string& path, const std::string& bytes) {
  const auto problem = base::disk().write_atomic(path, bytes);
  if (!problem.empty())
    throw base::Error(fmt::format("{} could not be written: {}", path, problem), "choose another path");
}

}  // namespace bondline::app
