#include "line/inference/profile/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "show/picture.h"

namespace bondline::inference {
namespace {

std::vector<std::size_t> slowest_first(const Profile& profile) {
  std::vector<std::size_t> order(profile.layers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return profile.layers[a].ms > profile.layers[b].ms; });
  return order;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

/// The roof at an intensity (operations per byte): the lower of arithmetic and memory.
show::Curve roof(const std::string& name, double peak_gops, double bandwidth) {
  show::Curve curve;
  curve.name = name;
  for (double intensity = 0.1; intensity < 2e4; intensity *= 1.15) {
    curve.x.push_back(intensity);
    curve.y.push_back(std::min(peak_gops, intensity * bandwidth * 1e-9));
  }
  return curve;
}

std::string roofline(const Profile& profile) {
  show::CurvePicture picture;
  picture.title = "Roofline";
  picture.x_label = "operations per byte";
  picture.y_label = "10^9 operations per second";
  picture.log_x = picture.log_y = true;
  picture.curves.push_back(roof("int8, L2", profile.peak_int8_gops, profile.bandwidth_l2));
  picture.curves.push_back(roof("float32, L2", profile.peak_f32_gops, profile.bandwidth_l2));
  picture.curves.push_back(roof("int8, memory", profile.peak_int8_gops, profile.bandwidth_memory));
  for (const Layer& layer : profile.layers) {
    if (layer.macs == 0 || layer.bytes == 0 || layer.gops <= 0) continue;
    const double intensity = 2.0 * static_cast<double>(layer.macs) / static_cast<double>(layer.bytes);
    show::Curve dot;  // a short stroke stands for a point
    dot.x = {intensity * 0.97, intensity * 1.03};
    dot.y = {layer.gops, layer.gops};
    picture.curves.push_back(std::move(dot));
  }
  return show::to_svg(picture, 860, 480);
}

}  // namespace

std::string to_table(const Profile& profile, const show::Terminal& terminal, std::size_t most) {
  show::Table table;
  table.columns = {{"layer", show::Align::left, 16, 2}, {"what", show::Align::left, 12, 1},
                   {"ms", show::Align::right, 7, 0},    {"share", show::Align::right, 6, 0},
                   {"Gop/s", show::Align::right, 6, 0}, {"compute", show::Align::right, 7, 0},
                   {"memory", show::Align::right, 6, 0}};
  const auto order = slowest_first(profile);
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const Layer& l = profile.layers[order[i]];
    table.rows.push_back(
        {{l.name.substr(0, 60)},
         {l.op},
         {fmt::format("{:.4f}", l.ms)},
         {fmt::format("{:.1f} %", profile.layers_ms > 0 ? 100 * l.ms / profile.layers_ms : 0)},
         {l.macs > 0 ? fmt::format("{:.0f}", l.gops) : ""},
         {l.macs > 0 ? fmt::format("{:.0f} %", l.percent_compute) : ""},
         {fmt::format("{:.0f} %", l.percent_bandwidth)}});
  }
  std::string out = show::render(table, terminal);
  if (order.size() > most) out += fmt::format("... and {} more layers\n", order.size() - most);
  out += fmt::format(
      "\n{:.4f} ms per run (layers {:.4f} ms, timing {:+.1f} %), {:.0f} Gop/s, {:.0f} % of peak; {} runs\n",
      profile.total_ms, profile.layers_ms, profile.overhead_percent, profile.gops, profile.percent_of_peak,
      profile.runs);
  out += fmt::format(
      "measured here with {}: int8 {:.0f} Gop/s, float32 {:.0f} Gop/s, reading {:.0f} / {:.0f} / {:.0f} GB/s "
      "(L2, L3, memory)\n",
      profile.isa, profile.peak_int8_gops, profile.peak_f32_gops, profile.bandwidth_l2 * 1e-9,
      profile.bandwidth_l3 * 1e-9, profile.bandwidth_memory * 1e-9);
  return out;
}

std::string to_json(const Profile& p) {
  nlohmann::ordered_json out;
  out["layers"] = nlohmann::ordered_json::array();
  for (const Layer& l : p.layers) {
    out["layers"].push_back({{"name", l.name},
                             {"op", l.op},
                             {"kind", l.kind},
                             {"ms", l.ms},
                             {"gops", l.gops},
                             {"macs", l.macs},
                             {"bytes", l.bytes},
                             {"percent_compute", l.percent_compute},
                             {"percent_bandwidth", l.percent_bandwidth}});
  }
  out["total_ms"] = p.total_ms;
  out["layers_ms"] = p.layers_ms;
  out["overhead_percent"] = p.overhead_percent;
  out["gops"] = p.gops;
  out["percent_of_peak"] = p.percent_of_peak;
  out["peak"] = {{"isa", p.isa},
                 {"int8_gops", p.peak_int8_gops},
                 {"f32_gops", p.peak_f32_gops},
                 {"l2_bytes_per_s", p.bandwidth_l2},
                 {"l3_bytes_per_s", p.bandwidth_l3},
                 {"memory_bytes_per_s", p.bandwidth_memory}};
  out["runs"] = p.runs;
  return out.dump();
}

std::string to_html(const Profile& profile, const std::string& model) {
  std::string out = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>" + escaped(model) +
                    "</title><style>body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em "
                    "auto;padding:0 1em;color:#222;"
                    "background:#fff}table{border-collapse:collapse;width:100%}td,th{padding:.2em "
                    ".6em;border-bottom:1px solid #ddd;"
                    "text-align:right}td:first-child,th:first-child,td:nth-child(2),th:nth-child(2){text-"
                    "align:left;word-break:break-all}"
                    "</style><h1>" +
                    escaped(model) + "</h1>";
  out += fmt::format(
      "<p>{:.4f} ms per run, {:.0f} Gop/s, {:.0f} % of the measured peak ({}: int8 {:.0f}, float32 {:.0f} "
      "Gop/s; memory {:.1f} GB/s).</p>",
      profile.total_ms, profile.gops, profile.percent_of_peak, escaped(profile.isa), profile.peak_int8_gops,
      profile.peak_f32_gops, profile.bandwidth_memory * 1e-9);
  if (profile.peak_int8_gops > 0) out += roofline(profile);
  out += "<table><tr><th>layer<th>what<th>ms<th>Gop/s<th>% compute<th>% memory</tr>";
  for (const std::size_t i : slowest_first(profile)) {
    const Layer& l = profile.layers[i];
    out += fmt::format("<tr><td>{}<td>{}<td>{:.4f}<td>{:.0f}<td>{:.0f}<td>{:.0f}</tr>", escaped(l.name),
                       escaped(l.op), l.ms, l.gops, l.percent_compute, l.percent_bandwidth);
  }
  return out + "</table></html>\n";
}

}  // namespace bondline::inference
