// A device that answers with all that can go wrong in a frame: lengths, functions, units, transactions,
// counts, garbage, halves, doubles. Register a holds a number made from a, so a value that is another
// register's shows.
#include <random>

#include "modbus_bench_of_one.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

namespace {

std::uint16_t made_from(std::uint16_t address) {
  return static_cast<std::uint16_t>(address * 257 + 0x1234);
}

/// Answers reads of holding registers, and spoils most of the answers while `spoils`.
class SpoilingDevice {
 public:
  explicit SpoilingDevice(ModbusTransport transport) : transport_(transport) {}
  bool spoils = true;
  int spoiled = 0;

  net::Task<> serve(net::Listener& listener, net::Group& group) {
    for (;;) {
      net::Opened opened = co_await listener.accept();
      if (!opened.stream) co_return;
      group.spawn(talk(std::move(opened.stream)));
    }
  }

 private:
  net::Task<> talk(std::unique_ptr<net::Stream> stream) {
    std::vector<std::uint8_t> bytes(4096), in;
    modbus::TcpStream tcp;
    modbus::RtuStream rtu(modbus::Speaker::client);
    for (;;) {
      const net::Moved moved = co_await stream->read_some(std::span(bytes));
      if (moved.error) co_return;
      const auto got = std::span<const std::uint8_t>(bytes).first(moved.bytes);
      const bool is_tcp = transport_ == ModbusTransport::tcp;
      if (is_tcp)
        tcp.feed(got);
      else
        rtu.feed(got);
      for (;;) {
        auto message = is_tcp ? tcp.next() : rtu.next();
        if (!message) break;
        bool hangs_up = false, in_bits = false;
        const std::vector<std::uint8_t> answer = answer_to(*message, hangs_up, in_bits);
        const std::size_t piece = in_bits ? 1 : answer.size();
        for (std::size_t at = 0; at < answer.size(); at += piece) {
          const net::Moved sent =
              co_await stream->write(std::span<const std::uint8_t>(answer).subspan(at, piece));
          if (sent.error) co_return;
        }
        if (hangs_up) co_return;
      }
    }
  }

  std::vector<std::uint8_t> answer_to(const modbus::Message& message, bool& hangs_up, bool& in_bits) {
    const auto address = static_cast<std::uint16_t>(message.pdu[1] << 8 | message.pdu[2]);
    const auto count = static_cast<std::uint16_t>(message.pdu[3] << 8 | message.pdu[4]);
    std::vector<std::uint8_t> pdu{message.pdu[0], static_cast<std::uint8_t>(2 * count)};
    for (std::uint16_t i = 0; i < count; ++i) {
      const std::uint16_t value = made_from(static_cast<std::uint16_t>(address + i));
      pdu.push_back(static_cast<std::uint8_t>(value >> 8));
      pdu.push_back(static_cast<std::uint8_t>(value));
    }
    std::uint16_t transaction = message.transaction;
    std::uint8_t unit = message.unit;
    const unsigned way = spoils ? random_() % 14 : 0;
    spoiled += way > 2;
    const auto any = [this] { return static_cast<std::uint8_t>(random_()); };
    switch (way) {
      case 3:
        pdu[0] = static_cast<std::uint8_t>(4 + random_() % 120);  // another function
        break;
      case 4:
        pdu[1] = static_cast<std::uint8_t>(pdu[1] + 1 + random_() % 250);  // another byte count
        break;
      case 5:
        pdu.resize(1 + random_() % (pdu.size() - 1));  // fewer bytes than it says
        break;
      case 6:
        pdu.insert(pdu.end(), 1 + random_() % 9, any());  // more
        break;
      case 7:
        transaction = static_cast<std::uint16_t>(transaction + 1000 + random_() % 1000);
        unit = transport_ == ModbusTransport::tcp ? unit : static_cast<std::uint8_t>(unit + 1);
        break;
      case 8:
        pdu = {static_cast<std::uint8_t>(pdu[0] | 0x80), any()};  // an exception, perhaps one nobody knows
        if (pdu[1] >= 1 && pdu[1] <= 3) pdu[1] = 4;               // what is taught stays taught: not here
        break;
      default:
        break;
    }
    std::vector<std::uint8_t> out;
    const auto put = [&] {
      if (transport_ == ModbusTransport::tcp)
        modbus::put_tcp(transaction, unit, pdu, out);
      else
        modbus::put_rtu(unit, pdu, out);
    };
    put();
    switch (way) {
      case 9:
        out.resize(1 + random_() % (out.size() - 1));  // half of it, and no more
        hangs_up = true;
        break;
      case 10:
        if (transport_ == ModbusTransport::tcp) {
          out[2 + random_() % 4] ^= static_cast<std::uint8_t>(1 + random_() % 255);  // protocol or length
        } else {
          out[random_() % out.size()] ^= static_cast<std::uint8_t>(1 + random_() % 255);  // anywhere: the CRC
        }
        break;
      case 11:
        put();  // twice
        break;
      case 12:
        out.insert(out.begin(), 1 + random_() % 20, 0xA5);  // noise in front
        break;
      case 13:
        out.clear();  // nothing
        break;
      case 2:
        in_bits = out.size() < 60;
        break;
      default:
        break;
    }
    return out;
  }

  ModbusTransport transport_;
  std::mt19937 random_{23};
};

void spoil(ModbusTransport transport, int rounds) {
  ModbusBenchOfOne bench;
  bench.config.transport = transport;
  bench.config.timeout = 15ms;
  bench.config.poll = 1ms;
  bench.config.most_pause = 5ms;
  std::map<tags::TagId, std::uint16_t> address_of;
  for (const int address : {0, 1, 9, 300, 301, 700, 1200, 1201, 1300, 2000})
    address_of[bench.add("hr:" + std::to_string(address), "uint16")] = static_cast<std::uint16_t>(address);

  net::Loop loop;
  std::error_code error;
  auto listener = net::Listener::open(loop, "127.0.0.1", 0, &error);
  ASSERT_TRUE(listener) << error.message();
  bench.config.port = listener->port();
  const auto driver = make_modbus_driver(bench.config, bench.tags);
  Kept kept(bench.tags);
  SpoilingDevice device(transport);
  auto everything = [&]() -> net::Task<> {
    net::Group group(loop);
    group.spawn(device.serve(*listener, group));
    group.spawn(driver->run(kept));
    const bool enough = co_await until([&] { return device.spoiled >= rounds; });
    EXPECT_TRUE(enough) << device.spoiled;
    EXPECT_GT(driver->status().errors, 10u);
    device.spoils = false;
    for (auto& [tag, sample] : kept.newest) sample.quality = tags::Quality::bad_communication;
    const bool good = co_await until([&] {
      return std::all_of(address_of.begin(), address_of.end(), [&](const auto& point) {
        return kept.newest.contains(point.first) && tags::is_good(kept.newest[point.first].quality);
      });
    });
    EXPECT_TRUE(good) << "a device that behaves again is read again";
    group.cancel();
    co_await group.join();
  };
  loop.run(everything());
  std::uint64_t right = 0;
  for (const auto& [tag, history] : kept.history)
    for (const tags::Sample& sample : history)
      if (tags::is_good(sample.quality)) {
        ASSERT_EQ(sample.bits, made_from(address_of.at(tag))) << "another register's value";
        ++right;
      }
  EXPECT_GT(right, 20u);
}

}  // namespace

TEST(ModbusNoise, NoSpoiledFrameOverTcpBecomesAValueAndTheDeviceComesBack) {
  spoil(ModbusTransport::tcp, 200);
}

TEST(ModbusNoise, NoSpoiledFrameOfASerialDeviceBecomesAValueAndTheDeviceComesBack) {
  spoil(ModbusTransport::rtu_over_tcp, 100);
}
