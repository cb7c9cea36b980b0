#include "line/gateway/modbus/pdu.h"

#include <algorithm>
#include <cstring>

namespace bondline::modbus {
namespace {

constexpr std::uint8_t kReadDeviceIdentification = 14;
constexpr std::uint8_t kExceptionBit = 0x80;

std::uint16_t word(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

class Writer {
 public:
  explicit Writer(PduBuffer& out) : out_(out) {}
  void byte(unsigned value) {
    if (size_ < out_.size()) out_[size_] = static_cast<std::uint8_t>(value);
    ++size_;
  }
  void word(unsigned value) {
    byte(value >> 8);
    byte(value & 255);
  }
  void bytes(std::span<const std::uint8_t> data) {
    if (size_ + data.size() <= out_.size() && !data.empty())
      std::memcpy(out_.data() + size_, data.data(), data.size());
    size_ += data.size();
  }
  std::size_t size() const { return size_ <= out_.size() ? size_ : 0; }

 private:
  PduBuffer& out_;
  std::size_t size_ = 0;
};

bool is_bits(Function f) {
  return f == Function::read_coils || f == Function::read_discrete_inputs ||
         f == Function::write_multiple_coils;
}

int most_of(Function f) {
  switch (f) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
      return kMostReadBits;
    case Function::write_multiple_coils:
      return kMostWriteBits;
    case Function::write_multiple_registers:
      return kMostWriteRegisters;
    default:
      return kMostReadRegisters;
  }
}

// Bytes that `count` bits or registers take.
std::size_t bytes_of(Function f, std::uint16_t count) {
  return is_bits(f) ? (count + 7u) / 8u : 2u * count;
}

bool count_fits(Function f, std::uint16_t address, std::uint16_t count) {
  return count >= 1 && count <= most_of(f) && address + count <= 65536;
}

}  // namespace

std::string_view name_of(Exception exception) {
  switch (exception) {
    case Exception::illegal_function:
      return "illegal function";
    case Exception::illegal_data_address:
      return "illegal data address";
    case Exception::illegal_data_value:
      return "illegal data value";
    case Exception::server_device_failure:
      return "server device failure";
    case Exception::acknowledge:
      return "acknowledge";
    case Exception::server_device_busy:
      return "server device busy";
    case Exception::memory_parity_error:
      return "memory parity error";
    case Exception::gateway_path_unavailable:
      return "gateway path unavailable";
    case Exception::gateway_target_failed_to_respond:
      return "gateway target device failed to respond";
  }
  return "unknown exception";
}

bool is_read(Function function) {
  switch (function) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers:
    case Function::read_write_multiple_registers:
    case Function::encapsulated_interface:
      return true;
    default:
      return false;
  }
}

std::size_t encode(const Request& r, PduBuffer& out) {
  Writer w(out);
  w.byte(static_cast<unsigned>(r.function));
  switch (r.function) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers:
      if (!count_fits(r.function, r.address, r.count)) return 0;
      w.word(r.address);
      w.word(r.count);
      break;
    case Function::write_single_coil:
      if (r.value != 0 && r.value != 0xFF00) return 0;
      [[fallthrough]];
    case Function::write_single_register:
      w.word(r.address);
      w.word(r.value);
      break;
    case Function::write_multiple_coils:
    case Function::write_multiple_registers:
      if (!count_fits(r.function, r.address, r.count) || r.data.size() != bytes_of(r.function, r.count))
        return 0;
      w.word(r.address);
      w.word(r.count);
      w.byte(static_cast<unsigned>(r.data.size()));
      w.bytes(r.data);
      break;
    case Function::mask_write_register:
      w.word(r.address);
      w.word(r.and_mask);
      w.word(r.or_mask);
      break;
    case Function::read_write_multiple_registers:
      if (!count_fits(r.function, r.address, r.count) || r.write_count < 1 ||
          r.write_count > kMostReadWriteRegisters || r.write_address + r.write_count > 65536 ||
          r.data.size() != 2u * r.write_count)
        return 0;
      w.word(r.address);
      w.word(r.count);
      w.word(r.write_address);
      w.word(r.write_count);
      w.byte(static_cast<unsigned>(r.data.size()));
      w.bytes(r.data);
      break;
    case Function::encapsulated_interface:
      if (r.id_code < 1 || r.id_code > 4) return 0;
      w.byte(kReadDeviceIdentification);
      w.byte(r.id_code);
      w.byte(r.object);
      break;
    default:
      return 0;
  }
  return w.size();
}

const char* decode(std::span<const std::uint8_t> pdu, const Request& request, Response& response) {
  response = {};
  response.function = request.function;
  if (pdu.empty() || pdu.size() > kMostPduBytes) return "a response of no possible length";
  const auto asked = static_cast<std::uint8_t>(request.function);
  if (pdu[0] == (asked | kExceptionBit)) {
    if (pdu.size() != 2) return "an exception of the wrong length";
    response.exception = static_cast<Exception>(pdu[1]);
    return nullptr;
  }
  if (pdu[0] != asked) return "a response to another function";
  const auto body = pdu.subspan(1);
  switch (request.function) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers:
    case Function::read_write_multiple_registers: {
      const std::size_t wanted = bytes_of(request.function, request.count);
      if (body.size() != wanted + 1 || body[0] != wanted)
        return "a response of another length than asked for";
      response.data = body.subspan(1);
      return nullptr;
    }
    case Function::write_single_coil:
    case Function::write_single_register:
      if (body.size() != 4 || word(body, 0) != request.address || word(body, 2) != request.value)
        return "a response that does not repeat the write";
      return nullptr;
    case Function::write_multiple_coils:
    case Function::write_multiple_registers:
      if (body.size() != 4 || word(body, 0) != request.address || word(body, 2) != request.count)
        return "a response that does not repeat the write";
      return nullptr;
    case Function::mask_write_register:
      if (body.size() != 6 || word(body, 0) != request.address || word(body, 2) != request.and_mask ||
          word(body, 4) != request.or_mask)
        return "a response that does not repeat the write";
      return nullptr;
    case Function::encapsulated_interface: {
      if (body.size() < 6 || body[0] != kReadDeviceIdentification || body[1] != request.id_code)
        return "not a device identification";
      response.conformity = body[2];
      response.more_follows = body[3];
      response.next_object = body[4];
      response.objects = body[5];
      response.data = body.subspan(6);
      auto list = response.data;
      for (int i = 0; i < response.objects; ++i)
        if (!next_object(list)) return "a device identification that is cut off";
      if (!list.empty()) return "a device identification with bytes behind its objects";
      return nullptr;
    }
  }
  return "a function that is not known";
}

std::optional<Exception> decode_request(std::span<const std::uint8_t> pdu, Request& r) {
  r = {};
  if (pdu.empty()) return Exception::illegal_function;
  r.function = static_cast<Function>(pdu[0]);
  const auto body = pdu.subspan(1);
  const auto sized = [&](std::size_t bytes) { return body.size() == bytes; };
  switch (r.function) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers:
      if (!sized(4)) return Exception::illegal_data_value;
      r.address = word(body, 0);
      r.count = word(body, 2);
      if (r.count < 1 || r.count > most_of(r.function)) return Exception::illegal_data_value;
      if (r.address + r.count > 65536) return Exception::illegal_data_address;
      return std::nullopt;
    case Function::write_single_coil:
    case Function::write_single_register:
      if (!sized(4)) return Exception::illegal_data_value;
      r.address = word(body, 0);
      r.value = word(body, 2);
      if (r.function == Function::write_single_coil && r.value != 0 && r.value != 0xFF00)
        return Exception::illegal_data_value;
      return std::nullopt;
    case Function::write_multiple_coils:
    case Function::write_multiple_registers:
      if (body.size() < 5) return Exception::illegal_data_value;
      r.address = word(body, 0);
      r.count = word(body, 2);
      r.data = body.subspan(5);
      if (r.count < 1 || r.count > most_of(r.function) || r.data.size() != bytes_of(r.function, r.count) ||
          body[4] != r.data.size())
        return Exception::illegal_data_value;
      if (r.address + r.count > 65536) return Exception::illegal_data_address;
      return std::nullopt;
    case Function::mask_write_register:
      if (!sized(6)) return Exception::illegal_data_value;
      r.address = word(body, 0);
      r.and_mask = word(body, 2);
      r.or_mask = word(body, 4);
      return std::nullopt;
    case Function::read_write_multiple_registers:
      if (body.size() < 9) return Exception::illegal_data_value;
      r.address = word(body, 0);
      r.count = word(body, 2);
      r.write_address = word(body, 4);
      r.write_count = word(body, 6);
      r.data = body.subspan(9);
      if (r.count < 1 || r.count > kMostReadRegisters || r.write_count < 1 ||
          r.write_count > kMostReadWriteRegisters || r.data.size() != 2u * r.write_count ||
          body[8] != r.data.size())
        return Exception::illegal_data_value;
      if (r.address + r.count > 65536 || r.write_address + r.write_count > 65536)
        return Exception::illegal_data_address;
      return std::nullopt;
    case Function::encapsulated_interface:
      if (body.empty() || body[0] != kReadDeviceIdentification) return Exception::illegal_function;
      if (!sized(3)) return Exception::illegal_data_value;
      r.id_code = body[1];
      r.object = body[2];
      if (r.id_code < 1 || r.id_code > 4) return Exception::illegal_data_value;
      return std::nullopt;
  }
  return Exception::illegal_function;
}

std::size_t encode_response(const Request& r, std::span<const std::uint8_t> data, PduBuffer& out) {
  Writer w(out);
  w.byte(static_cast<unsigned>(r.function));
  switch (r.function) {
    case Function::read_coils:
    case Function::read_discrete_inputs:
    case Function::read_holding_registers:
    case Function::read_input_registers:
    case Function::read_write_multiple_registers:
      if (data.size() != bytes_of(r.function, r.count)) return 0;
      w.byte(static_cast<unsigned>(data.size()));
      w.bytes(data);
      break;
    case Function::write_single_coil:
    case Function::write_single_register:
      w.word(r.address);
      w.word(r.value);
      break;
    case Function::write_multiple_coils:
    case Function::write_multiple_registers:
      w.word(r.address);
      w.word(r.count);
      break;
    case Function::mask_write_register:
      w.word(r.address);
      w.word(r.and_mask);
      w.word(r.or_mask);
      break;
    case Function::encapsulated_interface: {
      unsigned objects = 0;
      for (auto list = data; next_object(list);) ++objects;
      w.byte(kReadDeviceIdentification);
      w.byte(r.id_code);
      w.byte(0x81);  // basic identification, stream and single access
      w.byte(0);     // all of it is here
      w.byte(0);
      w.byte(objects);
      w.bytes(data);
      break;
    }
    default:
      return 0;
  }
  return w.size();
}

std::size_t encode_exception(std::uint8_t function, Exception exception, PduBuffer& out) {
  out[0] = function | kExceptionBit;
  out[1] = static_cast<std::uint8_t>(exception);
  return 2;
}

std::optional<IdObject> next_object(std::span<const std::uint8_t>& list) {
  if (list.size() < 2 || list.size() - 2 < list[1]) return std::nullopt;
  IdObject object;
  object.id = list[0];
  object.value = {reinterpret_cast<const char*>(list.data()) + 2, list[1]};
  list = list.subspan(2u + list[1]);
  return object;
}

}  // namespace bondline::modbus
