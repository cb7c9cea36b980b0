#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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
  const Finding* finding(const std::string& rule, const std::string& subject) const {
    for (const auto& f : result_.findings) {
      if (f.rule == rule && f.subject == subject) return &f;
    }
    return nullptr;
  }

  void head();
  void temperatures();
  void heat_paths();
  void mends();
  void checks();
  void foot();
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

std::vector<Cell> Report::temperature_row(const thermal::PartTemperature& part, const Finding* judged) const {
  std::vector<Cell> row{
      {below_section(part.path)}, {watts(part.power_W)}, {celsius(part.max_K)}, {celsius(part.mean_K)}};
  if (judged != nullptr && judged->limit) {
    row.push_back({fmt::format("{:.1f} °C", *judged->limit)});
    row.push_back(
        {judged->margin ? fmt::format("{:+.1f} K", *judged->margin) : "", tone_of(judged->verdict)});
  } else {
    row.push_back({"–", Tone::quiet});
    row.push_back({""});
  }
  const Verdict verdict = judged == nullptr ? Verdict::info : judged->verdict;
  row.push_back(
      {judged != nullptr && judged->limit ? package::to_text(verdict) : "no limit", tone_of(verdict)});
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
    table.rows.push_back(temperature_row(part, finding("thermal.junction", part.path)));
  }
  if (dies) {  // other parts only where somebody set a limit
    for (const auto& f : result_.findings) {
      if (f.rule.rfind("thermal.", 0) != 0 || f.rule == "thermal.junction" || !f.limit || f.unit != "degC")
        continue;
      for (const auto& part : thermal.parts) {
        if (part.path == f.subject) table.rows.push_back(temperature_row(part, &f));
      }
    }
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

void Report::mends() {
  Table table;
  table.columns = {{"", Align::left, 6, 0}, {"", Align::left, 20, 1}};
  std::map<std::string, int> shown;
  for (const auto& mend : result_.thermal.mends) {
    if (++shown[mend.subject] > 3) continue;
    table.rows.push_back(
        {{shown[mend.subject] == 1 ? below_section(mend.subject) : "", Tone::heading}, {mend.text}});
  }
  if (table.rows.empty()) return;
  heading("What would mend it, most effective first");
  out_ += show::render(table, terminal_);
}

void Report::checks() {
  Table table;
  table.columns = {{"", Align::left, 7, 0}, {"", Align::left, 10, 0}, {"", Align::left, 24, 1}};
  std::map<std::string, std::size_t> passed;
  for (const auto& f : result_.findings) {
    const std::string group = f.rule.substr(0, f.rule.find('.'));
    if (f.verdict == Verdict::pass) ++passed[group];
    const bool in_table_above = f.rule == "thermal.junction" && f.verdict == Verdict::info;
    if (f.verdict == Verdict::pass || in_table_above) continue;
    const bool of_heat = f.verdict == Verdict::info && group == "thermal";
    if (of_heat && !result_.thermal.paths.empty()) continue;  // where the heat goes has its own section
    std::string why = f.why;
    if (!f.mend.empty() && f.mend != why) why += (why.empty() ? "" : "; ") + f.mend;
    if (f.where.line > 0) why += fmt::format(" [{}]", base::to_text(f.where));
    table.rows.push_back({{package::to_text(f.verdict), tone_of(f.verdict)},
                          {f.rule + "\n" + below_section(f.subject)},
                          {why}});
  }
  std::string sums;
  for (const auto& [group, n] : passed) sums += fmt::format("{}{} of {}", sums.empty() ? "" : ", ", n, group);
  heading("Checks" + (sums.empty() ? std::string() : ": " + sums + " passed"));
  out_ += show::render(table, terminal_);
}

void Report::foot() {
  const auto& thermal = result_.thermal;
  out_ += "\n";
  if (!thermal.path.empty()) {
    line(fmt::format("Heat in {} and out {} agree to {:.1e}. Temperatures are good to ±{:.2g} K (grid). {} "
                     "path, {} cells, "
                     "{}.",
                     watts(thermal.heat_in_W), watts(thermal.heat_out_W), thermal.balance,
                     thermal.error_estimate_K, thermal.path, thermal.cells,
                     plural(std::size_t(std::max(0, thermal.iterations)), "iteration", "iterations")),
         Tone::quiet);
  }
  std::string known = plural(design_.defaults.size(), "value was", "values were") +
                      " defaulted (report.json says from where)";
  if (!design_.stored.empty()) {
    known += "; " + plural(design_.stored.size(), "key is", "keys are") + " stored, not yet used:";
    for (std::size_t i = 0; i < std::min<std::size_t>(4, design_.stored.size()); ++i) {
      known += (i > 0 ? ", " : " ") + design_.stored[i].path;
    }
    if (design_.stored.size() > 4) known += ", …";
  }
  line(known + ".", Tone::quiet);
  std::string times;
  for (const auto& [name, timing] : result_.analyses) {
    times += fmt::format("{}{} {:.2f} s", times.empty() ? "" : ", ", name, timing.seconds);
  }
  line(fmt::format("Signed off in {:.2f} s ({}).", result_.seconds, times), Tone::quiet);
}

}  // namespace

std::string to_terminal(const Design& design, const SignOff& result, int width, bool colour) {
  return Report(design, result, width, colour).text();
}

}  // namespace bondline::signoff
