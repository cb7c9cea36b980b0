// Whatever bytes come: streams and decoders read nothing beyond their end, and what they accept is written
// back the same.
#include <cstdlib>
#include <cstring>

#include "line/gateway/modbus/framing.h"

using namespace bondline::modbus;

namespace {

void decode_both_ways(const Message& message) {
  Request request;
  if (!decode_request(message.pdu, request)) {
    PduBuffer buffer;
    const std::size_t n = encode(request, buffer);
    if (n != message.pdu.size() || std::memcmp(buffer.data(), message.pdu.data(), n) != 0) std::abort();
  }
  Response response;
  if (decode(message.pdu, request, response) == nullptr && !response.exception) {
    auto list = response.data;
    while (next_object(list)) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = 1u + data[0] % 64u;
  const bool server = data[1] & 1;
  TcpStream tcp;
  RtuStream rtu(server ? Speaker::server : Speaker::client);
  for (std::size_t at = 2; at < size; at += step) {
    const auto part = std::span(data + at, std::min(step, size - at));
    tcp.feed(part);
    while (auto message = tcp.next()) decode_both_ways(*message);
    rtu.feed(part);
    while (auto message = rtu.next()) decode_both_ways(*message);
  }
  rtu.silence();
  return 0;
}
