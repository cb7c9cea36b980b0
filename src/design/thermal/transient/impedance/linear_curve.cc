#include "design/thermal/transient/impedance/linear_curve.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "design/thermal/coolant/streams.h"
#include "design/thermal/transient/impedance/linear_body.h"
#include "design/thermal/transient/impedance/step_answers.h"
#include "design/thermal/transient/time_grid.h"

namespace bondline::thermal::detail {
namespace {

constexpr std::size_t kAtOnce = 16;  // fields made in one pass over the space

struct Reading {
  double mean = 0, hottest = 0;
};

/// Reads fields of one body: the part and the places of its heat.
class Reader {
 public:
  Reader(const LinearBody& body, const CurveAsked& asked) : body_(body), asked_(asked) {
    for (Region& region : regions_of(*body.model.design, *body.model.assembly))
      if (region.path == asked.part || region.path.starts_with(asked.part + ".")) regions_.push_back(region);
    if (regions_.empty())
      throw base::Error(fmt::format("\"{}\" has no temperature", asked.part),
                        "name a die or a layer that is heated");
  }

  Reading read(const Model& model, const std::vector<double>& rise) const {
    std::vector<double> u = rise;
    for (std::size_t c = 0; c < u.size(); ++c) u[c] += body_.cold[c];
    show_streams(model, u);
    const auto values = measure(model, u, regions_);
    Reading out;
    out.hottest = -std::numeric_limits<double>::infinity();
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      out.hottest = std::max(out.hottest, values[r].temperature.max_K);
      for (const auto& [path, share] : asked_.heat)
        if (regions_[r].path == path) out.mean += share * values[r].temperature.mean_K;
    }
    return out;
  }

 private:
  const LinearBody& body_;
  const CurveAsked& asked_;
  std::vector<Region> regions_;
};

LinearCurve on_grid(const Design& design, const Assembly& assembly, const CurveAsked& asked,
                    const mesh::MeshOptions& how, double end_share, base::Pool& pool,
                    const base::Progress& progress) {
  LinearBody body = linear_body(design, assembly, how, pool);
  const StepProblem problem{&body.model.op,      body.capacity,      body.heat,      body.rise,
                            asked.times.front(), asked.times.back(), asked.tolerance};
  const StepAnswers answers(problem, pool, progress);
  const Reader reader(body, asked);
  LinearCurve out;
  Model unheated = body.model;  // before the step, peaks have no heat of their own
  unheated.source_scale.assign(assembly.sources.size(), 0.0);
  place_sources(unheated);
  const Reading zero = reader.read(unheated, std::vector<double>(body.rise.size(), 0.0));
  const Reading end = reader.read(body.model, body.rise);
  out.steady = end.mean - zero.mean;
  out.steady_hottest = end.hottest - zero.hottest;
  for (std::size_t first = 0; first < asked.times.size(); first += kAtOnce) {
    const std::size_t last = std::min(first + kAtOnce, asked.times.size());
    const std::vector<double> times(asked.times.begin() + long(first), asked.times.begin() + long(last));
    const auto fields = answers.at(times);
    std::vector<Reading> read(fields.size());
    pool.run(fields.size(), [&](std::size_t t) { read[t] = reader.read(body.model, fields[t]); });
    for (const Reading& r : read) {
      out.rise.push_back(r.mean - zero.mean);
      out.hottest.push_back(r.hottest - zero.hottest);
    }
    if (end_share > 0 && out.rise.back() > end_share * out.steady) break;
  }
  out.balance = body.balance;
  out.error = answers.error();
  out.size = answers.size();
  out.cells = body.rise.size();
  out.notes = body.model.mesh.notes;
  if (body.follows)
    out.notes.push_back(
        "conductivities, heat capacities and films by law are those of the step's own steady field at all "
        "times: the "
        "curve is that of a linear body");
  return out;
}

}  // namespace

LinearCurve linear_curve(const Design& design, const Assembly& assembly, const CurveAsked& asked,
                         base::Pool& pool) {
  const TimeGrid grid = time_grid(design, assembly, asked.times.front(), asked.cells, true);
  // The coarse grid's curve ends later than the fine one's, whatever the grids do to it.
  const double end = asked.until_share;
  const auto part = [&](double from, double to) {
    return [&, from, to](double share, std::string_view what) {
      if (asked.progress) asked.progress(from + (to - from) * share, what);
    };
  };
  const LinearCurve rough =
      on_grid(design, assembly, asked, grid.coarse, end > 0 ? 1 - 0.1 * (1 - end) : 0, pool, part(0, 0.1));
  LinearCurve out =
      on_grid(design, assembly, asked, grid.fine, end > 0 ? 1 - 0.5 * (1 - end) : 0, pool, part(0.1, 1));
  const std::size_t both = std::min(out.rise.size(), rough.rise.size());
  std::vector<double> coarse_rise = rough.rise, coarse_hottest = rough.hottest;
  for (auto* curve : {&out.rise, &out.hottest, &coarse_rise, &coarse_hottest}) curve->resize(both);
  extrapolate(out.rise, coarse_rise);
  extrapolate(out.hottest, coarse_hottest);
  out.steady -= (rough.steady - out.steady) / 3;
  out.steady_hottest -= (rough.steady_hottest - out.steady_hottest) / 3;
  out.error = std::max(out.error, rough.error);
  if (grid.roomier > 1) out.notes.push_back(roomier_note(grid, asked.cells));
  return out;
}

}  // namespace bondline::thermal::detail
