#include "app/cli/thermal_arguments.h"

#include <fmt/format.h>

#include <vector>

#include "base/file.h"

namespace bondline::app {
namespace {

/// "0.3 mm", or a plain number in metres.
double metres(const std::string& text, const std::string& option) {
  const auto plain = base::parse_as(text, base::dim::none);
  if (plain.quantity && text.find('%') == std::string::npos) return plain.quantity->value;
  const auto length = base::parse_as(text, base::dim::length);
  if (!length.quantity) throw base::Error(fmt::format("{}: {}", option, length.problem), length.mend);
  return length.quantity->value;
}

std::vector<std::string> between_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string part = text.substr(at, end - at);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

}  // namespace

thermal::Probe parse_probe(const std::string& text) {
  const std::vector<std::string> parts = between_commas(text);
  if (parts.size() != 3) {
    throw base::Error(fmt::format("--probe \"{}\" has {} coordinates", text, parts.size()),
                      "give x,y,z in metres or with units: --probe \"0 mm,0.8 mm,0.3 mm\"");
  }
  const std::string option = fmt::format("--probe \"{}\"", text);
  return {metres(parts[0], option), metres(parts[1], option), metres(parts[2], option)};
}

std::array<double, 2> parse_cells(const std::string& text) {
  const std::string option = fmt::format("--deck-cells \"{}\"", text);
  const std::vector<std::string> parts = between_commas(text);
  if (parts.size() != 2) {
    throw base::Error(fmt::format("{} has {} lengths", option, parts.size()),
                      "give length and width of the deck's cells: --deck-cells \"100 um,100 um\"");
  }
  const std::array<double, 2> cells = {metres(parts[0], option), metres(parts[1], option)};
  if (!(cells[0] > 0) || !(cells[1] > 0))
    throw base::Error(option + " are no cells", "both lengths are positive");
  return cells;
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
