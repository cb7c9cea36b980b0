#include "line/gateway/drivers/modbus/modbus_server.h"

#include <algorithm>
#include <list>

namespace bondline::gateway {

using namespace modbus;

ModbusBank::ModbusBank(std::size_t size) : holding(size), input(size), coils(size), discrete(size) {}

namespace {

void put_registers(const std::vector<std::uint16_t>& from, std::uint16_t address, std::uint16_t count,
                   std::vector<std::uint8_t>& data) {
  data.resize(2u * count);
  for (std::size_t i = 0; i < count; ++i) {
    data[2 * i] = static_cast<std::uint8_t>(from[address + i] >> 8);
    data[2 * i + 1] = static_cast<std::uint8_t>(from[address + i]);
  }
}

void put_bits(const std::vector<bool>& from, std::uint16_t address, std::uint16_t count,
              std::vector<std::uint8_t>& data) {
  data.assign((count + 7u) / 8u, 0);
  for (std::size_t i = 0; i < count; ++i)
    if (from[address + i]) data[i / 8] |= static_cast<std::uint8_t>(1u << (i % 8));
}

}  // namespace

std::optional<Exception> tell_identity(const std::vector<std::string>& identity, const Request& request,
                                       std::vector<std::uint8_t>& data) {
  for (std::size_t i = request.object; i < identity.size(); ++i) {
    data.push_back(static_cast<std::uint8_t>(i));
    data.push_back(static_cast<std::uint8_t>(identity[i].size()));
    data.insert(data.end(), identity[i].begin(), identity[i].end());
  }
  return data.empty() ? std::optional(Exception::illegal_data_address) : std::nullopt;
}

std::optional<Exception> ModbusBank::carry_out(const Request& request, std::vector<std::uint8_t>& data) {
  data.clear();
  const auto there = [&](std::size_t size, std::uint16_t address, std::uint16_t count) {
    if (std::size_t{address} + count > size) return false;
    const auto hole = holes.lower_bound(address);
    return hole == holes.end() || *hole >= address + count;
  };
  const auto read = [&](Table table, const auto& from, std::uint16_t address,
                        std::uint16_t count) -> std::optional<Exception> {
    if (is_register(table) && count > most_registers) return Exception::illegal_data_value;
    if (!there(from.size(), address, count)) return Exception::illegal_data_address;
    if (before_read) before_read(table, address, count);
    if constexpr (std::is_same_v<std::decay_t<decltype(from)>, std::vector<bool>>)
      put_bits(from, address, count, data);
    else
      put_registers(from, address, count, data);
    return std::nullopt;
  };
  const auto write_registers = [&](std::uint16_t address, std::uint16_t count) -> std::optional<Exception> {
    if (!there(holding.size(), address, count)) return Exception::illegal_data_address;
    for (std::size_t i = 0; i < count; ++i)
      holding[address + i] = static_cast<std::uint16_t>(request.data[2 * i] << 8 | request.data[2 * i + 1]);
    if (after_write) after_write(Table::holding_registers, address, count);
    return std::nullopt;
  };
  switch (request.function) {
    case Function::read_coils:
      return read(Table::coils, coils, request.address, request.count);
    case Function::read_discrete_inputs:
      return read(Table::discrete_inputs, discrete, request.address, request.count);
    case Function::read_holding_registers:
      return read(Table::holding_registers, holding, request.address, request.count);
    case Function::read_input_registers:
      return read(Table::input_registers, input, request.address, request.count);
    case Function::write_single_coil:
      if (!there(coils.size(), request.address, 1)) return Exception::illegal_data_address;
      coils[request.address] = request.value != 0;
      if (after_write) after_write(Table::coils, request.address, 1);
      return std::nullopt;
    case Function::write_single_register:
      if (!there(holding.size(), request.address, 1)) return Exception::illegal_data_address;
      holding[request.address] = request.value;
      if (after_write) after_write(Table::holding_registers, request.address, 1);
      return std::nullopt;
    case Function::write_multiple_coils:
      if (!there(coils.size(), request.address, request.count)) return Exception::illegal_data_address;
      for (std::size_t i = 0; i < request.count; ++i)
        coils[request.address + i] = request.data[i / 8] >> (i % 8) & 1;
      if (after_write) after_write(Table::coils, request.address, request.count);
      return std::nullopt;
    case Function::write_multiple_registers:
      return write_registers(request.address, request.count);
    case Function::mask_write_register: {
      if (!there(holding.size(), request.address, 1)) return Exception::illegal_data_address;
      std::uint16_t& value = holding[request.address];
      value = static_cast<std::uint16_t>((value & request.and_mask) | (request.or_mask & ~request.and_mask));
      if (after_write) after_write(Table::holding_registers, request.address, 1);
      return std::nullopt;
    }
    case Function::read_write_multiple_registers: {
      // The write comes before the read (6.17).
      if (!there(holding.size(), request.address, request.count)) return Exception::illegal_data_address;
      if (const auto refused = write_registers(request.write_address, request.write_count)) return refused;
      return read(Table::holding_registers, holding, request.address, request.count);
    }
    case Function::encapsulated_interface:
      return tell_identity(identity, request, data);
  }
  return Exception::illegal_function;
}

net::Task<> serve_modbus(ModbusLink& link, const std::function<ModbusUnit*(std::uint8_t unit)>& bank_of,
                         const ModbusFaults& faults) {
  std::vector<std::uint8_t> data;
  PduBuffer pdu;
  int answered = 0;
  for (;;) {
    const std::error_code error = co_await link.fill();
    if (error) co_return;
    int burst = 0;
    while (std::optional<Message> message = link.next()) {
      if (++burst > 1 && faults.hangs_up_on_pipelining) {
        link.stream().close();
        co_return;
      }
      if (faults.answers_before_silence >= 0 && answered >= faults.answers_before_silence) continue;
      ++answered;
      ModbusUnit* bank = bank_of(message->unit);
      if (!bank) continue;
      Request request;
      std::optional<Exception> refused = decode_request(message->pdu, request);
      if (!refused && faults.exception) refused = faults.exception;
      if (!refused) refused = bank->carry_out(request, data);
      const std::uint8_t unit = message->unit, function = message->pdu[0];
      const auto transaction =
          static_cast<std::uint16_t>(message->transaction + (faults.wrong_transaction ? 1 : 0));
      if (faults.delay.count() > 0) {
        co_await link.flush();
        co_await net::sleep_for(std::chrono::duration_cast<net::Clock::duration>(faults.delay));
      }
      const std::size_t n =
          refused ? encode_exception(function, *refused, pdu) : encode_response(request, data, pdu);
      link.put(transaction, unit, std::span<const std::uint8_t>(pdu).first(n));
    }
    const std::error_code sent = co_await link.flush();
    if (sent || !link.broken().empty()) co_return;
  }
}

namespace {
net::Task<> serve_and_forget(std::unique_ptr<net::Stream> stream, ModbusTransport transport,
                             std::function<ModbusUnit*(std::uint8_t)> bank_of, const ModbusFaults& faults) {
  ModbusLink link(std::move(stream), transport, Speaker::client);
  co_await serve_modbus(link, bank_of, faults);
}
}  // namespace

net::Task<> serve_modbus_tcp(net::Listener& listener, ModbusTransport transport,
                             std::function<ModbusUnit*(std::uint8_t unit)> bank_of,
                             const ModbusFaults& faults) {
  net::Scope& scope = co_await net::current_scope();
  net::Group connections(scope.loop(), &scope);
  while (!scope.cancelled()) {
    net::Opened opened = co_await listener.accept();
    if (opened.stream)
      connections.spawn(serve_and_forget(std::move(opened.stream), transport, bank_of, faults));
    else if (!scope.cancelled())
      co_await net::sleep_for(std::chrono::milliseconds(50));  // out of descriptors: not for ever
  }
  co_await connections.join();
}

}  // namespace bondline::gateway
