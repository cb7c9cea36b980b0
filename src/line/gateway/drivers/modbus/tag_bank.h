// The line's tags as the registers of one Modbus unit: what other masters read and write. Values are taken
// when they are asked for; a register's place and form are the line file's. What can't be answered honestly
// is refused by exception:
//   2  illegal data address     a register no tag has, or that takes no writes, or a part of a value written
//   3  illegal data value       a value its tag can't take, or outside its limits
//   4  server device failure    a tag that is bad or has never had a value, or whose value does not fit its
//   registers
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "line/gateway/drivers/modbus/modbus_server.h"
#include "line/gateway/engine/driver.h"
#include "line/gateway/modbus/address.h"
#include "line/gateway/modbus/value.h"

namespace bondline::gateway {

/// One tag in a server's registers. value = raw * scale + offset, as in tag files.
struct ServedPoint {
  tags::TagId tag = 0;
  modbus::Address address;
  modbus::Format format;
  double scale = 1, offset = 0;
  bool writable = false;
  std::uint8_t unit = 1;
};

/// Where values come from and go to.
struct ServedValues {
  std::function<std::optional<tags::Sample>(tags::TagId, std::string* text)> newest;
  /// Takes a value over; it is on its way to the tag's machine then, not there yet.
  std::function<void(Setting)> write;
};

class TagBank : public ModbusUnit {
 public:
  /// Points must not overlap, but for bits of one register; all of one unit.
  TagBank(std::vector<ServedPoint> points, std::shared_ptr<const tags::TagTable> tags,
          const ServedValues& values, std::vector<std::string> identity);
  std::optional<modbus::Exception> carry_out(const modbus::Request& request,
                                             std::vector<std::uint8_t>& data) override;

 private:
  using Refusal = std::optional<modbus::Exception>;
  struct Point {
    ServedPoint served;
    tags::Tag shape;  ///< the tag, with the scale of the registers
    std::uint16_t end = 0;
  };
  const std::vector<Point>& table(modbus::Table table) const {
    return tables_[static_cast<std::size_t>(table)];
  }
  Refusal encode(const Point& point, std::uint8_t* registers) const;
  Refusal decode(const Point& point, const std::uint8_t* registers, Setting& out) const;
  Refusal read_registers(modbus::Table table, std::uint16_t address, std::uint16_t count,
                         std::vector<std::uint8_t>& data) const;
  Refusal read_bits(modbus::Table table, std::uint16_t address, std::uint16_t count,
                    std::vector<std::uint8_t>& data) const;
  Refusal write_registers(std::uint16_t address, std::span<const std::uint8_t> bytes);
  Refusal write_bits(std::uint16_t address, std::uint16_t count, std::span<const std::uint8_t> packed);
  Refusal mask_register(const modbus::Request& request);
  std::vector<Point> tables_[4];  ///< by address
  const ServedValues& values_;
  std::vector<std::string> identity_;
};

}  // namespace bondline::gateway
