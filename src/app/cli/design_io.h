// How commands of the design wing read designs and tell findings.
#pragma once
#include <string>
#include <vector>

#include "app/cli/io.h"
#include "design/package/design.h"
#include "design/package/finding.h"

namespace bondline::app {

/// The design in one design file, or in the other tools' files that together describe one (told apart by
/// suffix). Warnings go to stderr. Throws base::Error.
package::Design read_design(const std::vector<std::string>& paths, const Io& io);

/// 1 if a finding is fail or unknown, else 0.
int status_of(const std::vector<package::Finding>& findings);

/// Findings that did not pass, in full, below a line of counts.
std::string findings_text(const std::vector<package::Finding>& findings, const show::Terminal& terminal);

}  // namespace bondline::app
