// The newest values of one tag on a grid of times. Private to this room.
#pragma once
#include <cstdint>
#include <vector>

#include "line/tags/quality.h"
#include "line/tags/tag.h"

namespace bondline::gateway {

class TagWindow {
 public:
  TagWindow(tags::TagId tag, tags::ValueType type, std::size_t length)
      : tag_(tag), type_(type), values_(length), qualities_(length, tags::Quality::bad) {}
  tags::TagId tag() const { return tag_; }
  bool ever() const { return ever_; }
  bool ever_good() const { return ever_good_; }

  /// The tag's newest value.
  void take(std::uint64_t bits, tags::Quality quality) {
    const double value = tags::number_of(type_, bits);
    ever_ = true;
    quality_ = tags::is_bad(quality) || value - value != 0 ? tags::Quality::bad : quality;  // NaN, infinity
    if (tags::is_bad(quality_)) return;
    ever_good_ = true;
    value_ = value;
  }
  /// The grid moves on by one: the newest value is that of the new time. A bad one is the last good value,
  /// with its quality.
  void step() {
    next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
    const std::size_t at = next_ == 0 ? values_.size() - 1 : next_ - 1;
    values_[at] = value_;
    qualities_[at] = quality_;
  }
  /// `back` steps ago; 0 is the newest. Below the length.
  double value(std::size_t back) const { return values_[at(back)]; }
  tags::Quality quality(std::size_t back) const { return qualities_[at(back)]; }

 private:
  std::size_t at(std::size_t back) const {
    const std::size_t newest = next_ == 0 ? values_.size() - 1 : next_ - 1;
    return newest >= back ? newest - back : newest + values_.size() - back;
  }
  tags::TagId tag_;
  tags::ValueType type_;
  double value_ = 0;
  tags::Quality quality_ = tags::Quality::bad;
  bool ever_ = false, ever_good_ = false;
  std::vector<double> values_;
  std::vector<tags::Quality> qualities_;
  std::size_t next_ = 0;
};

}  // namespace bondline::gateway
