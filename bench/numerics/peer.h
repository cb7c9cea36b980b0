// The solver others would use, on the same problem in the same run.
#pragma once
#include <string>

#include "reference_problems.h"

namespace bondline::bench {

struct PeerResult {
  bool ran = false;
  std::string why_not;
  double seconds = 0;  ///< setup and solve, without assembly
  int iterations = 0;
  double relative_residual = 0;
  double maximum = 0;
};

enum class Peer { pfmg, boomeramg };

/// hypre's conjugate gradients with one cycle of `peer`, one MPI rank. Start once per process.
PeerResult run_peer(Peer peer, const ReferenceProblem& problem, double relative_residual);

}  // namespace bondline::bench
