#include "design/package/case_codes.h"

namespace bondline::package {
namespace {

// The code names the outline: tenths of a millimetre in the metric code, hundredths of an inch in the EIA
// code. Heights: typical values of thick-film resistors and of multilayer capacitors, low confidence.
constexpr CaseCode kCodes[] = {
    {"008004", "0201M", 0.25e-3, 0.125e-3, 0.1e-3, 0.125e-3},
    {"01005", "0402M", 0.4e-3, 0.2e-3, 0.13e-3, 0.2e-3},
    {"0201", "0603M", 0.6e-3, 0.3e-3, 0.23e-3, 0.3e-3},
    {"0402", "1005M", 1.0e-3, 0.5e-3, 0.35e-3, 0.5e-3},
    {"0603", "1608M", 1.6e-3, 0.8e-3, 0.45e-3, 0.8e-3},
    {"0805", "2012M", 2.0e-3, 1.25e-3, 0.5e-3, 1.25e-3},
    {"1206", "3216M", 3.2e-3, 1.6e-3, 0.55e-3, 1.6e-3},
    {"1210", "3225M", 3.2e-3, 2.5e-3, 0.55e-3, 2.5e-3},
    {"1812", "4532M", 4.5e-3, 3.2e-3, 0.55e-3, 2.5e-3},
    {"2010", "5025M", 5.0e-3, 2.5e-3, 0.55e-3, 2.5e-3},
    {"2220", "5750M", 5.7e-3, 5.0e-3, 0.55e-3, 2.5e-3},
    {"2512", "6432M", 6.4e-3, 3.2e-3, 0.55e-3, 2.5e-3},
};

}  // namespace

const CaseCode* find_case_code(const std::string& code) {
  for (const CaseCode& row : kCodes)
    if (code == row.eia || code == row.metric) return &row;
  return nullptr;
}

std::vector<std::string> case_code_names() {
  std::vector<std::string> names;
  for (const CaseCode& row : kCodes) names.emplace_back(row.eia), names.emplace_back(row.metric);
  return names;
}

}  // namespace bondline::package
