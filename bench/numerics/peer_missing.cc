#include "peer.h"

namespace bondline::bench {

PeerResult run_peer(Peer, const ReferenceProblem&, double) {
  return {.why_not = "hypre not found at configure time (Debian: libhypre-dev)"};
}

}  // namespace bondline::bench
