#include "line/gateway/pipeline/window.h"

#include <algorithm>
#include <cmath>

namespace bondline::pipeline {

using rules::Aggregate;
using tags::Quality;

void Window::add(std::int64_t mono_ns, const rules::Cell& value) {
  if (count_ > 0) mono_ns = std::max(mono_ns, last_ns());
  if (count_ == ring_.size()) {
    if (count_ == kMost) {
      first_ = (first_ + 1) & (ring_.size() - 1);
      --count_;
      overflowed_ = true;
    } else {
      std::vector<Held> wider(std::max<std::size_t>(64, 2 * ring_.size()));
      for (std::size_t i = 0; i < count_; ++i) wider[i] = at(i);
      ring_ = std::move(wider);
      first_ = 0;
    }
  }
  ring_[(first_ + count_++) & (ring_.size() - 1)] = {mono_ns, value.number, value.quality};
}

void Window::forget_before(std::int64_t mono_ns) {
  while (count_ > 0 && at(0).mono_ns < mono_ns) {
    first_ = (first_ + 1) & (ring_.size() - 1);
    --count_;
    overflowed_ = false;
  }
}

void Window::clear() {
  first_ = count_ = 0;
  overflowed_ = false;
}

std::optional<rules::Cell> Window::result(const rules::Emission& what, std::int64_t end_ns) {
  const Aggregate aggregate = *what.aggregate;
  const bool counts_true = what.program.type() == rules::Type::boolean;
  Quality quality = overflowed_ ? Quality::uncertain : Quality::good;
  sorted_.clear();
  double sum = 0, most = -HUGE_VAL, least = HUGE_VAL;
  const Held *first = nullptr, *last = nullptr;
  bool any = false;
  for (std::size_t i = 0; i < count_ && at(i).mono_ns < end_ns; ++i) {
    const Held& held = at(i);
    any = true;
    if (tags::is_bad(held.quality)) {
      quality = rules::worst(quality, Quality::uncertain);
      continue;
    }
    quality = rules::worst(quality, held.quality);
    if (!first) first = &held;
    last = &held;
    if (counts_true && held.number == 0) continue;
    sum += held.number;
    most = std::max(most, held.number);
    least = std::min(least, held.number);
    sorted_.push_back(held.number);
  }
  const auto n = static_cast<double>(sorted_.size());
  const auto cell = [&](double number) {
    if (!std::isfinite(number)) quality = rules::worst(quality, Quality::bad_not_a_number);
    return rules::Cell{number, quality, {}};
  };
  if (aggregate == Aggregate::count) return cell(n);
  if (aggregate == Aggregate::sum) return cell(sum);
  if (!any) return std::nullopt;
  if (sorted_.empty()) return rules::Cell{std::nan(""), Quality::bad, {}};
  const double mean = sum / n;
  switch (aggregate) {
    case Aggregate::mean:
      return cell(mean);
    case Aggregate::minimum:
      return cell(least);
    case Aggregate::maximum:
      return cell(most);
    case Aggregate::range:
      return cell(most - least);
    case Aggregate::first:
      return cell(first->number);
    case Aggregate::last:
      return cell(last->number);
    case Aggregate::rate: {
      const double seconds = static_cast<double>(last->mono_ns - first->mono_ns) * 1e-9;
      if (!(seconds > 0)) return std::nullopt;
      return cell((last->number - first->number) / seconds);
    }
    case Aggregate::deviation: {
      if (sorted_.size() < 2) return std::nullopt;
      double squares = 0;
      for (const double x : sorted_) squares += (x - mean) * (x - mean);
      return cell(std::sqrt(squares / (n - 1)));
    }
    default: {
      const double rank = what.percent / 100 * (n - 1);
      const auto below = static_cast<std::size_t>(rank);
      std::nth_element(sorted_.begin(), sorted_.begin() + static_cast<std::ptrdiff_t>(below), sorted_.end());
      const double low = sorted_[below];
      if (below + 1 >= sorted_.size()) return cell(low);
      const double high =
          *std::min_element(sorted_.begin() + static_cast<std::ptrdiff_t>(below) + 1, sorted_.end());
      return cell(low + (rank - static_cast<double>(below)) * (high - low));
    }
  }
}

}  // namespace bondline::pipeline
