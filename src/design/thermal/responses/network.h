// Inside the room: a small network of conductances with films at its surface nodes,
//   (sum_kl g_kl (e_k - e_l)(e_k - e_l)' + diag(h_n area_n)) T = P ,
// and its fit to a full model's temperatures and heat flows.
#pragma once
#include <vector>

#include "design/thermal/responses/compact.h"

namespace bondline::thermal::detail {

/// What the full model says of one film set when junction j alone gives a watt.
struct NetworkTruth {
  std::vector<double> h;      ///< W/(m2 K) per node (junctions: 0)
  std::vector<double> rise;   ///< [j][i] K of junction i
  std::vector<double> share;  ///< [j][surface] W through it
};

struct NetworkErrors {
  double junction = 0, flow = 0;
};

/// Nodes' rises at h per node, watts per node.
std::vector<double> network_rises(const std::vector<CompactNode>& nodes,
                                  const std::vector<CompactLink>& links, const std::vector<double>& h,
                                  const std::vector<double>& watts);
NetworkErrors network_errors(const std::vector<CompactNode>& nodes, const std::vector<CompactLink>& links,
                             std::size_t junctions, const NetworkTruth& truth);
/// Links between all pairs of nodes, those that carry nothing left out.
std::vector<CompactLink> fit_network(const std::vector<CompactNode>& nodes, std::size_t junctions,
                                     const std::vector<NetworkTruth>& truths);

}  // namespace bondline::thermal::detail
