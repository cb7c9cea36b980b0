// What is kept of a tag that has options or is read by a rule. Private to this room.
#pragma once
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "line/gateway/pipeline/pipeline.h"

namespace bondline::pipeline {

struct TagState {
  TagState(const tags::Tag& tag, tags::TagId tag_id) : id(tag_id), type(tag.type) {
    if (tag.low) low = *tag.low;
    if (tag.high) high = *tag.high;
  }
  tags::TagId id;
  tags::ValueType type;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  TagOptions options;
  std::vector<std::uint32_t> readers;  ///< rules, ascending

  struct Value {
    std::uint64_t bits = 0;
    double number = 0;
    tags::Quality quality = tags::Quality::good;
    std::int64_t mono_ns = 0;
    std::string text;
  };
  Value newest, before, passed;
  double rate = 0;
  int seen = 0;  ///< 0, 1, or 2 for more
  bool ever_passed = false;
  std::uint32_t since_passed = 0;

  /// The quality a value has by itself.
  tags::Quality judged(double number, tags::Quality quality) const {
    if (type == tags::ValueType::text) return quality;
    if (!std::isfinite(number)) return rules::worst(quality, tags::Quality::bad_not_a_number);
    if (tags::is_good(quality) && (number < low || number > high))
      return tags::Quality::uncertain_out_of_range;
    return quality;
  }
  /// Takes a value over as the newest.
  void take(std::uint64_t bits, double number, std::string_view text, tags::Quality quality,
            std::int64_t mono_ns) {
    std::swap(before, newest);
    newest.bits = bits;
    newest.number = number;
    newest.quality = quality;
    newest.mono_ns = mono_ns;
    newest.text.assign(text);
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
    passed.bits = newest.bits;
    passed.number = newest.number;
    passed.quality = newest.quality;
    passed.mono_ns = newest.mono_ns;
    passed.text.assign(newest.text);
    ever_passed = true;
    since_passed = 0;
  }
  bool unchanged() const {
    if (tags::is_bad(newest.quality)) return true;  // a bad value says nothing but its quality
    if (type == tags::ValueType::text) return newest.text == passed.text;
    return newest.bits == passed.bits || std::fabs(newest.number - passed.number) <= *options.deadband;
  }
  bool knows(rules::Facet facet) const {
    return seen >= (facet == rules::Facet::value || facet == rules::Facet::age ? 1 : 2);
  }
  rules::Cell cell(rules::Facet facet, std::int64_t now_ns) const {
    const tags::Quality both = rules::worst(newest.quality, before.quality);
    switch (facet) {
      case rules::Facet::previous:
        return {before.number, before.quality, before.text};
      case rules::Facet::rate:
        return {rate, both, {}};
      case rules::Facet::age:
        return {static_cast<double>(now_ns - newest.mono_ns) * 1e-9, tags::Quality::good, {}};
      case rules::Facet::changed:
        return {newest.bits != before.bits && type != tags::ValueType::text ? 1.0
                : newest.text != before.text                                ? 1.0
                                                                            : 0.0,
                both,
                {}};
      case rules::Facet::value:
        break;
    }
    return {newest.number, newest.quality, newest.text};
  }
};

}  // namespace bondline::pipeline
