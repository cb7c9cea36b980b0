// Where a value stands in a device. Two ways of writing it are in use, and they differ by one; neither is
// ever guessed:
//   hr:107, ir:0x6B, co:0, di:12     table and offset, counted from 0 as on the wire
//   40108, 30001, 00001, 10013       vendors' reference numbers, counted from 1, five digits (six: 400108,
//   365536)
// A bit of a register is written behind a dot: hr:107.3, 40108.15 (0 is the lowest).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bondline::modbus {

enum class Table : std::uint8_t { coils, discrete_inputs, input_registers, holding_registers };

/// "co", "di", "ir", "hr".
std::string_view prefix_of(Table table);
inline bool is_register(Table table) {
  return table >= Table::input_registers;
}
inline bool is_writable(Table table) {
  return table == Table::coils || table == Table::holding_registers;
}

struct Address {
  Table table = Table::holding_registers;
  std::uint16_t offset = 0;  ///< from 0
  int bit = -1;              ///< of a register; -1: the whole
  friend bool operator==(const Address&, const Address&) = default;
};

/// Reads an address; nullopt with *problem saying what is wrong and how to mend it.
std::optional<Address> address_of(std::string_view text, std::string* problem);
/// "hr:107", "hr:107.3".
std::string to_text(const Address& address);

}  // namespace bondline::modbus
