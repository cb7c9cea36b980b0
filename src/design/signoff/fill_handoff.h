// What the line gets of a signed-off design: tag limits from the design's own limits, regions and golden
// features from its geometry. Reduced models, life models and the test plan stay empty until their
// disciplines fill them.
#pragma once
#include "design/package/solids.h"
#include "design/signoff/signoff.h"

namespace bondline::signoff {

/// Everything of the handoff but its hash. `result` brings verdict and temperatures.
handoff::Handoff make_handoff(const package::Design& design, const package::Assembly& assembly,
                              const SignOff& result, const std::string& made_by);

}  // namespace bondline::signoff
