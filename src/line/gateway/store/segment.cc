#include "line/gateway/store/segment.h"

#include <cinttypes>
#include <cstdio>

namespace bondline::store {
namespace {

void put_text(std::string_view text, ByteBuffer& out) {
  out.put_varint(text.size());
  out.put(text.data(), text.size());
}
std::string text_from(ByteReader& in) {
  return std::string(in.bytes(in.varint()));
}

}  // namespace

std::string to_file_name(const SegmentName& name) {
  char text[48];
  std::snprintf(text, sizeof text, "%010" PRIu64 "-%016" PRIx64 ".blog", name.serial, name.first_sequence);
  return text;
}

std::optional<SegmentName> segment_name_of(std::string_view file_name) {
  if (file_name.size() < 32 || file_name.size() > 42 || !file_name.ends_with(".blog")) return std::nullopt;
  SegmentName name;
  const std::string text(file_name);
  if (std::sscanf(text.c_str(), "%" SCNu64 "-%" SCNx64 ".blog", &name.serial, &name.first_sequence) != 2)
    return std::nullopt;
  if (name.first_sequence >> 62 != 0) return std::nullopt;
  return to_file_name(name) == file_name ? std::optional(name) : std::nullopt;
}

void put(const SegmentHead& head, ByteBuffer& out) {
  out.put_varint(head.version);
  out.put_varint(head.epoch);
  out.put_varint(head.serial);
  out.put_signed(head.created_ns);
}

std::optional<SegmentHead> segment_head_of(std::string_view body) {
  ByteReader in(body);
  SegmentHead head;
  head.version = in.varint();
  head.epoch = in.varint();
  head.serial = in.varint();
  head.created_ns = in.signed_varint();
  return in.ok() && head.version == 1 ? std::optional(head) : std::nullopt;
}

void put(const Dictionary& dictionary, ByteBuffer& out) {
  out.put_varint(dictionary.size());
  for (const NamedTag& tag : dictionary) {
    out.put_byte(static_cast<unsigned>(tag.type));
    put_text(tag.name, out);
    put_text(tag.unit, out);
  }
}

std::optional<Dictionary> dictionary_of(std::string_view body) {
  ByteReader in(body);
  const std::uint64_t count = in.varint();
  if (count > body.size() / 3) return std::nullopt;  // a tag takes three bytes at least
  Dictionary dictionary(count);
  for (NamedTag& tag : dictionary) {
    const unsigned type = in.byte();
    if (type > static_cast<unsigned>(tags::ValueType::text)) return std::nullopt;
    tag.type = static_cast<tags::ValueType>(type);
    tag.name = text_from(in);
    tag.unit = text_from(in);
  }
  if (!in.ok()) return std::nullopt;
  return dictionary;
}

References references_of(const Dictionary& dictionary) {
  References references;
  for (const NamedTag& tag : dictionary) references.add(tag.type);
  return references;
}

void put(const State& state, ByteBuffer& out) {
  for (const auto* list : {&state.cursors, &state.counters}) {
    out.put_varint(list->size());
    for (const auto& [name, value] : *list) {
      put_text(name, out);
      out.put_varint(value);
    }
  }
}

std::optional<State> state_of(std::string_view body) {
  ByteReader in(body);
  State state;
  for (auto* list : {&state.cursors, &state.counters}) {
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      std::string name = text_from(in);
      const std::uint64_t value = in.varint();
      if (value >> 62 != 0) return std::nullopt;
      (*list)[std::move(name)] = value;
    }
  }
  return in.ok() ? std::optional(state) : std::nullopt;
}

void put(const References& references, ByteBuffer& out) {
  std::size_t next = 0;
  for (std::size_t tag = 0; tag < references.size(); ++tag) {
    const bool decimal = references.coding[tag] >= Coding::decimal_0;
    if (!decimal && references.value[tag] == 0) continue;
    out.put_varint(tag - next);
    out.put_byte(static_cast<unsigned>(references.coding[tag]));
    out.put_varint(decimal ? zigzag(static_cast<std::int64_t>(references.value[tag]))
                           : references.value[tag]);
    next = tag + 1;
  }
}

std::optional<References> snapshot_of(std::string_view body, const Dictionary& dictionary) {
  References references = references_of(dictionary);
  ByteReader in(body);
  for (std::uint64_t next = 0; !in.at_end();) {
    const std::uint64_t gap = in.varint();
    if (gap >= references.size() || next >= references.size() - gap) return std::nullopt;
    const std::uint64_t tag = next + gap;
    const unsigned coding = in.byte();
    const std::uint64_t value = in.varint();
    if (!in.ok()) return std::nullopt;
    const bool decimal = coding >= static_cast<unsigned>(Coding::decimal_0);
    if (decimal) {
      if (coding > static_cast<unsigned>(Coding::decimal_0) + kMostDecimals ||
          dictionary[tag].type != tags::ValueType::f64)
        return std::nullopt;
    } else if (static_cast<Coding>(coding) != references.coding[tag] ||
               references.coding[tag] == Coding::text) {
      return std::nullopt;
    }
    references.coding[tag] = static_cast<Coding>(coding);
    references.value[tag] = decimal ? static_cast<std::uint64_t>(unzigzag(value)) : value;
    next = tag + 1;
  }
  return references;
}

}  // namespace bondline::store
