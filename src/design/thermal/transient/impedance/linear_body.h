// A design as one linear body: what follows the temperature is read at the steady field of its power and held
// there, so that its answer to a power step is a sum of decaying exponentials.
#pragma once
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

struct LinearBody {
  Model model;
  std::vector<double> capacity;  ///< J/K per cell; none of coolant
  std::vector<double> heat;      ///< W per cell that the power adds
  std::vector<double> cold;      ///< K above t_ref: steady without power
  std::vector<double> rise;      ///< K: what the power adds when nothing changes any more
  double balance = 0;            ///< of the steady field's heat
  bool follows = false;          ///< something was held
};

LinearBody linear_body(const Design& design, const Assembly& assembly, const mesh::MeshOptions& how,
                       base::Pool& pool);

}  // namespace bondline::thermal::detail
