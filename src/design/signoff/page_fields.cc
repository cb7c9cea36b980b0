#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "design/signoff/page.h"
#include "show/page.h"

namespace bondline::signoff {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSteps = 65534;
constexpr std::uint16_t kVoid = 65535;

/// The mean over the cells that hold something, weighted by `wa` and `wb`.
double merge(double a, double wa, double b, double wb) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return (wa * a + wb * b) / (wa + wb);
}

std::vector<double> every_second(const std::vector<double>& lines) {
  std::vector<double> out;
  for (std::size_t i = 0; i < lines.size(); i += 2) out.push_back(lines[i]);
  if (lines.size() % 2 == 0) out.push_back(lines.back());
  return out;
}

/// Pairs of intervals along x (or y) become one.
Field halved(const Field& fine, bool along_x) {
  Field out{fine.analysis, fine.title, fine.unit, fine.grid, {}};
  (along_x ? out.grid.x : out.grid.y) = every_second(along_x ? fine.grid.x : fine.grid.y);
  const auto& lines = along_x ? fine.grid.x : fine.grid.y;
  const auto width = [&](int n) { return lines[std::size_t(n) + 1] - lines[std::size_t(n)]; };
  const int most = static_cast<int>(lines.size()) - 2;
  out.value.resize(out.grid.cells());
  for (int j = 0; j < out.grid.ny(); ++j)
    for (int i = 0; i < out.grid.nx(); ++i)
      for (int k = 0; k < out.grid.nz(); ++k) {
        const int a = along_x ? 2 * i : 2 * j, b = std::min(a + 1, most);
        const double va = fine.value[along_x ? fine.grid.index(a, j, k) : fine.grid.index(i, a, k)];
        const double vb = fine.value[along_x ? fine.grid.index(b, j, k) : fine.grid.index(i, b, k)];
        out.value[out.grid.index(i, j, k)] = merge(va, width(a), vb, width(b));
      }
  return out;
}

Json micrometres(const std::vector<double>& lines) {
  Json out = Json::array();
  for (double line : lines) out.push_back(std::round(line * 1e10) / 1e4);
  return out;
}

}  // namespace

Field thinned(const Field& field, double cells) {
  Field out = field;
  while (double(out.grid.cells()) > cells && (out.grid.nx() > 1 || out.grid.ny() > 1))
    out = halved(out, out.grid.nx() >= out.grid.ny());
  return out;
}

Json field_json(const Field& field, double cells) {
  const Field shown = thinned(field, cells);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::size_t hottest = 0;
  for (std::size_t c = 0; c < shown.value.size(); ++c) {
    const double v = shown.value[c];
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    if (v > high) high = v, hottest = c;
  }
  if (!(low <= high)) low = high = 0;
  const double step = high > low ? (high - low) / kSteps : 1;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(2 * shown.value.size());
  for (const double v : shown.value) {
    const auto q = std::isfinite(v) ? static_cast<std::uint16_t>(std::lround((v - low) / step)) : kVoid;
    bytes.push_back(std::uint8_t(q & 255));
    bytes.push_back(std::uint8_t(q >> 8));
  }
  const std::size_t nz = std::size_t(shown.grid.nz()), nx = std::size_t(shown.grid.nx());
  const auto centre = [](const std::vector<double>& lines, std::size_t n) {
    return 0.5 * (lines[n] + lines[n + 1]);
  };
  Json out = {{"analysis", field.analysis},
              {"title", field.title},
              {"unit", field.unit},
              {"low", low},
              {"high", high}};
  out["high_at"] = {centre(shown.grid.x, hottest / nz % nx), centre(shown.grid.y, hottest / nz / nx),
                    centre(shown.grid.z, hottest % nz)};
  out["cells"] = field.grid.cells();
  out["cells_shown"] = shown.grid.cells();
  out["x_um"] = micrometres(shown.grid.x);
  out["y_um"] = micrometres(shown.grid.y);
  out["z_um"] = micrometres(shown.grid.z);
  out["values"] = show::base64(bytes);
  return out;
}

}  // namespace bondline::signoff
