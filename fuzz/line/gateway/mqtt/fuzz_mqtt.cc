// Bytes from a broker: the decoder reads nothing beyond their end, what it reads can be written and read
// again, and a session comes to no harm.
#include <cstdlib>

#include "line/gateway/mqtt/session.h"

using namespace bondline::mqtt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Version version = data[0] & 1 ? Version::v5 : Version::v311;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  Packet packet;
  if (decode(bytes, version, packet).empty()) {
    std::vector<std::uint8_t> out;
    Packet again;
    if (encode(packet, version, out).empty() && !decode(out, version, again).empty()) std::abort();
  }
  SessionOptions options;
  options.version = version;
  Session session(options);
  session.connected();
  const std::uint8_t accepted[] = {0x20, 0x02, 0x00, 0x00}, accepted_v5[] = {0x20, 0x03, 0x00, 0x00, 0x00};
  session.feed(version == Version::v5 ? std::span<const std::uint8_t>(accepted_v5)
                                      : std::span<const std::uint8_t>(accepted));
  for (std::uint64_t ticket = 0; ticket < 4; ++ticket)
    session.publish(ticket, "t", bytes.first(std::min<std::size_t>(bytes.size(), 8)), ticket % 2 ? 1 : 2,
                    false);
  const std::size_t step = 1u + data[0] % 32u;
  for (std::size_t at = 0; at < bytes.size(); at += step)
    if (!session.feed(bytes.subspan(at, std::min(step, bytes.size() - at))).empty()) break;
  return 0;
}
