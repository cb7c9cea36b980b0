// What a correlation answers: the number, and how far it can be trusted.
#pragma once
#include <string>

namespace bondline::cooling {

struct Correlated {
  double value = 0;
  bool valid = true;   ///< the inputs lie where the correlation was fitted
  double scatter = 0;  ///< relative, of measurements about the correlation inside its range (0.25: +-25 %)
  std::string source;  ///< author, year
  std::string doubt;   ///< when not valid: which input lies outside which range, and by how much
};

/// Notes that `name` = `at` lies outside [low, high]: valid becomes false and `doubt` says by which factor.
void confine(Correlated& c, const char* name, double at, double low, double high);

/// The first part's value with both parts' validity and doubts; the larger scatter.
Correlated with_doubts_of(Correlated value, const Correlated& other);

}  // namespace bondline::cooling
