#include "line/service/tag_documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace bondline::service {

using tags::TagId;
using tags::ValueType;

Json value_json(ValueType type, std::uint64_t bits, tags::Quality quality, std::string_view text) {
  if (tags::is_bad(quality)) return nullptr;
  switch (type) {
    case ValueType::boolean:
      return bits != 0;
    case ValueType::i64:
      return static_cast<std::int64_t>(bits);
    case ValueType::u64:
      return bits;
    case ValueType::text:
      return std::string(text);
    default: {
      const double value = tags::number_of(type, bits);
      return std::isfinite(value) ? Json(value) : Json();
    }
  }
}

void TagIndex::refresh() {
  const std::uint64_t generation = station_.generation();
  if (line_ && generation == generation_) return;
  line_ = station_.line_file();
  generation_ = generation;
  by_name_.clear();
  for (TagId id = 0; id < table().size(); ++id)
    if (table().is_active(id)) by_name_.push_back(id);
  std::sort(by_name_.begin(), by_name_.end(),
            [&](TagId a, TagId b) { return table()[a].name < table()[b].name; });
}

std::vector<TagId> TagIndex::beginning_with(std::string_view prefix) const {
  auto at = std::lower_bound(by_name_.begin(), by_name_.end(), prefix,
                             [&](TagId id, std::string_view name) { return table()[id].name < name; });
  std::vector<TagId> found;
  for (; at != by_name_.end() && table()[*at].name.starts_with(prefix); ++at) found.push_back(*at);
  return found;
}

std::vector<TagId> TagIndex::matching(const std::vector<std::string>& patterns) const {
  std::vector<TagId> found;
  for (const TagId id : by_name_)
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& p) { return station::matches(p, table()[id].name); }))
      found.push_back(id);
  return found;
}

std::string TagIndex::nearest(const std::string& name) const {
  if (by_name_.size() > 20000) return "";  // comparing with every one would take too long
  std::vector<std::string> names;
  for (const TagId id : by_name_) names.push_back(table()[id].name);
  return document::nearest(name, names);
}

namespace {

void add_value(Json& to, const station::Station& station, const tags::TagTable& table, TagId tag) {
  const auto sample = station.live().get(tag);
  to["value"] = nullptr;
  to["quality"] = nullptr;
  to["time_ns"] = nullptr;
  to["received_ns"] = nullptr;
  if (!sample) return;
  const ValueType type = table[tag].type;
  to["value"] = value_json(type, sample->bits, sample->quality,
                           type == ValueType::text ? station.live().text(tag) : std::string());
  to["quality"] = tags::name_of(sample->quality);
  to["time_ns"] = sample->times.source_ns;
  to["received_ns"] = sample->times.receive_ns;
}

}  // namespace

Json tag_document(const station::Station& station, const tags::TagTable& table, TagId id) {
  const tags::Tag& tag = table[id];
  Json out = {{"name", tag.name},
              {"machine", tag.machine},
              {"path", tag.path},
              {"type", tags::name_of(tag.type)},
              {"unit", tag.unit},
              {"writable", tag.writable},
              {"low", tag.low ? Json(*tag.low) : Json()},
              {"high", tag.high ? Json(*tag.high) : Json()},
              {"address", tag.address}};
  add_value(out, station, table, id);
  return out;
}

Json value_document(const station::Station& station, const tags::TagTable& table, TagId id) {
  Json out = {{"name", table[id].name}};
  add_value(out, station, table, id);
  return out;
}

Json sample_document(const tags::TagTable& table, const tags::Batch& batch, std::size_t i,
                     const tags::Times& times) {
  const tags::Tag& tag = table[batch.tag()[i]];
  return {{"name", tag.name},
          {"value", value_json(tag.type, batch.bits()[i], batch.quality()[i],
                               tag.type == ValueType::text ? batch.text_of(i) : std::string_view())},
          {"quality", tags::name_of(batch.quality()[i])},
          {"time_ns", times.source_ns},
          {"received_ns", times.receive_ns}};
}

std::string read_setting(const tags::Tag& tag, const Json& value, gateway::Setting& setting) {
  const auto wanted = [&](const char* what) {
    return fmt::format("\"{}\" takes {}, not {}", tag.name, what, value.dump(-1, ' ', true));
  };
  if (tag.type == ValueType::text) {
    if (!value.is_string()) return wanted("a text in quotes");
    setting.text = value.get<std::string>();
    return setting.text.size() <= 4096 ? "" : "texts of 4096 bytes at most can be written";
  }
  if (tag.type == ValueType::boolean) {
    if (!value.is_boolean()) return wanted("true or false");
    setting.bits = value.get<bool>();
    return "";
  }
  if (!value.is_number()) return wanted("a number");
  const double number = value.get<double>();
  if (!std::isfinite(number)) return wanted("a finite number");
  switch (tag.type) {
    case ValueType::i64:
      if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
        return wanted("a whole number of 64 bits");
      if (!value.is_number_integer() && (number != std::floor(number) || std::fabs(number) > 0x1p53))
        return wanted("a whole number");
      setting.bits = tags::bits_of(value.is_number_integer() ? value.get<std::int64_t>()
                                                             : static_cast<std::int64_t>(number));
      break;
    case ValueType::u64:
      if (number < 0 || (!value.is_number_integer() && (number != std::floor(number) || number > 0x1p53)))
        return wanted("a whole number that is not negative");
      setting.bits =
          value.is_number_integer() ? value.get<std::uint64_t>() : static_cast<std::uint64_t>(number);
      break;
    case ValueType::f32:
      if (std::fabs(number) > 3.4028234663852886e38) return wanted("a number of float32");
      setting.bits = tags::bits_of(static_cast<float>(number));
      break;
    default:
      setting.bits = tags::bits_of(number);
      break;
  }
  if ((tag.low && number < *tag.low) || (tag.high && number > *tag.high))
    return fmt::format("{} is outside the limits of \"{}\", {} to {}", value.dump(), tag.name,
                       tag.low ? fmt::format("{:g}", *tag.low) : std::string("-inf"),
                       tag.high ? fmt::format("{:g}", *tag.high) : std::string("inf"));
  return "";
}

}  // namespace bondline::service
