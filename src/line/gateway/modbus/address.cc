#include "line/gateway/modbus/address.h"

#include <charconv>

namespace bondline::modbus {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<unsigned> number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view prefix_of(Table table) {
  constexpr std::string_view kPrefix[] = {"co", "di", "ir", "hr"};
  return kPrefix[static_cast<int>(table)];
}

std::string to_text(const Address& address) {
  std::string text(prefix_of(address.table));
  text += ":" + std::to_string(address.offset);
  if (address.bit >= 0) text += "." + std::to_string(address.bit);
  return text;
}

std::optional<Address> address_of(std::string_view text, std::string* problem) {
  const std::string quoted = "'" + std::string(text) + "'";
  const auto fail = [&](std::string why) {
    if (problem) *problem = std::move(why);
    return std::nullopt;
  };
  Address address;
  std::string_view rest = text;
  if (const auto dot = rest.find('.'); dot != std::string_view::npos) {
    const auto bit = number(rest.substr(dot + 1));
    if (!bit || *bit > 15) return fail(quoted + ": the bit behind the dot must be 0 to 15");
    address.bit = static_cast<int>(*bit);
    rest = rest.substr(0, dot);
  }
  if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
    const std::string_view prefix = rest.substr(0, colon);
    bool known = false;
    for (const Table table :
         {Table::coils, Table::discrete_inputs, Table::input_registers, Table::holding_registers})
      if (prefix == prefix_of(table)) {
        address.table = table;
        known = true;
      }
    if (!known)
      return fail(
          quoted + ": no table is called '" + std::string(prefix) +
          "'; write co (coils), di (discrete inputs), ir (input registers) or hr (holding registers)");
    const auto offset = number(rest.substr(colon + 1));
    if (!offset || *offset > 65535)
      return fail(quoted + ": the offset must be a whole number from 0 to 65535");
    address.offset = static_cast<std::uint16_t>(*offset);
  } else if (all_digits(rest) && (rest.size() == 5 || rest.size() == 6)) {
    constexpr int kTableOfDigit[] = {0, 1, -1, 2, 3};
    const int digit = rest[0] - '0';
    if (digit > 4 || kTableOfDigit[digit] < 0)
      return fail(quoted +
                  ": a reference number begins with 0 (coils), 1 (discrete inputs), 3 (input registers) or "
                  "4 (holding registers)");
    address.table = static_cast<Table>(kTableOfDigit[digit]);
    unsigned reference = 0;
    std::from_chars(rest.data() + 1, rest.data() + rest.size(), reference);
    if (reference < 1 || reference > 65536)
      return fail(quoted + ": reference numbers count from 1 to 65536; the first is " +
                  std::string(1, rest[0]) + (rest.size() == 5 ? "0001" : "00001"));
    address.offset = static_cast<std::uint16_t>(reference - 1);
  } else {
    return fail(quoted +
                " is neither a table and an offset counted from 0 (hr:107) nor a five or six digit reference "
                "number counted from 1 (40108)");
  }
  if (address.bit >= 0 && !is_register(address.table))
    return fail(quoted + ": a coil or discrete input is one bit already; leave the dot away");
  return address;
}

}  // namespace bondline::modbus
