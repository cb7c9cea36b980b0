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

MapField::Place MapField::place(const std::vector<double>& lines, double at) {
  Place out;
  out.outside = !(at >= lines.front() && at <= lines.back());
  if (out.outside) return out;
  const auto centre = [&](std::size_t i) { return (lines[i] + lines[i + 1]) / 2; };
  const std::size_t i = interval(lines, at), last = lines.size() - 2;
  out.own = i;
  out.a = at < centre(i) ? (i == 0 ? 0 : i - 1) : i;
  out.b = at < centre(i) ? i : std::min(i + 1, last);
  if (out.a != out.b) out.weight = (at - centre(out.a)) / (centre(out.b) - centre(out.a));
  return out;
}

double MapField::value(const Place& x, const Place& y) const {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  if (x.outside || y.outside) return nothing;
  const double own = cell(x.own, y.own);
  if (!picture_.smooth || !std::isfinite(own)) return std::isfinite(own) ? own : nothing;
  double sum = 0, weights = 0;
  for (int corner = 0; corner < 4; ++corner) {
    const double v = cell(corner & 1 ? x.b : x.a, corner & 2 ? y.b : y.a);
    const double w = (corner & 1 ? x.weight : 1 - x.weight) * (corner & 2 ? y.weight : 1 - y.weight);
    if (!std::isfinite(v)) continue;
    sum += w * v;
    weights += w;
  }
  return weights > 1e-12 ? sum / weights : own;
}

double MapField::at(double x, double y) const {
  return value(place(picture_.x, x), place(picture_.y, y));
}

std::vector<double> MapField::sample(const std::vector<double>& x, const std::vector<double>& y) const {
  std::vector<Place> across;
  for (double v : x) across.push_back(place(picture_.x, v));
  std::vector<double> out;
  out.reserve(x.size() * y.size());
  for (double v : y) {
    const Place up = place(picture_.y, v);
    for (const Place& along : across) out.push_back(value(along, up));
  }
  return out;
}

}  // namespace bondline::show
