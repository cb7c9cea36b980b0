// What the adjoint of a model with streams needs beside the symmetric part (adjoint.cc): seeds that lie in
// the coolant, what heat that enters the coolant is worth, and the derivatives by films, flow, inlet and the
// walls' conductivity.
#pragma once
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// Moves what a functional weighs in fluid cells to the cells that make the coolant's temperature.
void seed_through_streams(const Model& model, std::vector<double>& seed);
/// Fills lambda in fluid cells with what one watt entering there directly does to the functional.
void show_adjoint(const Model& model, std::vector<double>& lambda);
/// Adds the streams' part of d J: by ln k of solids, by ln of each layer's films, by ln of its flow (films
/// held), by its inlet. A functional's own weight on coolant beside it is not followed through flow and
/// inlet.
void stream_gradient(const Model& model, const std::vector<double>& u, const std::vector<double>& lambda,
                     Gradient& out);

}  // namespace bondline::thermal::detail
