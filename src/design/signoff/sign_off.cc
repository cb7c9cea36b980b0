#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "design/rules/rules.h"
#include "design/signoff/coolant_chapter.h"
#include "design/signoff/fill_handoff.h"
#include "design/signoff/impedance_chapter.h"
#include "design/signoff/jedec_chapter.h"
#include "design/signoff/nonlinear_chapter.h"
#include "design/signoff/page.h"
#include "design/signoff/pictures.h"
#include "design/signoff/reduced_chapter.h"
#include "design/signoff/signoff.h"
#include "design/signoff/time_chapter.h"
#include "design/thermal/coolant/channels_held.h"
#include "show/picture.h"

namespace bondline::signoff {
namespace {

using package::Finding;
using package::Verdict;

class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Rules that, when they fail, leave no geometry to solve heat in.
bool stops_the_solve(const Finding& finding) {
  static const std::set<std::string> kFatal{"geometry.overlap", "geometry.support", "geometry.outside_body",
                                            "geometry.embedded_fits"};
  return finding.verdict == Verdict::fail && kFatal.count(finding.rule) > 0;
}

int badness(Verdict verdict) {
  switch (verdict) {
    case Verdict::fail:
      return 0;
    case Verdict::unknown:
      return 1;
    case Verdict::warn:
      return 2;
    case Verdict::pass:
      return 3;
    case Verdict::info:
      break;
  }
  return 4;
}

std::string discipline(const Finding& finding) {
  return finding.rule.substr(0, finding.rule.find('.'));
}

/// Share of the limit that is left: makes margins of different units comparable for sorting.
double relative_margin(const Finding& f) {
  if (!f.margin) return 1e30;
  const double scale = f.limit ? std::abs(*f.limit) : 1;
  return *f.margin / (scale > 0 ? scale : 1);
}

void sort_findings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    const std::string da = discipline(a), db = discipline(b);
    if (da != db) return da < db;
    if (badness(a.verdict) != badness(b.verdict)) return badness(a.verdict) < badness(b.verdict);
    return relative_margin(a) < relative_margin(b);
  });
}

Finding unsolved(const std::string& why, const std::string& mend) {
  Finding f;
  f.rule = "thermal.steady";
  f.subject = "design";
  f.verdict = Verdict::unknown;
  f.why = why;
  f.mend = mend;
  f.source = "steady heat analysis";
  return f;
}

void add_steady_field(SignOff& out) {
  constexpr double kKelvin = 273.15;
  Field field{"thermal.steady", "Temperature, steady", "degC", out.thermal.mesh->grid,
              out.thermal.temperature_K};
  for (double& value : field.value) value -= kKelvin;
  out.content.fields.push_back(std::move(field));
}

/// Channels that the grid cannot hold are averaged in `design`, and the assembly is made again.
void run_thermal(package::Design& design, package::Assembly& assembly, base::Pool& pool,
                 const Options& options, SignOff& out) {
  const Clock clock;
  thermal::SteadyOptions steady;
  if (options.cells > 0) steady.cells = options.cells;
  steady.keep_field = !options.out.empty();
  steady.progress = options.progress;
  try {
    const std::size_t known = out.findings.size();
    out.thermal = thermal::with_channels_held(design, out.findings, [&](const package::Design& held) {
      if (out.findings.size() > known) assembly = package::assemble(held);
      return thermal::steady(held, assembly, steady, pool);
    });
    const auto more = thermal::findings(design, out.thermal);
    out.findings.insert(out.findings.end(), more.begin(), more.end());
    if (out.thermal.mesh) add_steady_field(out);
    for (Table& table : nonlinear_tables(out.thermal)) out.content.tables.push_back(std::move(table));
    for (Table& table : coolant_tables(out.thermal)) out.content.tables.push_back(std::move(table));
  } catch (const base::Error& e) {
    out.thermal = {};
    for (const auto& d : e.diagnostics().all()) {
      if (d.severity != base::Severity::error) continue;
      Finding f = unsolved("temperatures could not be found: " + d.what, d.mend);
      f.where = d.where;
      out.findings.push_back(std::move(f));
    }
  }
  out.analyses["thermal.steady"].seconds = clock.seconds();
}

/// The data sheet's figures. Five set-ups are solved on coarser grids; each figure says its error.
void run_jedec(const package::Design& design, base::Pool& pool, const Options& options, SignOff& out) {
  constexpr double kCells = 60e3, kFew = 5e3;
  const Clock clock;
  thermal::JedecOptions jedec;
  jedec.cells = options.cells > 0 ? std::clamp(options.cells / 4, kFew, kCells) : kCells;
  out.jedec = thermal::jedec(design, jedec, pool);
  const auto more = thermal::findings(design, *out.jedec);
  out.findings.insert(out.findings.end(), more.begin(), more.end());
  for (Table& table : jedec_tables(*out.jedec)) out.content.tables.push_back(std::move(table));
  out.analyses["thermal.jedec"].seconds = clock.seconds();
}

/// What is run when asked for. The reduced model goes to the handoff.
std::optional<handoff::ReducedModel> run_asked(const package::Design& design,
                                               const package::Assembly& assembly, base::Pool& pool,
                                               const Options& options, SignOff& out) {
  if (out.thermal.path.empty()) return std::nullopt;
  if (options.with.time) {
    const Clock clock;
    add_heat_in_time(design, assembly, pool, options, out);
    out.analyses["thermal.transient"].seconds = clock.seconds();
  }
  if (options.with.impedance) {
    const Clock clock;
    add_impedance(design, pool, options, out);
    out.analyses["thermal.impedance"].seconds = clock.seconds();
  }
  if (!options.with.reduced) return std::nullopt;
  const Clock clock;
  auto model = add_reduced_model(design, assembly, pool, options, out);
  out.analyses["thermal.reduced"].seconds = clock.seconds();
  return model;
}

void must(const base::FileProblem& problem, const std::string& path) {
  if (!problem.empty())
    throw base::Error(fmt::format("{} could not be written: {}", path, problem), "choose another --out");
}

/// Draws the maps side by side on the pool and writes them in order; Findings of a subject point at its map.
void write_pictures(const std::vector<Map>& maps, base::Files& files, base::Pool& pool,
                    const Options& options, SignOff& out) {
  std::vector<std::string> bytes(maps.size());
  pool.run(maps.size(), [&](std::size_t m) { bytes[m] = show::to_png(maps[m].picture); });
  for (std::size_t m = 0; m < maps.size(); ++m) {
    const std::string path = base::join_path(options.out, maps[m].file);
    must(files.write_atomic(path, bytes[m]), path);
    out.files.push_back(maps[m].file);
    for (auto& f : out.findings) {
      if (f.subject == maps[m].subject && f.rule.rfind("thermal.", 0) == 0) {
        f.evidence.push_back({"map", maps[m].file, maps[m].picture.title});
      }
    }
  }
}

}  // namespace

SignOff sign_off(const package::Design& given, base::Files& files, base::Pool& pool, const Options& options) {
  const Clock clock;
  const auto tell = [&](double fraction, const char* doing) {
    if (options.progress) options.progress(fraction, doing);
  };
  SignOff out;
  package::Design design = given;
  tell(0, "geometry");
  package::Assembly assembly = package::assemble(design);
  out.findings = rules::check(design, assembly);
  out.analyses["rules"].seconds = clock.seconds();

  std::optional<handoff::ReducedModel> reduced;
  const auto fatal = std::find_if(out.findings.begin(), out.findings.end(), stops_the_solve);
  if (fatal != out.findings.end()) {
    Finding f = unsolved(fmt::format("temperatures were not computed: {} of {} cannot be built ({})",
                                     fatal->rule, fatal->subject, fatal->why),
                         fatal->mend);
    f.where = fatal->where;
    out.findings.push_back(std::move(f));
  } else {
    run_thermal(design, assembly, pool, options, out);
    if (options.jedec) {
      tell(0.85, "JEDEC figures");
      run_jedec(design, pool, options, out);
    }
    reduced = run_asked(design, assembly, pool, options, out);
  }
  sort_findings(out.findings);
  out.verdict = package::worst(out.findings);
  out.handoff = make_handoff(design, assembly, out, options.made_by);
  if (reduced) out.handoff.models.push_back(std::move(*reduced));

  if (!options.out.empty()) {
    tell(0.97, "pictures");
    must(files.make_folder(options.out), options.out);
    const Clock drawing;
    write_pictures(make_maps(design, assembly, out.thermal), files, pool, options, out);
    out.analyses["pictures"].seconds = drawing.seconds();
    const std::string text = handoff::write(out.handoff);
    const std::string path = base::join_path(options.out, "handoff.json");
    must(files.write_atomic(path, text), path);
    out.files.push_back("handoff.json");
    out.files.push_back("report.json");
    out.files.push_back("report.html");
    out.inputs = package::written(design.file, files);
  }
  out.seconds = clock.seconds();
  if (!options.out.empty()) {
    const std::string path = base::join_path(options.out, "report.json");
    must(files.write_atomic(path, to_json(design, out)), path);
    const std::string page = base::join_path(options.out, "report.html");
    must(files.write_atomic(page, to_html(design, assembly, out, options)), page);
  }
  tell(1, "done");
  return out;
}

}  // namespace bondline::signoff
