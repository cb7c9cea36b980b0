// Channel layers as streams past the grid's cells (numerics/streams.h): who exchanges with whom, through
// what.
//
// Resolved: each channel's cross-section is one stream node per row of cells along the flow; every wall cell
// around it is linked through half a cell of wall in series with its film (four walls: the four-resistor
// model of Sridhar et al., 3D-ICE, ICCAD 2010). Averaged: each column of cells has its own node, with its
// share of the flow by width. Walls or pins conduct along z (and channels' walls along the flow) with their
// share of the section; they exchange by volume; floor and ceiling are a star of three conductances: wall,
// coolant, neighbouring layer (the two-resistor model of Sridhar et al., THERMINIC 2010, with the walls'
// exchange resolved along z).
#pragma once
#include "design/thermal/coolant/coolant_flow.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// Films and flows of the model's channel layers, and what averaged layers conduct. Before make_conductances.
void prepare_streams(Model& model);
/// op.streams and what they add to op.ground (and averaged layers to op.gz). After conductances and films.
void place_streams(Model& model);
/// What bulges and planes give the streams directly, taken from rhs; then what inlets and that drive. Last
/// part of make_rhs.
void drive_streams(Model& model);

/// Values along the streams over a field of cells, K above t_ref.
numerics::StreamMarch::State stream_state(const Model& model, const std::vector<double>& u);
/// Heat that all streams carry off, W, and the sum of its magnitudes per layer.
double stream_heat(const Model& model, const std::vector<double>& u, double* gross = nullptr);
/// Writes each node's mean into its fluid cells, so that maps, probes and faces see the coolant.
void show_streams(const Model& model, std::vector<double>& u);
/// Takes the coolant's share out of heat capacities per cell (J/K): of fluid cells all, of averaged layers
/// what is not wall or pin. In time the streams follow the walls at once.
void leave_out_coolant(const Model& model, std::vector<double>& capacity);
/// What a layer's coolant did.
std::vector<CoolantResult> coolant_results(const Model& model, const std::vector<double>& u);

}  // namespace bondline::thermal::detail
