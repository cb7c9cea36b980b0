#include "design/signoff/reduced_handoff.h"

#include <algorithm>
#include <cmath>

#include "design/package/finding.h"

namespace bondline::signoff {
namespace {

handoff::ErrorHistory history(const numerics::HistoryBound& bound) {
  return {bound.shortest_step, int(bound.rates.size()), bound.rates, bound.fixed, bound.amplitudes};
}

void take_larger(std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t n = 0; n < a.size(); ++n) a[n] = std::max(a[n], b[n]);
}

/// Both ends, the middle, and points of Weyl's sequence (multiples of square roots of primes) inside.
std::vector<std::vector<double>> samples(const thermal::ReducedModel& model) {
  constexpr int kInside = 16;
  constexpr double kPrimes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  std::vector<std::vector<double>> out;
  for (int s = 0; s < 3 + kInside; ++s) {
    std::vector<double> h;
    for (std::size_t f = 0; f < model.films.size(); ++f) {
      const auto& film = model.films[f];
      const double w = s < 3 ? 0.5 * s : std::fmod((s - 2) * std::sqrt(kPrimes[f % std::size(kPrimes)]), 1.0);
      h.push_back(film.rows == 0
                      ? film.h
                      : std::clamp(film.low * std::pow(film.high / film.low, w), film.low, film.high));
    }
    out.push_back(std::move(h));
  }
  return out;
}

}  // namespace

handoff::ReducedModel to_handoff(const thermal::ReducedModel& model, bool with_range, base::Pool& pool) {
  handoff::ReducedModel out;
  out.name = "thermal";
  out.states = model.designed.states;
  out.input_unit = "W";
  out.output_unit = "K";
  for (const auto& input : model.inputs) {
    out.inputs.push_back(input.name);
    out.input_units.push_back(input.unit);
    out.input_offset.push_back(input.offset);
    out.designed.push_back(input.designed);
  }
  for (const auto& output : model.outputs) {
    out.outputs.push_back(output.name);
    out.offset.push_back(output.offset);
  }
  const std::size_t n = std::size_t(out.states);
  bool plain = true;  // A is one unless coolant streams
  for (std::size_t k = 0; k < n * n; ++k) plain &= model.designed.A[k] == (k % (n + 1) == 0 ? 1.0 : 0.0);
  if (plain) {
    for (std::size_t k = 0; k < n; ++k) out.time_constants.push_back(model.designed.E[k * n + k]);
  } else {
    out.E = model.designed.E;
    out.A = model.designed.A;
  }
  out.B = model.designed.B;
  out.C = model.designed.C;
  out.D = model.designed.D;
  out.shortest_time = model.shortest;
  out.longest_time = model.slowest;
  for (const auto& film : model.films) {
    if (film.rows == 0) continue;
    out.films.push_back({film.name, model.inputs[std::size_t(film.input)].name, film.h, film.low, film.high,
                         film.rows, film.trace});
  }
  const auto bound = model.bound(model.designed_h(), model.shortest, pool);
  out.bound = {history(bound)};
  // Each output at its worst: every input jumps to its designed value (ambients: by 20 K) after the longest
  // rest.
  double worst = 0;
  const std::size_t inputs = model.inputs.size(), outputs = model.outputs.size();
  for (std::size_t o = 0; o < outputs; ++o) {
    double sum = 0;
    for (std::size_t i = 0; i < inputs; ++i) {
      const double step = model.inputs[i].unit == "W" ? std::abs(model.inputs[i].designed) : 20;
      sum += step * bound.fixed[o * inputs + i];
      for (std::size_t m = 0; m < bound.rates.size(); ++m)
        sum += step * bound.amplitudes[(m * outputs + o) * inputs + i] *
               std::exp(-bound.rates[m] * bound.shortest_step);
    }
    worst = std::max(worst, sum);
  }
  out.error_bound = worst;
  if (with_range && !out.films.empty()) {
    handoff::ErrorHistory range = out.bound[0];
    const auto places = samples(model);
    std::vector<numerics::HistoryBound> at(places.size());
    pool.run(places.size(), [&](std::size_t s) { at[s] = model.bound(places[s], model.shortest); });
    for (const auto& b : at) {
      take_larger(range.fixed, b.fixed);
      take_larger(range.amplitudes, b.amplitudes);
    }
    constexpr double kSampled = 1.5;
    for (auto* list : {&range.fixed, &range.amplitudes})
      for (double& v : *list) v *= kSampled;
    out.range_bound = {std::move(range)};
  }
  return out;
}

handoff::Handoff handoff_of(const package::Design& design, handoff::ReducedModel model,
                            const std::string& made_by) {
  handoff::Handoff out;
  out.design_name = design.name.empty() ? "unnamed" : design.name;
  out.design_hash = design.content_hash;
  out.made_by = made_by;
  out.verdict = package::to_text(package::Verdict::unknown);
  for (const auto& output : model.outputs) out.tags.push_back(output);
  out.models = {std::move(model)};
  return out;
}

}  // namespace bondline::signoff
