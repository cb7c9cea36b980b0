// Channel layers whose model is left to the program: resolved where the grid holds every channel, else
// averaged, and told.
#pragma once
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "design/package/design.h"
#include "design/package/finding.h"

namespace bondline::thermal {

/// A grid does not hold every channel of a layer. Thrown by every analysis that resolves channels.
class ChannelsNotHeld : public base::Error {
 public:
  using base::Error::Error;
};

/// Makes the resolved channel layers whose model is automatic averaged ones, and tells of each by a Finding
/// (`thermal.coolant`, info). Empty: every resolved layer was asked for by name.
std::vector<package::Finding> average_channels(package::Design& design);

/// analyse(design), and once more with averaged channels when the grid could not hold those that need not be
/// resolved; `told` receives the Findings. The design is changed then: an Assembly must be made inside
/// `analyse`, or again afterwards.
template <class Analyse>
auto with_channels_held(package::Design& design, std::vector<package::Finding>& told, Analyse&& analyse) {
  try {
    return analyse(std::as_const(design));
  } catch (const ChannelsNotHeld&) {
    std::vector<package::Finding> averaged = average_channels(design);
    if (averaged.empty()) throw;
    told.insert(told.end(), averaged.begin(), averaged.end());
  }
  return analyse(std::as_const(design));
}

}  // namespace bondline::thermal
