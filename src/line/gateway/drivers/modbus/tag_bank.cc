#include "line/gateway/drivers/modbus/tag_bank.h"

#include <algorithm>
#include <cmath>

namespace bondline::gateway {

using namespace modbus;

namespace {

/// The first point that may reach `address`: points begin in order and are at most kWidest registers wide.
constexpr int kWidest = 125;

template <class Points>
auto first_at(const Points& points, std::uint16_t address) {
  return std::lower_bound(
      points.begin(), points.end(), static_cast<int>(address) - kWidest,
      [](const auto& p, int at) { return static_cast<int>(p.served.address.offset) < at; });
}

}  // namespace

TagBank::TagBank(std::vector<ServedPoint> points, std::shared_ptr<const tags::TagTable> tags,
                 const ServedValues& values, std::vector<std::string> identity)
    : values_(values), identity_(std::move(identity)) {
  for (const ServedPoint& served : points) {
    Point point{served, (*tags)[served.tag], 0};
    point.shape.scale = served.scale;
    point.shape.offset = served.offset;
    const int width =
        is_register(served.address.table) && served.address.bit < 0 ? registers_of(served.format) : 1;
    point.end = static_cast<std::uint16_t>(served.address.offset + width - 1);
    tables_[static_cast<std::size_t>(served.address.table)].push_back(std::move(point));
  }
  for (auto& table : tables_)
    std::stable_sort(table.begin(), table.end(), [](const Point& a, const Point& b) {
      return a.served.address.offset < b.served.address.offset;
    });
}

/// The value of a point as registers; of a bit as one register that is 0 or 1.
TagBank::Refusal TagBank::encode(const Point& point, std::uint8_t* registers) const {
  std::string text;
  const auto sample = values_.newest(point.served.tag, &text);
  if (!sample || tags::is_bad(sample->quality)) return Exception::server_device_failure;
  const Format& format = point.served.format;
  if (format.raw == Raw::text) {
    // What is too long for its registers is cut; half a value of another kind would be a wrong one.
    return put_text(format, std::string_view(text).substr(0, format.characters), registers).empty()
               ? std::nullopt
               : Refusal(Exception::server_device_failure);
  }
  const double number = tags::number_of(point.shape.type, sample->bits);
  if (!is_register(point.served.address.table) || point.served.address.bit >= 0) {
    registers[0] = 0;
    registers[1] = number != 0 ? 1 : 0;
    return std::isfinite(number) ? std::nullopt : Refusal(Exception::server_device_failure);
  }
  std::uint64_t raw = sample->bits;
  if (point.shape.type != type_of(format.raw) || point.served.scale != 1 || point.served.offset != 0) {
    std::string problem;
    const auto made = raw_of(format, point.shape, number, &problem);
    if (!made) return Exception::server_device_failure;
    raw = *made;
  }
  return put(format, raw, registers).empty() ? std::nullopt : Refusal(Exception::server_device_failure);
}

TagBank::Refusal TagBank::decode(const Point& point, const std::uint8_t* registers, Setting& out) const {
  const tags::Tag& tag = point.shape;
  const Format& format = point.served.format;
  out.tag = point.served.tag;
  if (!point.served.writable) return Exception::illegal_data_address;
  if (format.raw == Raw::text) {
    out.text = get_text(format, registers);
    return std::nullopt;
  }
  const bool single = !is_register(point.served.address.table) || point.served.address.bit >= 0;
  const std::uint64_t raw = single ? registers[1] & 1u : get(format, registers);
  const tags::ValueType raw_type = single ? tags::ValueType::boolean : type_of(format.raw);
  const double number = tags::number_of(raw_type, raw) * tag.scale + tag.offset;
  if (!std::isfinite(number) || (tag.low && number < *tag.low) || (tag.high && number > *tag.high))
    return Exception::illegal_data_value;
  if (tag.type == raw_type && tag.scale == 1 && tag.offset == 0) {
    out.bits = raw;
    return std::nullopt;
  }
  switch (tag.type) {
    case tags::ValueType::boolean:
      if (number != 0 && number != 1) return Exception::illegal_data_value;
      out.bits = number != 0;
      return std::nullopt;
    case tags::ValueType::i64:
      if (!(std::abs(number) <= 0x1p62)) return Exception::illegal_data_value;
      out.bits = tags::bits_of(static_cast<std::int64_t>(std::llround(number)));
      return std::nullopt;
    case tags::ValueType::u64:
      if (!(number >= 0 && number <= 0x1p62)) return Exception::illegal_data_value;
      out.bits = static_cast<std::uint64_t>(std::llround(number));
      return std::nullopt;
    case tags::ValueType::f32:
      if (std::abs(number) > 3.4028234663852886e38) return Exception::illegal_data_value;
      out.bits = tags::bits_of(static_cast<float>(number));
      return std::nullopt;
    case tags::ValueType::f64:
      out.bits = tags::bits_of(number);
      return std::nullopt;
    case tags::ValueType::text:
      break;
  }
  return Exception::illegal_data_value;
}

TagBank::Refusal TagBank::read_registers(Table which, std::uint16_t address, std::uint16_t count,
                                         std::vector<std::uint8_t>& data) const {
  const int end = address + count;
  data.assign(2u * count, 0);
  std::vector<bool> there(count, false);
  std::uint8_t bytes[2 * kWidest];
  const auto& points = table(which);
  for (auto it = first_at(points, address); it != points.end() && it->served.address.offset < end; ++it) {
    if (it->end < address) continue;
    const int from = it->served.address.offset, bit = it->served.address.bit;
    std::fill(std::begin(bytes), std::end(bytes), 0);
    if (const Refusal refused = encode(*it, bytes)) return refused;
    for (int r = std::max<int>(from, address); r <= it->end && r < end; ++r) {
      const std::size_t to = 2u * static_cast<std::size_t>(r - address),
                        at = 2u * static_cast<std::size_t>(r - from);
      there[to / 2] = true;
      const unsigned value = static_cast<unsigned>(bytes[at] << 8 | bytes[at + 1]) << (bit < 0 ? 0 : bit);
      data[to] |= static_cast<std::uint8_t>(value >> 8);
      data[to + 1] |= static_cast<std::uint8_t>(value);
    }
  }
  return std::all_of(there.begin(), there.end(), [](bool t) { return t; })
             ? std::nullopt
             : Refusal(Exception::illegal_data_address);
}

TagBank::Refusal TagBank::read_bits(Table which, std::uint16_t address, std::uint16_t count,
                                    std::vector<std::uint8_t>& data) const {
  data.assign((count + 7u) / 8u, 0);
  const auto& points = table(which);
  auto it = std::lower_bound(points.begin(), points.end(), address,
                             [](const Point& p, std::uint16_t at) { return p.served.address.offset < at; });
  for (unsigned i = 0; i < count; ++i, ++it) {
    std::uint8_t bytes[2];
    if (it == points.end() || it->served.address.offset != address + i)
      return Exception::illegal_data_address;
    if (const Refusal refused = encode(*it, bytes)) return refused;
    if (bytes[1]) data[i / 8] |= static_cast<std::uint8_t>(1u << i % 8);
  }
  return std::nullopt;
}

TagBank::Refusal TagBank::write_registers(std::uint16_t address, std::span<const std::uint8_t> bytes) {
  const int end = address + static_cast<int>(bytes.size() / 2);
  std::vector<bool> there(bytes.size() / 2, false);
  std::vector<Setting> settings;
  const auto& points = table(Table::holding_registers);
  for (auto it = first_at(points, address); it != points.end() && it->served.address.offset < end; ++it) {
    if (it->end < address) continue;
    const int from = it->served.address.offset, bit = it->served.address.bit;
    if (from < address || it->end >= end) return Exception::illegal_data_address;  // a part of a value
    const std::uint8_t* at = bytes.data() + 2u * static_cast<std::size_t>(from - address);
    const std::uint8_t one[2] = {
        0, static_cast<std::uint8_t>(bit < 0 ? 0 : static_cast<unsigned>(at[0] << 8 | at[1]) >> bit & 1u)};
    settings.emplace_back();
    if (const Refusal refused = decode(*it, bit < 0 ? at : one, settings.back())) return refused;
    for (int r = from; r <= it->end; ++r) there[static_cast<std::size_t>(r - address)] = true;
  }
  // All or nothing.
  if (!std::all_of(there.begin(), there.end(), [](bool t) { return t; }))
    return Exception::illegal_data_address;
  for (Setting& setting : settings) values_.write(std::move(setting));
  return std::nullopt;
}

TagBank::Refusal TagBank::write_bits(std::uint16_t address, std::uint16_t count,
                                     std::span<const std::uint8_t> packed) {
  const auto& points = table(Table::coils);
  auto it = std::lower_bound(points.begin(), points.end(), address,
                             [](const Point& p, std::uint16_t at) { return p.served.address.offset < at; });
  std::vector<Setting> settings(count);
  for (unsigned i = 0; i < count; ++i, ++it) {
    if (it == points.end() || it->served.address.offset != address + i)
      return Exception::illegal_data_address;
    const std::uint8_t one[2] = {0, static_cast<std::uint8_t>(packed[i / 8] >> i % 8 & 1)};
    if (const Refusal refused = decode(*it, one, settings[i])) return refused;
  }
  for (Setting& setting : settings) values_.write(std::move(setting));
  return std::nullopt;
}

TagBank::Refusal TagBank::mask_register(const Request& request) {
  std::vector<Setting> settings;
  bool there = false;
  const auto& points = table(Table::holding_registers);
  for (auto it = first_at(points, request.address);
       it != points.end() && it->served.address.offset <= request.address; ++it) {
    if (it->end < request.address) continue;
    there = true;
    if (it->served.address.offset != it->end) return Exception::illegal_data_address;  // a part of a value
    const int bit = it->served.address.bit;
    if (bit >= 0 && (request.and_mask >> bit & 1)) continue;  // this bit is left as it is
    std::uint8_t now[2];
    if (const Refusal refused = encode(*it, now)) return refused;
    unsigned value = static_cast<unsigned>(now[0] << 8 | now[1]);
    value = bit < 0
                ? (value & request.and_mask) | (request.or_mask & ~static_cast<unsigned>(request.and_mask))
                : request.or_mask >> bit & 1u;
    const std::uint8_t next[2] = {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    settings.emplace_back();
    if (const Refusal refused = decode(*it, next, settings.back())) return refused;
  }
  if (!there) return Exception::illegal_data_address;
  for (Setting& setting : settings) values_.write(std::move(setting));
  return std::nullopt;
}

std::optional<Exception> TagBank::carry_out(const Request& request, std::vector<std::uint8_t>& data) {
  data.clear();
  switch (request.function) {
    case Function::read_coils:
      return read_bits(Table::coils, request.address, request.count, data);
    case Function::read_discrete_inputs:
      return read_bits(Table::discrete_inputs, request.address, request.count, data);
    case Function::read_holding_registers:
      return read_registers(Table::holding_registers, request.address, request.count, data);
    case Function::read_input_registers:
      return read_registers(Table::input_registers, request.address, request.count, data);
    case Function::write_single_coil: {
      const std::uint8_t bit[1] = {static_cast<std::uint8_t>(request.value ? 1 : 0)};
      return write_bits(request.address, 1, bit);
    }
    case Function::write_multiple_coils:
      return write_bits(request.address, request.count, request.data);
    case Function::write_single_register: {
      const std::uint8_t bytes[2] = {static_cast<std::uint8_t>(request.value >> 8),
                                     static_cast<std::uint8_t>(request.value)};
      return write_registers(request.address, bytes);
    }
    case Function::write_multiple_registers:
      return write_registers(request.address, request.data);
    case Function::mask_write_register:
      return mask_register(request);
    case Function::read_write_multiple_registers: {
      // What is read must be there before anything is written (6.17 writes first; what was written is on its
      // way then).
      if (const Refusal refused =
              read_registers(Table::holding_registers, request.address, request.count, data))
        return refused;
      return write_registers(request.write_address, request.data);
    }
    case Function::encapsulated_interface:
      return tell_identity(identity_, request, data);
  }
  return Exception::illegal_function;
}

}  // namespace bondline::gateway
