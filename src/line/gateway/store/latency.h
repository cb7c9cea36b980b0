// Durations in buckets that grow by 2^(1/8): quantiles within 5 % in constant memory.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace bondline::store {

class Latency {
 public:
  void add(double seconds) {
    const double at = std::log2(seconds / kSmallest) * 8;
    const auto bucket = !(at > 0) ? 0 : at >= kBuckets - 1 ? kBuckets - 1 : static_cast<int>(at);
    ++count_[static_cast<std::size_t>(bucket)];
    ++total_;
    if (seconds > largest_) largest_ = seconds;
  }
  /// The value below which a share q of the durations lies; 0 when there are none.
  double quantile(double q) const {
    std::uint64_t below = 0;
    for (int b = 0; b < kBuckets; ++b) {
      below += count_[static_cast<std::size_t>(b)];
      if (below > 0 && static_cast<double>(below) >= q * static_cast<double>(total_))
        return std::min(kSmallest * std::exp2((b + 1) / 8.0), largest_);
    }
    return 0;
  }
  double largest() const { return largest_; }
  std::uint64_t total() const { return total_; }

 private:
  static constexpr int kBuckets = 256;
  static constexpr double kSmallest = 1e-7;
  std::array<std::uint64_t, kBuckets> count_{};
  std::uint64_t total_ = 0;
  double largest_ = 0;
};

}  // namespace bondline::store
