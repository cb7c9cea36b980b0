#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "base/quantity.h"
#include "document/document.h"

namespace bondline::app {
namespace {

constexpr const char* kLine =
    R"(  bondline handoff show | diff | schema      the document that the line gets
  bondline handoff sign | verify H.json      who answers for it
  bondline key make | show KEY.pem           keys that documents are signed with
  bondline model compile M.onnx --out M.blm  a neural network for a machine without accelerator
  bondline model run | bench | profile | compare
  bondline line check | run LINE.yaml        machines in, nothing lost, receivers out
  bondline line audit LINE.yaml              what operators did
  bondline history query LINE.yaml --tag T   what a line has stored
  bondline tags browse | read | watch | write   values of a running line
)";

std::string overview(const Program& what) {
  return fmt::format(
      "{}: {}\n\n{}{}\nEvery command has --help with worked examples, and --json for one JSON document on "
      "stdout.\nExit status: 0 done, 1 done but a check is fail or unknown, 2 bad input or usage, 3 internal "
      "error.\n",
      made_by(), what.purpose, what.overview, kLine);
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* sub : app.get_subcommands(nullptr)) out.push_back(sub->get_name());
  return out;
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

base::Diagnostic mistake(std::string what, std::string mend) {
  base::Diagnostic out;
  out.what = std::move(what);
  out.mend = std::move(mend);
  return out;
}

/// Follows the nouns and verbs of the line; a word that is none is told with the nearest one. Leaves the
/// deepest command in *reached.
std::optional<base::Diagnostic> check_words(CLI::App& program, const std::vector<std::string>& words,
                                            CLI::App** reached) {
  CLI::App* app = &program;
  std::string so_far = "bondline";
  std::optional<base::Diagnostic> problem;
  for (const auto& word : words) {
    const auto verbs = verbs_of(*app);
    if (verbs.empty()) break;
    if (word.starts_with("-")) {
      *reached = app;
      return std::nullopt;  // an option of a noun, such as --help
    }
    if (std::find(verbs.begin(), verbs.end(), word) == verbs.end()) {
      const std::string near = document::nearest(word, verbs);
      *reached = app;
      return mistake("\"" + word + "\" is no command of " + so_far,
                     near.empty() ? "use one of " + listed(verbs) : "did you mean \"" + near + "\"?");
    }
    app = app->get_subcommand(word);
    so_far += " " + word;
  }
  *reached = app;
  if (!verbs_of(*app).empty()) {
    return mistake(so_far + " needs to know what to do", "use one of " + listed(verbs_of(*app)));
  }
  return std::nullopt;
}

/// "bondline thermal steady"
std::string words_of(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  return (above == nullptr ? "" : words_of(*above) + " ") + command.get_name();
}

/// What CLI11 could not make sense of, with the nearest option where one was misspelt.
base::Diagnostic usage_problem(const CLI::ParseError& error, const CLI::App& command) {
  base::Diagnostic out = mistake(error.what(), "see " + words_of(command) + " --help");
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return out;
  std::vector<std::string> options;
  for (const CLI::Option* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) options.push_back("--" + name);
  }
  std::string words;
  for (const auto& word : command.remaining()) {
    words += (words.empty() ? "" : " ") + word;
    const std::string near = document::nearest(word.substr(0, word.find('=')), options);
    if (!near.empty()) out.mend = "did you mean " + near + "?";
  }
  if (!words.empty()) out.what = "not understood: " + words;
  return out;
}

int refuse(const Io& io, const base::Diagnostic& problem) {
  base::Diagnostics all;
  all.add(problem);
  io.errors(all);
  return kBadInput;
}

int run_chosen(const Chosen& chosen, Io& io) try { return chosen.run(io); } catch (const base::Error& e) {
  io.errors(e.diagnostics());
  return kBadInput;
}

}  // namespace

std::shared_ptr<Common> add_common(CLI::App& command, const char* examples, bool computes) {
  auto common = std::make_shared<Common>();
  command.add_flag("--json", common->json, "one JSON document on stdout, and nothing else there");
  command
      .add_option(
          "--threads", common->threads,
          computes ? "threads to use (default: every usable core)" : "accepted; this command needs only one")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command.footer(std::string("Examples:\n") + examples);
  return common;
}

CLI::Validator number_from(double least, double most) {
  return CLI::Validator(
      [=](const std::string& text) {
        const auto number = base::parse_as(text, base::dim::none);
        const bool fits =
            number.quantity && number.quantity->value >= least && number.quantity->value <= most;
        return fits ? std::string() : fmt::format("\"{}\" is no number from {:g} to {:g}", text, least, most);
      },
      "");
}

int run(const Program& what, int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  CLI::App program(what.purpose, "bondline");
  program.set_version_flag("--version", made_by());
  program.get_formatter()->column_width(34);
  program.footer(std::string("Run bondline with no arguments for an overview; every command has --help with "
                             "worked examples.\n") +
                 "Examples:\n" + what.examples);
  Chosen chosen;
  if (what.add) what.add(program, chosen);
  add_handoff_commands(program, chosen);
  add_key_commands(program, chosen);
  add_model_commands(program, chosen);
  add_line_commands(program, chosen);
  add_tags_commands(program, chosen);

  Io io("", json);
  try {
    if (words.empty()) {
      io.text(overview(what));
      return kDone;
    }
    CLI::App* reached = &program;
    if (auto problem = check_words(program, words, &reached)) {
      if (reached == &program && !words.empty() &&
          std::find(what.elsewhere.begin(), what.elsewhere.end(), words[0]) != what.elsewhere.end())
        problem->mend = what.elsewhere_mend;
      return refuse(io, *problem);
    }
    try {
      program.parse(argc, argv);
    } catch (const CLI::CallForVersion&) {
      std::puts(made_by().c_str());
      return kDone;
    } catch (const CLI::Success& e) {
      return program.exit(e);  // --help
    } catch (const CLI::ParseError& e) {
      return refuse(io, usage_problem(e, *reached));
    }
    io = Io(chosen.command, chosen.json);
    return run_chosen(chosen, io);
  } catch (const std::bad_alloc&) {
    base::Diagnostics all;
    all.error({}, "out of memory", "ask for fewer cells");
    io.errors(all);
    return kBadInput;
  } catch (const std::exception& e) {
    base::Diagnostics all;
    all.error({}, std::string("internal error: ") + e.what(),
              "please report it with the command and its files");
    io.errors(all);
    return kDefect;
  }
}

}  // namespace bondline::app
