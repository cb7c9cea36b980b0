// Inside the room: what streams (numerics/streams.h) do to the energy of heat's equations. A chain of nodes
// past cells u, v along it (0 at its inlet), x the transfer units passed (dx = sum g / rate ds), gives
//
//   u'Su = sum over links int g (u - v)^2 ds + rate/2 v(end)^2 >= 0        (u - v = dv/dx; rate v dv is
//   exact)
//
// so the symmetric part of S is never negative: streams can only take energy out. Two constants of a chain of
// N transfer units say how much and how unsymmetrically; both are extremes over all u(x) on [0, N], hence
// hold for cells that are constant along nodes as well:
//
//   u'Su >= kept sum g u^2 :        kept = w^2 / (1 + w^2) ,   w tan(w N / 2) = 1     (kernel exp(-|x - y|) /
//   2) |Im u*Su| <= lean Re u*Su :     lean = N / (2 y) ,         tan(y) = -2 y / N ,    pi/2 < y < pi .
#pragma once
#include <vector>

#include "numerics/streams.h"

namespace bondline::thermal::detail {

/// Of a chain of `units` transfer units; from below and from above.
double stream_kept(double units);
double stream_lean(double units);

/// Transfer units of the whole chain that each node belongs to. Chains must not branch.
std::vector<double> chain_units(const numerics::StreamNetwork& streams);

}  // namespace bondline::thermal::detail
