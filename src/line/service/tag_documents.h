// Tags and their values as JSON: what the API's answers are made of. One thread.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "line/station/station.h"

namespace bondline::service {

using Json = nlohmann::ordered_json;

/// A value as JSON; null when it is bad or no finite number.
Json value_json(tags::ValueType type, std::uint64_t bits, tags::Quality quality, std::string_view text);

/// The tags of a line by name. Renewed when the line file has been read again.
class TagIndex {
 public:
  explicit TagIndex(const station::Station& station) : station_(station) {}
  /// Looks whether there is a newer line file.
  void refresh();
  const station::LineFile& line() const { return *line_; }
  const tags::TagTable& table() const { return *line_->tags; }
  std::uint64_t generation() const { return generation_; }
  /// Ids of names that begin with `prefix`, in order of their names.
  std::vector<tags::TagId> beginning_with(std::string_view prefix) const;
  /// Those that fit one of the patterns (see station::matches).
  std::vector<tags::TagId> matching(const std::vector<std::string>& patterns) const;
  /// The name most like this one, or "".
  std::string nearest(const std::string& name) const;

 private:
  const station::Station& station_;
  std::shared_ptr<const station::LineFile> line_;
  std::uint64_t generation_ = 0;
  std::vector<tags::TagId> by_name_;
};

/// What a tag is, and its newest value: {name, machine, path, type, unit, writable, low, high, address,
/// value, quality, time_ns, received_ns}.
Json tag_document(const station::Station& station, const tags::TagTable& table, tags::TagId tag);
/// Its newest value only: {name, value, quality, time_ns, received_ns}.
Json value_document(const station::Station& station, const tags::TagTable& table, tags::TagId tag);
/// The same of a sample.
Json sample_document(const tags::TagTable& table, const tags::Batch& batch, std::size_t i,
                     const tags::Times& times);

/// Reads what shall be written to a tag. "" or why it does not fit.
std::string read_setting(const tags::Tag& tag, const Json& value, gateway::Setting& setting);

}  // namespace bondline::service
