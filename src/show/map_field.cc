#include "show/map_field.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/diagnostic.h"

namespace bondline::show {
namespace {

/// The interval of `lines` that holds `at`; the last line belongs to the last interval.
std::size_t interval(const std::vector<double>& lines, double at) {
  const auto it = std::upper_bound(lines.begin(), lines.end(), at);
  const std::size_t i = it == lines.begin() ? 0 : std::size_t(it - lines.begin()) - 1;
  return std::min(i, lines.size() - 2);
}

/// The two cells whose centres enclose `at`, and the weight of the second.
struct Between {
  std::size_t a, b;
  double weight;
};
Between between(const std::vector<double>& lines, double at) {
  const auto centre = [&](std::size_t i) { return (lines[i] + lines[i + 1]) / 2; };
  const std::size_t i = interval(lines, at), last = lines.size() - 2;
  const std::size_t a = at < centre(i) ? (i == 0 ? 0 : i - 1) : i;
  const std::size_t b = at < centre(i) ? i : std::min(i + 1, last);
  if (a == b) return {a, b, 0};
  return {a, b, (at - centre(a)) / (centre(b) - centre(a))};
}

void check_lines(const std::vector<double>& lines, const char* name) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!std::isfinite(lines[i]) || (i > 0 && !(lines[i] > lines[i - 1]))) {
      throw base::Error(std::string("a map's ") + name + " lines must be finite and increase",
                        "mend the caller's grid");
    }
  }
}

}  // namespace

MapField::MapField(const MapPicture& picture)
    : picture_(picture), low_(std::numeric_limits<double>::quiet_NaN()), high_(low_) {
  if (picture.x.size() < 2 || picture.y.size() < 2 ||
      picture.value.size() != (picture.x.size() - 1) * (picture.y.size() - 1)) {
    throw base::Error("a map's values do not fit its lines", "give (x - 1) * (y - 1) values");
  }
  check_lines(picture.x, "x");
  check_lines(picture.y, "y");
  for (double v : picture.value) {
    if (!std::isfinite(v)) continue;
    if (!(low_ <= v)) low_ = v;
    if (!(high_ >= v)) high_ = v;
  }
}

double MapField::at(double x, double y) const {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  if (x < picture_.x.front() || x > picture_.x.back() || y < picture_.y.front() || y > picture_.y.back()) {
    return nothing;
  }
  const double own = cell(interval(picture_.x, x), interval(picture_.y, y));
  if (!picture_.smooth || !std::isfinite(own)) return std::isfinite(own) ? own : nothing;
  const Between bx = between(picture_.x, x), by = between(picture_.y, y);
  double sum = 0, weights = 0;
  for (int corner = 0; corner < 4; ++corner) {
    const double v = cell(corner & 1 ? bx.b : bx.a, corner & 2 ? by.b : by.a);
    const double w = (corner & 1 ? bx.weight : 1 - bx.weight) * (corner & 2 ? by.weight : 1 - by.weight);
    if (!std::isfinite(v)) continue;
    sum += w * v;
    weights += w;
  }
  return weights > 1e-12 ? sum / weights : own;
}

}  // namespace bondline::show
