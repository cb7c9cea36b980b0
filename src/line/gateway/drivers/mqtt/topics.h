// From a message to samples: which tags a topic feeds, and how its payload is read. Knows no network.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "line/gateway/fields/json.h"
#include "line/gateway/fields/time.h"
#include "line/gateway/fields/value.h"
#include "line/tags/batch.h"
#include "line/tags/tag.h"

namespace bondline::gateway {

/// One tag of a broker.
struct MqttPoint {
  tags::TagId tag = 0;
  std::string filter;  ///< the topic, or one with + and #: whatever fits feeds the tag
  std::string field;   ///< path into a JSON payload; with `whole` no meaning
  bool whole = true;   ///< the payload as it is
  fields::Format format;
  std::string write_to;  ///< topic a written value is published under; "": can't be written
};

/// A member of JSON payloads that says when their values were true.
struct MqttTime {
  std::string field;
  fields::TimeFormat format;
};

/// Whether every topic that fits `narrow` fits `wide` too.
bool covers(std::string_view wide, std::string_view narrow);

class MqttTopics {
 public:
  /// Paths of points must be well-formed (JsonPaths::add).
  MqttTopics(std::vector<MqttPoint> points, std::optional<MqttTime> time);

  struct Message {
    std::string_view topic, payload;
    bool retained = false;  ///< kept by the broker: good values are good_retained
    bool again = false;     ///< sent again: good_again
  };
  struct Outcome {
    std::size_t problems = 0;  ///< values that could not be read
    std::string problem;       ///< the last of them, in words
    bool known = false;        ///< the topic feeds a tag
  };
  /// Appends the samples of a message. A value that can't be read makes its tag bad, once; it harms no other.
  /// A member that is not there leaves its tag as it is.
  Outcome read(const Message& message, const tags::Times& now, tags::Batch& out);

  /// Appends a bad sample of each tag that `concerned` names ("": all) and was not told as bad before.
  void mark(std::string_view concerned, tags::Quality quality, const tags::Times& now, tags::Batch& out);

  /// What to subscribe to: every filter once, but those that another one covers.
  std::vector<std::string> filters() const;
  const MqttPoint* point_of(tags::TagId tag) const;
  std::size_t size() const { return points_.size(); }

 private:
  /// The points of one filter.
  struct Topic {
    std::string filter;
    std::vector<std::uint32_t> whole;
    fields::JsonPaths paths;
    std::vector<std::vector<std::uint32_t>> by_path;
    std::vector<std::uint32_t> last;  ///< of each path: which of what was found counts (1 behind it), 0: none
    int time_path = -1;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  void read(Topic& topic, const Message& message, const tags::Times& now, tags::Batch& out, Outcome& outcome);
  /// Nullopt: `outcome` says why.
  std::optional<fields::Value> value_of(const MqttPoint& point, const fields::JsonFound& found,
                                        Outcome& outcome) const;
  void refuse(std::uint32_t point, std::string_view topic, const char* why, std::string_view text,
              Outcome& outcome) const;
  void add(std::uint32_t point, const fields::Value& value, tags::Quality quality, tags::Batch& out);
  void add_bad(std::uint32_t point, tags::Quality quality, tags::Batch& out);

  std::vector<MqttPoint> points_;
  std::optional<MqttTime> time_;
  std::vector<Topic> topics_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> exact_;  ///< filter without wildcards
  std::vector<std::uint32_t> wild_;
  std::unordered_map<tags::TagId, std::uint32_t> by_tag_;
  std::vector<char> told_bad_;
  std::vector<fields::JsonFound> found_;
};

}  // namespace bondline::gateway
