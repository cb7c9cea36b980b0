// The data sheet's figures as JSON and as tables of the report.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "design/signoff/content.h"
#include "design/thermal/jedec/jedec.h"

namespace bondline::signoff {

/// theta{ja, jb, jc_top, jc_bottom}, psi{jt, jb} and jedec{cases[], matrix{}, notes[]}: merged into a
/// document. Figures that do not apply are null.
nlohmann::ordered_json jedec_json(const thermal::JedecResult& result);

/// One table of the figures, and the matrix of the dies.
std::vector<Table> jedec_tables(const thermal::JedecResult& result);

}  // namespace bondline::signoff
