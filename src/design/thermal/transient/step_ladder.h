// Where steps begin and end in a stretch of time: at multiples of 2^a of its 2^-60, with lengths 2^a and 3
// 2^a, so that few lengths serve it from its first microsecond to its end and their matrices are met again.
#pragma once
#include <cstdint>

namespace bondline::thermal::detail {

class StepLadder {
 public:
  explicit StepLadder(double whole) : whole_(whole) {}

  bool done() const { return at_ == kAll; }
  /// Of the whole, 0 to 1.
  double share() const { return double(at_) / double(kAll); }
  /// The longest step that begins here and is no longer than wanted; the shortest there is if none is.
  double choose(double wanted);
  double length() const { return whole_ * (double(step_) / double(kAll)); }
  bool shortest() const { return step_ == 1; }
  void take() { at_ += step_; }

 private:
  static constexpr int kDeepest = 60;
  static constexpr std::uint64_t kAll = std::uint64_t(1) << kDeepest;
  double whole_;
  std::uint64_t at_ = 0, step_ = 1;
};

/// How much longer than h the next step may be, 1/4 to 4. ratio: error of the step over what is allowed; t:
/// its end since the last power step. What spreads from a power step looks alike at every scale of time, so
/// that the error of a step falls with the third power of h / t; of t only the first is trusted.
double growth(double ratio, double h, double t);

}  // namespace bondline::thermal::detail
