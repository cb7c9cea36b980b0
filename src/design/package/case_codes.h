// Sizes behind the EIA case codes of chip passives.
#pragma once
#include <string>
#include <vector>

namespace bondline::package {

struct CaseCode {
  const char* eia;                           ///< inch code: "0201"
  const char* metric;                        ///< "0603M"
  double length, width;                      ///< m
  double resistor_height, capacitor_height;  ///< m, usual bodies
};

/// By EIA code, or by metric code with a trailing M. Null when unknown.
const CaseCode* find_case_code(const std::string& code);
std::vector<std::string> case_code_names();

// Lengths and widths are nominal by EIA-481 and IEC 60115-8 naming; heights vary by maker and rating.
inline constexpr const char* kCaseCodeSource = "usual height of the case code, low confidence";

}  // namespace bondline::package
