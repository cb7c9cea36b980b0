// A Modbus server: answers clients over TCP, RTU-over-TCP or a serial line out of a bank of registers. What a
// line offers to other masters, what simulated machines are, and what the client is tested against.
#pragma once
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "line/gateway/drivers/modbus/transport.h"
#include "line/gateway/modbus/pdu.h"
#include "net/tcp.h"

namespace bondline::gateway {

/// What answers the requests to one unit.
class ModbusUnit {
 public:
  virtual ~ModbusUnit() = default;
  /// Carries a request out. The exception, or nothing with the answer's data in `data`.
  virtual std::optional<modbus::Exception> carry_out(const modbus::Request& request,
                                                     std::vector<std::uint8_t>& data) = 0;
};

/// The answer to function 43/14 from object texts by id (0 vendor, 1 product code, 2 revision ...).
std::optional<modbus::Exception> tell_identity(const std::vector<std::string>& identity,
                                               const modbus::Request& request,
                                               std::vector<std::uint8_t>& data);

/// Registers of one unit. All four tables, 65536 each at most; what lies beyond `size` answers exception 2.
class ModbusBank : public ModbusUnit {
 public:
  explicit ModbusBank(std::size_t size = 65536);
  std::vector<std::uint16_t> holding, input;
  std::vector<bool> coils, discrete;
  std::uint16_t most_registers = 125;  ///< reads beyond it answer exception 3, as small devices do
  std::set<std::uint16_t> holes;       ///< registers that are not there
  std::vector<std::string> identity{"Bondline", "bank", "1"};
  /// Called before a read of registers, so that their values can be made; and after a write.
  std::function<void(modbus::Table, std::uint16_t address, std::uint16_t count)> before_read;
  std::function<void(modbus::Table, std::uint16_t address, std::uint16_t count)> after_write;

  std::optional<modbus::Exception> carry_out(const modbus::Request& request,
                                             std::vector<std::uint8_t>& data) override;
};

/// How a server misbehaves, for tests.
struct ModbusFaults {
  std::chrono::nanoseconds delay{0};           ///< before each answer
  int answers_before_silence = -1;             ///< then none; -1: never silent
  std::optional<modbus::Exception> exception;  ///< instead of every answer
  bool wrong_transaction = false;
  bool hangs_up_on_pipelining = false;  ///< closes when a second request comes before the first is answered
};

/// Serves one connection until it ends or the scope is cancelled. Requests to other units than those in
/// `banks` go unanswered.
net::Task<> serve_modbus(ModbusLink& link, const std::function<ModbusUnit*(std::uint8_t unit)>& bank_of,
                         const ModbusFaults& faults = {});

/// Accepts connections and serves each until the scope is cancelled.
net::Task<> serve_modbus_tcp(net::Listener& listener, ModbusTransport transport,
                             std::function<ModbusUnit*(std::uint8_t unit)> bank_of,
                             const ModbusFaults& faults);

}  // namespace bondline::gateway
