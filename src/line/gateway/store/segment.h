// A segment: one file of the log, readable alone. It begins with what it is, the tags it speaks of, where the
// sinks were, and a snapshot; data follow. Its name holds its serial number and its first sequence:
// "0000000007-000000000001e240.blog".
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "line/gateway/store/bytes.h"
#include "line/gateway/store/value_codec.h"
#include "line/tags/tag.h"

namespace bondline::store {

struct SegmentName {
  std::uint64_t serial = 0, first_sequence = 0;
  friend bool operator==(const SegmentName&, const SegmentName&) = default;
};
std::string to_file_name(const SegmentName& name);
std::optional<SegmentName> segment_name_of(std::string_view file_name);

/// Body of the frame `segment`.
struct SegmentHead {
  std::uint64_t version = 1, epoch = 0, serial = 0;
  std::int64_t created_ns = 0;  ///< wall clock
};
void put(const SegmentHead& head, ByteBuffer& out);
std::optional<SegmentHead> segment_head_of(std::string_view body);

/// What a tag id means inside a segment.
struct NamedTag {
  std::string name, unit;
  tags::ValueType type = tags::ValueType::f64;
  friend bool operator==(const NamedTag&, const NamedTag&) = default;
};
using Dictionary = std::vector<NamedTag>;
void put(const Dictionary& dictionary, ByteBuffer& out);
std::optional<Dictionary> dictionary_of(std::string_view body);
/// References of a dictionary before any snapshot.
References references_of(const Dictionary& dictionary);

/// Where the sinks are, and what was ever counted.
struct State {
  std::map<std::string, std::uint64_t> cursors;   ///< sink -> first sequence it has not acknowledged
  std::map<std::string, std::uint64_t> counters;  ///< "dropped.retention" -> samples, since the log was made
  friend bool operator==(const State&, const State&) = default;
};
void put(const State& state, ByteBuffer& out);
std::optional<State> state_of(std::string_view body);

/// Body of the frame `snapshot`: only what differs from references_of().
void put(const References& references, ByteBuffer& out);
/// Reads a snapshot over the dictionary's own references.
std::optional<References> snapshot_of(std::string_view body, const Dictionary& dictionary);

}  // namespace bondline::store
