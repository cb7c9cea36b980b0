// Results as JSON values, shared by report.json and the command line's --json. SI throughout; a number that
// is not finite becomes null. docs/formats/report.md lists every key.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "design/package/solids.h"
#include "design/signoff/signoff.h"

namespace bondline::signoff {

/// "dies.soc.core0" -> "soc.core0", "block.die" -> "die": what a part is called below its section.
std::string short_name(const std::string& path);

nlohmann::ordered_json where_json(const base::Where& where);  ///< {file, line, column}
nlohmann::ordered_json diagnostic_json(const base::Diagnostic& diagnostic);
nlohmann::ordered_json findings_json(const std::vector<package::Finding>& findings);
nlohmann::ordered_json defaults_json(const package::Design& design);
nlohmann::ordered_json stored_json(const package::Design& design);

/// Every material that some solid is made of, with the properties it has and where each number comes from.
nlohmann::ordered_json materials_json(const package::Design& design, const package::Assembly& assembly);

/// dies, blocks, parts, probes, paths, balance, sensitivities, mends, figures of the solve.
nlohmann::ordered_json thermal_json(const thermal::SteadyResult& result,
                                    const std::vector<thermal::Probe>& probes = {});

}  // namespace bondline::signoff
