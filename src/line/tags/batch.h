// Samples in columns. A Sample is one value of one tag at one time with a quality; a driver hands over all
// that one reply brought as one Run, because they share their times. Clearing keeps the memory, so that a
// batch that is used again and again allocates nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "line/tags/quality.h"
#include "line/tags/tag.h"

namespace bondline::tags {

/// When something happened, by three clocks.
struct Times {
  std::int64_t source_ns =
      0;  ///< the source's clock, ns since 1970; the receive time where the source tells none
  std::int64_t receive_ns = 0;  ///< this box's wall clock, ns since 1970: may jump
  std::int64_t mono_ns = 0;  ///< this box's monotonic clock, ns: never jumps, means nothing after a restart
  friend bool operator==(const Times&, const Times&) = default;
};

/// Samples `first` to `first + count - 1` of a batch, that share their times.
struct Run {
  std::uint32_t first = 0, count = 0;
  Times times;
};

/// One sample on its own.
struct Sample {
  TagId tag = 0;
  std::uint64_t bits = 0;  ///< see ValueType; of text: offset << 32 | length into the batch's text
  Quality quality = Quality::good;
  Times times;
};

class Batch {
 public:
  /// Starts a run; samples added after it belong to it.
  void begin(const Times& times) { runs_.push_back({static_cast<std::uint32_t>(tag_.size()), 0, times}); }
  /// Adds a sample to the run begun last.
  void add(TagId tag, std::uint64_t bits, Quality quality = Quality::good) {
    tag_.push_back(tag);
    bits_.push_back(bits);
    quality_.push_back(quality);
    ++runs_.back().count;
  }
  void add_text(TagId tag, std::string_view text, Quality quality = Quality::good) {
    const std::uint64_t at = text_.size();
    text_ += text;
    add(tag, at << 32 | text.size(), quality);
  }
  /// Adds good samples of `count` neighbouring tags to the run begun last; their bits are 0 until set_bits().
  void add_range(TagId first, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) tag_.push_back(first + i);
    bits_.resize(tag_.size());
    quality_.resize(tag_.size(), Quality::good);
    runs_.back().count += count;
  }
  void set_bits(std::size_t sample, std::uint64_t bits) { bits_[sample] = bits; }
  void set_text(std::size_t sample, std::string_view text) {
    bits_[sample] = static_cast<std::uint64_t>(text_.size()) << 32 | text.size();
    text_ += text;
  }
  /// One quality for every sample from `first` on.
  void set_quality(std::size_t first, Quality quality) {
    for (std::size_t i = first; i < quality_.size(); ++i) quality_[i] = quality;
  }
  /// One byte of `each` for every sample from `first` on.
  void set_quality(std::size_t first, const unsigned char* each) {
    for (std::size_t i = first; i < quality_.size(); ++i) quality_[i] = static_cast<Quality>(each[i - first]);
  }
  void clear() {
    runs_.clear();
    tag_.clear();
    bits_.clear();
    quality_.clear();
    text_.clear();
  }

  std::size_t size() const { return tag_.size(); }
  bool empty() const { return tag_.empty(); }
  const std::vector<Run>& runs() const { return runs_; }
  const std::vector<TagId>& tag() const { return tag_; }
  const std::vector<std::uint64_t>& bits() const { return bits_; }
  const std::vector<Quality>& quality() const { return quality_; }
  const std::string& text() const { return text_; }
  /// The text of a sample whose tag is of type text.
  std::string_view text_of(std::size_t sample) const {
    return std::string_view(text_).substr(bits_[sample] >> 32, bits_[sample] & 0xFFFFFFFFu);
  }

 private:
  std::vector<Run> runs_;
  std::vector<TagId> tag_;
  std::vector<std::uint64_t> bits_;
  std::vector<Quality> quality_;
  std::string text_;
};

}  // namespace bondline::tags
