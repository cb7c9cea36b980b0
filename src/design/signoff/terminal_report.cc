#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <map>

#include "base/quantity.h"
#include "design/signoff/signoff.h"
#include "show/table.h"
#include "show/text.h"

namespace bondline::signoff {
namespace {

using package::Design;
using package::Finding;
using package::Verdict;
using show::Align;
using show::Cell;
using show::Table;
using show::Tone;

Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return Tone::good;
    case Verdict::warn:
      return Tone::caution;
    case Verdict::fail:
      return Tone::bad;
    case Verdict::unknown:
      return Tone::unsure;
    case Verdict::info:
      break;
  }
  return Tone::quiet;
}

std::string celsius(double kelvin) {
  return fmt::format("{:.1f} °C", kelvin - 273.15);
}

std::string watts(double value) {
  return base::format_quantity(value, base::dim::power, 3);
}

std::string plural(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string below_section(const std::string& path) {
  const std::size_t dot = path.find('.');
  return dot == std::string::npos ? path : path.substr(dot + 1);
}

/// Units as people write them on paper: "110.1 degC (+-2 K)" -> "110.1 °C (±2 K)".
std::string on_paper(std::string text) {
  for (const auto& [from, to] : {std::pair{" degC", " °C"}, {" um", " µm"}, {"+-", "±"}}) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
      const char after = at + std::strlen(from) < text.size() ? text[at + std::strlen(from)] : ' ';
      if (std::isalnum(static_cast<unsigned char>(after)) && from[0] == ' ') continue;
      text.replace(at, std::strlen(from), to);
    }
  }
  return text;
}

int rank_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::fail:
      return 0;
    case Verdict::unknown:
      return 1;
    case Verdict::warn:
      return 2;
    default:
      return 3;
  }
}

class Report {
 public:
  Report(const Design& design, const SignOff& result, int width, bool colour)
      : design_(design), result_(result) {
    terminal_ = show::this_terminal();
    terminal_.width = std::clamp(width, 20, 100);
    terminal_.colour = colour;
  }

  std::string text() {
    head();
    temperatures();
    heat_paths();
    mends();
    checks();
    foot();
    return std::move(out_);
  }

 private:
  void line(const std::string& text, Tone tone = Tone::plain) {
    for (const auto& part : show::break_lines(show::printable(text, terminal_.unicode), terminal_.width)) {
      out_ += show::paint(part, tone, terminal_) + "\n";
    }
  }
  void heading(const std::string& text) {
    out_ += "\n";
    line(text, Tone::heading);
  }
  std::size_t count(Verdict verdict) const {
    return std::size_t(std::count_if(result_.findings.begin(), result_.findings.end(),
                                     [&](const Finding& f) { return f.verdict == verdict; }));
  }
  /// What was judged of a part's temperature.
  const Finding* temperature_of(const std::string& subject) const {
    for (const auto& f : result_.findings) {
      if (f.subject == subject && f.unit == "degC" && f.rule.rfind("thermal.", 0) == 0) return &f;
    }
    return nullptr;
  }
  std::string place(const base::Where& where) const {
    if (where.line == 0) return "";
    const bool own = where.file == design_.file;
    const std::string file = own ? where.file.substr(where.file.rfind('/') + 1) : where.file;
    return fmt::format(" [{}:{}]", file, where.line);
  }

  void head();
  void temperatures();
  void heat_paths();
  void mends();
  void checks();
  void foot();
  std::vector<Cell> judged_cells(const Finding* judged) const;
  std::vector<Cell> temperature_row(const thermal::PartTemperature& part, const Finding* judged) const;

  const Design& design_;
  const SignOff& result_;
  show::Terminal terminal_;
  std::string out_;
};

void Report::head() {
  std::string rule;
  for (int i = 0; i < terminal_.width; ++i) rule += "─";
  line(design_.name.empty() ? design_.file : design_.name, Tone::heading);
  if (!design_.description.empty()) line(design_.description, Tone::quiet);
  line(rule, Tone::quiet);
  std::string verdict = package::to_text(result_.verdict);
  std::transform(verdict.begin(), verdict.end(), verdict.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  std::string sums;
  for (Verdict v : {Verdict::fail, Verdict::unknown, Verdict::warn, Verdict::pass, Verdict::info}) {
    if (count(v) == 0) continue;
    sums += fmt::format("{}{} {}", sums.empty() ? "" : " · ", count(v), package::to_text(v));
  }
  out_ += show::paint("  " + verdict + "  ", tone_of(result_.verdict), terminal_);
  line(sums);
}

std::vector<Cell> Report::judged_cells(const Finding* judged) const {
  if (judged == nullptr || !judged->limit) return {{"–", Tone::quiet}, {""}, {"no limit", Tone::quiet}};
  const Tone tone = tone_of(judged->verdict);
  return {{fmt::format("{:.1f} °C", *judged->limit)},
          {judged->margin ? fmt::format("{:+.1f} K", *judged->margin) : "", tone},
          {package::to_text(judged->verdict), tone}};
}

std::vector<Cell> Report::temperature_row(const thermal::PartTemperature& part, const Finding* judged) const {
  std::vector<Cell> row{{below_section(part.path)},
                        {part.power_W > 0 ? watts(part.power_W) : "–"},
                        {celsius(part.max_K)},
                        {celsius(part.mean_K)}};
  for (auto& cell : judged_cells(judged)) row.push_back(std::move(cell));
  return row;
}

void Report::temperatures() {
  const auto& thermal = result_.thermal;
  if (thermal.path.empty()) return;
  Table table;
  const bool dies = !thermal.dies.empty();
  table.columns = {{dies ? "die" : "block", Align::left, 8, 1},
                   {"power", Align::right, 7, 0},
                   {"hottest", Align::right, 8, 0},
                   {"mean", Align::right, 8, 0},
                   {"limit", Align::right, 8, 0},
                   {"margin", Align::right, 7, 0},
                   {"verdict", Align::left, 7, 0}};
  for (const auto& part : dies ? thermal.dies : thermal.blocks) {
    table.rows.push_back(temperature_row(part, temperature_of(part.path)));
  }
  for (const auto& f : result_.findings) {  // other places only where somebody set a limit
    if (!f.limit || (f.rule != "thermal.board" && f.rule != "thermal.case" && f.rule != "thermal.touch"))
      continue;
    table.rows.push_back({{f.subject}, {""}, {fmt::format("{:.1f} °C", f.value.value_or(0))}, {""}});
    for (auto& cell : judged_cells(&f)) table.rows.back().push_back(std::move(cell));
  }
  heading(fmt::format("Temperatures, steady, ambient {}{}", celsius(design_.environment.ambient),
                      design_.environment.standard.empty() ? "" : ", " + design_.environment.standard));
  out_ += show::render(table, terminal_);
}

void Report::heat_paths() {
  const auto& thermal = result_.thermal;
  if (thermal.path.empty() || thermal.paths.empty() || !(thermal.heat_in_W > 0)) return;
  auto paths = thermal.paths;
  std::stable_sort(paths.begin(), paths.end(),
                   [](const auto& a, const auto& b) { return a.watts > b.watts; });
  Table table;
  table.columns = {
      {"", Align::left, 8, 1}, {"", Align::right, 7, 0}, {"", Align::right, 4, 0}, {"", Align::left, 4, 0}};
  const int cells = std::clamp(terminal_.width - 50, 8, 40);
  for (const auto& path : paths) {
    const double share = path.watts / thermal.heat_in_W;
    if (std::abs(share) < 0.0005) continue;
    table.rows.push_back({{path.through},
                          {watts(path.watts)},
                          {fmt::format("{:.1f} %", 100 * share)},
                          {show::bar(share, cells, terminal_)}});
  }
  heading(fmt::format("Where the heat goes ({})", watts(thermal.heat_in_W)));
  out_ += show::render(table, terminal_);
}

/// Mends of what fails or is close; where all is well, of the part with the least margin only.
void Report::mends() {
  std::vector<std::string> subjects;
  const Finding* tightest = nullptr;
  for (const auto& f : result_.findings) {
    if (f.rule.rfind("thermal.", 0) != 0 || !f.limit || !f.margin) continue;
    const bool told = std::find(subjects.begin(), subjects.end(), f.subject) != subjects.end();
    if ((f.verdict == Verdict::fail || f.verdict == Verdict::warn) && !told) subjects.push_back(f.subject);
    if (tightest == nullptr || *f.margin < *tightest->margin) tightest = &f;
  }
  const bool well = subjects.empty();
  if (well && tightest != nullptr) subjects.push_back(tightest->subject);
  Table table;
  table.columns = {{"", Align::left, 6, 0}, {"", Align::left, 20, 1}};
  for (const auto& subject : subjects) {
    int shown = 0;
    for (const auto& mend : result_.thermal.mends) {
      if (mend.subject != subject || ++shown > 3) continue;
      table.rows.push_back(
          {{shown == 1 ? below_section(subject) : "", Tone::heading}, {on_paper(mend.text)}});
    }
  }
  if (table.rows.empty()) return;
  heading(well ? "What would cool the part with the least margin"
               : "What would mend it, most effective first");
  out_ += show::render(table, terminal_);
}

void Report::checks() {
  std::map<std::string, std::size_t> passed;
  std::vector<const Finding*> open;
  for (const auto& f : result_.findings) {
    const bool of_heat = f.rule.rfind("thermal.", 0) == 0;
    if (f.verdict == Verdict::pass) ++passed[f.rule.substr(0, f.rule.find('.'))];
    // Temperatures without a limit and where the heat goes stand in the tables above.
    if (f.verdict != Verdict::pass && !(of_heat && f.verdict == Verdict::info)) open.push_back(&f);
  }
  std::stable_sort(open.begin(), open.end(), [](const Finding* a, const Finding* b) {
    return rank_of(a->verdict) < rank_of(b->verdict);
  });
  std::string sums;
  for (const auto& [group, n] : passed) sums += fmt::format("{}{} {}", sums.empty() ? "" : ", ", n, group);
  if (sums.empty() && open.empty()) return;
  heading(sums.empty() ? "Checks" : "Checks passed: " + sums);
  Table table;
  table.columns = {{"", Align::left, 7, 0}, {"", Align::left, 10, 0}, {"", Align::left, 24, 1}};
  for (const Finding* f : open) {
    std::string why = f->why;
    // Where the heat goes and what would mend a temperature stand in the tables above.
    const bool temperature = f->unit == "degC" && f->limit && f->rule.rfind("thermal.", 0) == 0;
    if (temperature) {
      why = why.substr(0, why.find(';'));
    } else if (!f->mend.empty() && f->mend != why) {
      why += (why.empty() ? "" : "; ") + f->mend;
    }
    table.rows.push_back({{package::to_text(f->verdict), tone_of(f->verdict)},
                          {f->rule + "\n" + below_section(f->subject)},
                          {on_paper(why) + place(f->where)}});
  }
  out_ += show::render(table, terminal_);
}

void Report::foot() {
  const auto& thermal = result_.thermal;
  out_ += "\n";
  if (!thermal.path.empty()) {
    std::string how = thermal.path == "spectral" ? "exact series, layer by layer" : "finite volumes";
    if (thermal.cells > 0) {
      how += fmt::format(" on {} cells, {}", thermal.cells,
                         plural(std::size_t(std::max(0, thermal.iterations)), "iteration", "iterations"));
    }
    // Of the table's rows: an unjudged part on a coarse patch of the grid is not what a reader looks at.
    double error = 0;
    for (const auto& part : thermal.dies.empty() ? thermal.blocks : thermal.dies)
      error = std::max(error, part.error_K);
    const std::string good = std::isfinite(thermal.error_estimate_K)
                                 ? fmt::format("Temperatures above are good to ±{:.2g} K. ", error)
                                 : "";
    // One number where they agree: 2.625 W may not read 2.62 in and 2.63 out.
    const double in = thermal.heat_in_W;
    const double out = std::abs(thermal.heat_out_W - in) <= 1e-6 * std::abs(in) ? in : thermal.heat_out_W;
    line(fmt::format("{}Heat in, {}, and out, {}, agree to {:.0e}. "
                     "Solved by {}.",
                     good, watts(thermal.heat_in_W), watts(out), std::max(thermal.balance, 1e-16), how),
         Tone::quiet);
    for (const auto& note : thermal.notes) line("Note: " + on_paper(note), Tone::quiet);
  }
  const std::size_t lists = design_.defaults.size() + design_.stored.size();
  std::string known = design_.defaults.empty()
                          ? "Nothing was defaulted"
                          : plural(design_.defaults.size(), "value was", "values were") + " defaulted";
  if (!design_.stored.empty()) {
    known += "; " + plural(design_.stored.size(), "key is", "keys are") + " stored, not yet used (";
    for (std::size_t i = 0; i < std::min<std::size_t>(3, design_.stored.size()); ++i) {
      known += (i > 0 ? ", " : "") + design_.stored[i].path;
    }
    known += design_.stored.size() > 3 ? ", …)" : ")";
  }
  line(known + (lists == 0 ? "." : ". The report lists them."), Tone::quiet);
  std::string times;
  for (const auto& [name, timing] : result_.analyses) {
    times += fmt::format("{}{} {:.2f} s", times.empty() ? "" : ", ", name, timing.seconds);
  }
  line(fmt::format("Done in {:.2f} s{}.", result_.seconds, times.empty() ? "" : ": " + times), Tone::quiet);
}

}  // namespace

std::string to_terminal(const Design& design, const SignOff& result, int width, bool colour) {
  return Report(design, result, width, colour).text();
}

}  // namespace bondline::signoff
