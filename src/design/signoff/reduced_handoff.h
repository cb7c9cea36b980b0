// The thermal room's reduced model as the handoff carries it.
#pragma once
#include "design/thermal/reduced/reduced.h"
#include "handoff/handoff.h"

namespace bondline::signoff {

/// Named "thermal". `bound` is the rigorous one at the designed films; `range_bound` the largest of the
/// bounds at the ends, the middle and 16 points inside the films' ranges, times 1.5 (sampled:
/// docs/reduced-model.md). with_range false leaves the second out (it costs a few seconds on large models).
handoff::ReducedModel to_handoff(const thermal::ReducedModel& model, bool with_range, base::Pool& pool);

/// A handoff that holds this model and nothing else of the sign-off (`bondline thermal reduce`).
handoff::Handoff handoff_of(const package::Design& design, handoff::ReducedModel model,
                            const std::string& made_by);

}  // namespace bondline::signoff
