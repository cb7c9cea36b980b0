#include "handoff/reduced_stepper.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bondline::handoff {
namespace {

bool as_designed(const ReducedModel& model, std::span<const double> h) {
  for (std::size_t f = 0; f < h.size(); ++f)
    if (h[f] != model.films[f].designed) return false;
  return true;
}

/// The sizes that a document's reader has checked already, for models made by hand.
std::string misfit(const ReducedModel& m, std::span<const double> h) {
  const std::size_t n = std::size_t(std::max(0, m.states)), p = m.inputs.size(), q = m.outputs.size();
  const bool diagonal = !m.time_constants.empty();
  if (m.states < 0 ||
      (diagonal ? m.time_constants.size() != n : m.E.size() != n * n || m.A.size() != n * n) ||
      m.B.size() != n * p || m.C.size() != q * n || m.offset.size() != q ||
      (!m.D.empty() && m.D.size() != q * p) || (!m.input_offset.empty() && m.input_offset.size() != p))
    return "the sizes of its matrices do not fit";
  if (!h.empty() && h.size() != m.films.size())
    return fmt::format("{} film coefficients were given, it has {}", h.size(), m.films.size());
  for (std::size_t f = 0; f < m.films.size(); ++f) {
    const FilmParameter& film = m.films[f];
    if (film.rows < 0 || film.trace.size() != std::size_t(film.rows) * n || !(film.designed > 0) ||
        std::find(m.inputs.begin(), m.inputs.end(), film.ambient) == m.inputs.end())
      return fmt::format("its film \"{}\" does not fit", film.name);
    constexpr double kSlack = 1e-9;
    if (!h.empty() && !(h[f] >= film.low * (1 - kSlack) && h[f] <= film.high * (1 + kSlack)))
      return fmt::format("{} W/(m2 K) of {} lies outside {} to {}", h[f], film.name, film.low, film.high);
  }
  return "";
}

}  // namespace

numerics::StateSpace state_space(const ReducedModel& m, std::span<const double> h) {
  numerics::StateSpace s;
  s.states = m.states;
  s.inputs = int(m.inputs.size());
  s.outputs = int(m.outputs.size());
  const std::size_t n = std::size_t(m.states), p = m.inputs.size();
  s.E = m.E, s.A = m.A, s.B = m.B, s.C = m.C, s.D = m.D;
  if (!m.time_constants.empty()) {
    s.E.assign(n * n, 0.0);
    s.A.assign(n * n, 0.0);
    for (std::size_t k = 0; k < n; ++k) s.E[k * n + k] = m.time_constants[k], s.A[k * n + k] = 1;
  }
  for (std::size_t f = 0; f < h.size(); ++f) {
    const FilmParameter& film = m.films[f];
    const double more = h[f] - film.designed;
    if (more == 0) continue;
    for (int r = 0; r < film.rows; ++r) {
      const double* row = film.trace.data() + std::size_t(r) * n;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) s.A[i * n + j] += more * row[i] * row[j];
    }
    const std::size_t at =
        std::size_t(std::find(m.inputs.begin(), m.inputs.end(), film.ambient) - m.inputs.begin());
    for (std::size_t i = 0; i < n && at < p; ++i) s.B[i * p + at] *= h[f] / film.designed;
  }
  return s;
}

ReducedStepper::ReducedStepper(const ReducedModel& m, double dt, std::span<const double> h)
    : problem_(misfit(m, h)) {
  if (problem_.empty() && !(dt > 0 && std::isfinite(dt))) problem_ = "a step must be longer than nothing";
  if (!problem_.empty()) return;
  const numerics::ModalModel modal(state_space(m, h));
  problem_ = modal.problem();
  if (!problem_.empty()) return;
  stepper_.emplace(modal, dt);
  offset_in_ = m.input_offset;
  offset_in_.resize(m.inputs.size(), 0.0);
  offset_out_ = m.offset;
  given_.assign(offset_in_.size(), 0.0);
  const auto& bound = as_designed(m, h) && !m.bound.empty() ? m.bound : m.range_bound;
  if (bound.empty() || dt < bound[0].shortest_step * (1 - 1e-9)) return;
  const std::size_t each = m.inputs.size() * m.outputs.size();
  if (bound[0].fixed.size() != each || bound[0].amplitudes.size() != each * bound[0].rates.size()) return;
  history_.emplace(numerics::HistoryBound{int(m.inputs.size()), int(m.outputs.size()), bound[0].shortest_step,
                                          bound[0].rates, bound[0].fixed, bound[0].amplitudes},
                   dt);
  bounds_.assign(offset_out_.size(), 0.0);
}

void ReducedStepper::less_offset(std::span<const double> u) {
  for (std::size_t i = 0; i < given_.size(); ++i) given_[i] = u[i] - offset_in_[i];
}

void ReducedStepper::settle(std::span<const double> u) {
  less_offset(u);
  stepper_->settle(given_);
  if (history_) history_->settle(given_);
}

void ReducedStepper::step(std::span<const double> u, std::span<double> y) {
  less_offset(u);
  stepper_->step(given_, y);
  for (std::size_t o = 0; o < offset_out_.size(); ++o) y[o] += offset_out_[o];
  if (history_) history_->step(given_, bounds_);
}

void ReducedStepper::outputs(std::span<const double> u, std::span<double> y) {
  less_offset(u);
  stepper_->outputs(given_, y);
  for (std::size_t o = 0; o < offset_out_.size(); ++o) y[o] += offset_out_[o];
}

}  // namespace bondline::handoff
