// Can this operator be solved at all? Looks at every number once and floods the cells along non-zero faces,
// column by column, to find a connected region that nothing ties to the reference.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/parallel.h"
#include "numerics/conduction_solver.h"

namespace bondline::numerics {

struct OperatorCheck {
  std::string problem;  ///< empty when the operator is sound
  std::size_t floating_cell =
      SIZE_MAX;        ///< lowest-numbered cell of the first region without ground, else SIZE_MAX
  double largest = 0;  ///< conductance
};

/// Grid lines increasing and finite, array sizes, conductances finite and >= 0, no face pointing out of the
/// grid, every connected region (two cells or more) tied to the reference by some ground > 0.
OperatorCheck check_operator(const ConductionOperator& op, base::Pool& pool);

}  // namespace bondline::numerics
