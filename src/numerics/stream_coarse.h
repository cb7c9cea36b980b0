// A coarse space for directed systems: the field as constants on some hundred boxes of cells, and the
// system's Galerkin product there, factorised. The multigrid sees streams as fixed temperatures; what it
// misses is the slow rise along them, which these constants hold. Needed where a stream gives most of its
// chain's exchange back (transfer units above a few); without them the iterations grow as the flow falls.
#pragma once
#include <memory>
#include <vector>

#include "numerics/conduction_solver.h"

namespace bondline::numerics {

class StreamCoarse {
 public:
  StreamCoarse(const ConductionOperator& op, const StreamMarch& march);
  ~StreamCoarse();
  StreamCoarse(StreamCoarse&&) noexcept;
  StreamCoarse& operator=(StreamCoarse&&) noexcept;

  /// z = P (P^T S P)^-1 P^T r, or with the transpose of S.
  void correct(const double* r, float* z, bool transposed) const;
  std::size_t bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Largest number of transfer units met along any chain of nodes.
double longest_exchange(const StreamNetwork& streams);

}  // namespace bondline::numerics
