// Bytes of a WebSocket, from either side: the decoder reads nothing beyond their end, says the same however
// they are cut, keeps its limit, and delivers texts that are UTF-8; what is written is read as it was.
#include <cstdlib>
#include <string>

#include "net/websocket/frame.h"

using namespace bondline::net::websocket;

namespace {

constexpr std::size_t kMost = 300;

void demand(bool holds) {
  if (!holds) std::abort();
}

std::string hear(std::span<const std::uint8_t> bytes, std::size_t step, Decoder::Role role) {
  Decoder decoder(role, kMost);
  std::string told;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    auto rest = bytes.subspan(at, std::min(step, bytes.size() - at));
    for (bool on = true; on;) {
      const Decoder::Step got = decoder.next(rest);
      demand(got.used <= rest.size());
      rest = rest.subspan(got.used);
      switch (got.event) {
        case Decoder::Event::more:
          demand(rest.empty());
          on = false;
          break;
        case Decoder::Event::message:
          demand(decoder.message().size() <= kMost &&
                 (!decoder.is_text() || bondline::base::is_utf8(decoder.message())));
          told += (decoder.is_text() ? "t" : "b") + decoder.message() + "\n";
          break;
        case Decoder::Event::ping:
        case Decoder::Event::pong:
          demand(decoder.control().size() <= 125);
          told += "c" + decoder.control() + "\n";
          break;
        case Decoder::Event::close:
          demand(bondline::base::is_utf8(decoder.control()));
          demand(decoder.close_code() == code::kNoStatus || may_be_sent(decoder.close_code()));
          told += "e" + std::to_string(decoder.close_code()) + decoder.control() + "\n";
          break;
        case Decoder::Event::broken:
          demand(may_be_sent(decoder.close_code()) && !decoder.problem().empty());
          return told + "#" + std::to_string(decoder.close_code());
      }
    }
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 6) return 0;
  const auto role = data[0] & 1 ? Decoder::Role::server : Decoder::Role::client;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  const std::string whole = hear(bytes, bytes.size(), role);
  demand(hear(bytes, 1, role) == whole);
  demand(hear(bytes, 2u + data[0] / 2u, role) == whole);
  // There and back again.
  const std::string payload(reinterpret_cast<const char*>(data) + 5, std::min<std::size_t>(size - 5, kMost));
  std::vector<std::uint8_t> frames;
  append_frame(frames, Opcode::binary, payload, data[0] & 1 ? data + 1 : nullptr);
  demand(hear(frames, 7, role) == "b" + payload + "\n");
  return 0;
}
