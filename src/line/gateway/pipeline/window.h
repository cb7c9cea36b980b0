// Values a window holds, and what is made of them. Private to this room.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "line/gateway/rules/compile.h"

namespace bondline::pipeline {

class Window {
 public:
  /// More values than this are not held: the oldest go, and the result is uncertain.
  static constexpr std::size_t kMost = 1u << 16;

  /// A value at a time; one that comes late counts as the latest.
  void add(std::int64_t mono_ns, const rules::Cell& value);
  void forget_before(std::int64_t mono_ns);
  void clear();
  bool empty() const { return count_ == 0; }
  std::int64_t last_ns() const { return at(count_ - 1).mono_ns; }
  /// The aggregate of the values before `end_ns`. Bad ones are left out and make it uncertain; nullopt when
  /// there is nothing to tell (count and sum of nothing are 0).
  std::optional<rules::Cell> result(const rules::Emission& what, std::int64_t end_ns);

 private:
  struct Held {
    std::int64_t mono_ns;
    double number;
    tags::Quality quality;
  };
  const Held& at(std::size_t i) const { return ring_[(first_ + i) & (ring_.size() - 1)]; }
  std::vector<Held> ring_;  ///< its size is a power of two
  std::size_t first_ = 0, count_ = 0;
  std::vector<double> sorted_;
  bool overflowed_ = false;
};

}  // namespace bondline::pipeline
