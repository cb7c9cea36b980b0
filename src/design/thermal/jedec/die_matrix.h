// Every die's temperature per watt in every other: one solve per die on one operator. Films are held at given
// coefficients, conductivities at the ambient's temperature, so the matrix is that of a linear package.
#pragma once
#include <vector>

#include "design/thermal/jedec/jedec.h"
#include "design/thermal/jedec/set_ups.h"
#include "design/thermal/thermal.h"

namespace bondline::thermal::detail {

DieMatrix die_matrix(const SetUp& set_up, const package::Assembly& assembly,
                     const std::vector<FilmUsed>& films, const JedecOptions& options, base::Pool& pool);

}  // namespace bondline::thermal::detail
