// What is kept of a tag that has options or is read by a rule. Private to this room.
#pragma once
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "line/gateway/pipeline/pipeline.h"

namespace bondline::pipeline {

/// The limits of a tag.
struct Limits {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};

/// The quality a value has by itself.
inline tags::Quality judged(tags::ValueType type, const Limits& limits, double number,
                            tags::Quality quality) {
  if (type == tags::ValueType::text) return quality;
  if (!std::isfinite(number)) return rules::worst(quality, tags::Quality::bad_not_a_number);
  if (tags::is_good(quality) && (number < limits.low || number > limits.high))
    return tags::Quality::uncertain_out_of_range;
  return quality;
}

struct TagState {
  TagState(tags::ValueType tag_type, tags::TagId tag_id) : id(tag_id), type(tag_type) {
    if (type == tags::ValueType::text) texts = std::make_unique<Texts>();
  }
  tags::TagId id;
  tags::ValueType type;
  TagOptions options;
  std::vector<std::uint32_t> readers;  ///< rules, ascending

  struct Value {
    std::uint64_t bits = 0;
    double number = 0;
    tags::Quality quality = tags::Quality::good;
    std::int64_t mono_ns = 0;
  };
  struct Texts {
    std::string newest, before, passed;
  };
  std::unique_ptr<Texts> texts;  ///< of a text tag
  Value newest, before, passed;
  double rate = 0;
  int seen = 0;  ///< 0, 1, or 2 for more
  bool ever_passed = false;
  std::uint32_t since_passed = 0;

  /// Knows what a state of the same tag knew; options and readers are its own.
  void continue_from(TagState& other) {
    newest = other.newest;
    before = other.before;
    passed = other.passed;
    rate = other.rate;
    seen = other.seen;
    ever_passed = other.ever_passed;
    since_passed = other.since_passed;
    if (texts) std::swap(texts, other.texts);
  }
  /// Takes a value over as the newest.
  void take(std::uint64_t bits, double number, std::string_view text, tags::Quality quality,
            std::int64_t mono_ns) {
    std::swap(before, newest);
    newest.bits = bits;
    newest.number = number;
    newest.quality = quality;
    newest.mono_ns = mono_ns;
    if (texts) {
      std::swap(texts->before, texts->newest);
      texts->newest.assign(text);
    }
    if (seen > 0 && newest.mono_ns > before.mono_ns)
      rate = (newest.number - before.number) / (static_cast<double>(newest.mono_ns - before.mono_ns) * 1e-9);
    if (seen < 2) ++seen;
  }
  /// Whether the newest goes on; if so it is what later ones are compared with.
  bool passes() {
    if (options.keep_every <= 1 && !options.deadband) return true;
    const bool same_quality = ever_passed && newest.quality == passed.quality;
    if (same_quality) {
      if (++since_passed < options.keep_every) return false;
      if (options.deadband && unchanged() &&
          !(options.silence.count() > 0 && newest.mono_ns - passed.mono_ns >= options.silence.count()))
        return false;
    }
    note_passed();
    return true;
  }
  void note_passed() {
    passed = newest;
    if (texts) texts->passed.assign(texts->newest);
    ever_passed = true;
    since_passed = 0;
  }
  bool unchanged() const {
    if (tags::is_bad(newest.quality)) return true;  // a bad value says nothing but its quality
    if (texts) return texts->newest == texts->passed;
    return newest.bits == passed.bits || std::fabs(newest.number - passed.number) <= *options.deadband;
  }
  std::string_view newest_text() const {
    return texts ? std::string_view(texts->newest) : std::string_view();
  }
  bool knows(rules::Facet facet) const {
    return seen >= (facet == rules::Facet::value || facet == rules::Facet::age ? 1 : 2);
  }
  rules::Cell cell(rules::Facet facet, std::int64_t now_ns) const {
    const tags::Quality both = rules::worst(newest.quality, before.quality);
    switch (facet) {
      case rules::Facet::previous:
        return {before.number, before.quality, texts ? std::string_view(texts->before) : std::string_view()};
      case rules::Facet::rate:
        return {rate, both, {}};
      case rules::Facet::age:
        return {static_cast<double>(now_ns - newest.mono_ns) * 1e-9, tags::Quality::good, {}};
      case rules::Facet::changed:
        return {(texts ? texts->newest != texts->before : newest.bits != before.bits) ? 1.0 : 0.0, both, {}};
      case rules::Facet::value:
        break;
    }
    return {newest.number, newest.quality, newest_text()};
  }
};

}  // namespace bondline::pipeline
