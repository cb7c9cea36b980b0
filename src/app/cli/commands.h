// The program's verbs. Each add_* hangs its commands below `program` and, when one is parsed, stores what to
// run in `chosen`. One file per noun.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/io.h"
#include "handoff/handoff.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace bondline::app {

/// What the parsed command line asks for.
struct Chosen {
  std::string command;  ///< "design check"
  bool json = false;
  std::function<int(Io&)> run;  ///< returns the exit status
};

/// Exit statuses of every command.
inline constexpr int kDone = 0;      ///< every check is pass, warn or info
inline constexpr int kJudged = 1;    ///< done, a check is fail or unknown
inline constexpr int kBadInput = 2;  ///< bad input or usage
inline constexpr int kDefect = 3;    ///< internal error

void add_design_commands(CLI::App& program, Chosen& chosen);
void add_thermal_commands(CLI::App& program, Chosen& chosen);
void add_thermal_transient_command(CLI::App& thermal, Chosen& chosen);  ///< below `thermal`
void add_thermal_impedance_command(CLI::App& thermal, Chosen& chosen);  ///< below `thermal`
void add_thermal_reduce_command(CLI::App& thermal, Chosen& chosen);
void add_thermal_response_commands(CLI::App& thermal, Chosen& chosen);  ///< maps, resistance, compact
void add_signoff_command(CLI::App& program, Chosen& chosen);
void add_handoff_commands(CLI::App& program, Chosen& chosen);
void add_handoff_sign_commands(CLI::App& handoff, Chosen& chosen);  ///< below `handoff`
void add_key_commands(CLI::App& program, Chosen& chosen);
void add_model_commands(CLI::App& program, Chosen& chosen);
void add_line_commands(CLI::App& program, Chosen& chosen);  ///< `line` and `history`
void add_tags_commands(CLI::App& program, Chosen& chosen);

void add_line_audit_command(CLI::App& line, Chosen& chosen);  ///< below `line`

/// Options that every command has. `examples`: two worked command lines, shown below --help.
struct Common {
  bool json = false;
  int threads = 0;
};
std::shared_ptr<Common> add_common(CLI::App& command, const char* examples, bool computes);

/// Refuses what is no number from `least` to `most` ("nan" too), in words.
CLI::Validator number_from(double least, double most);

/// Reads and checks a handoff; throws base::Error.
handoff::Handoff read_handoff(const std::string& path);

/// What one program offers beside the commands of the line, which every program has.
struct Program {
  const char* purpose = "";   ///< a few words
  const char* overview = "";  ///< lines for its commands
  const char* examples = "";  ///< for --help
  std::function<void(CLI::App&, Chosen&)> add = {};
  std::vector<std::string> elsewhere = {};  ///< nouns that another program has
  std::string elsewhere_mend = {};          ///< and which
};

/// Runs a program: parses, runs, turns every exception into messages and an exit status.
int run(const Program& what, int argc, const char* const* argv);

}  // namespace bondline::app
