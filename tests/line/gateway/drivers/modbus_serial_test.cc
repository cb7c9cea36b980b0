// RTU on a serial line, played by a pseudo-terminal: a thread on its other end is the device.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <thread>

#include "modbus_bench_of_one.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

namespace {

/// Answers RTU requests on `fd` until `stop`; sends `noise` before every answer.
void be_a_device(int fd, ModbusBank& bank, std::atomic<bool>& stop, std::vector<std::uint8_t> noise) {
  modbus::RtuStream rtu(modbus::Speaker::client);
  while (!stop) {
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, 20) <= 0 || !(ready.revents & POLLIN)) continue;
    std::uint8_t bytes[256];
    const ssize_t n = read(fd, bytes, sizeof bytes);
    if (n <= 0) continue;
    rtu.feed(std::span<const std::uint8_t>(bytes, static_cast<std::size_t>(n)));
    while (auto message = rtu.next()) {
      modbus::Request request;
      std::vector<std::uint8_t> data, out = noise;
      modbus::PduBuffer pdu;
      auto refused = modbus::decode_request(message->pdu, request);
      if (!refused) refused = bank.carry_out(request, data);
      const std::size_t size = refused ? modbus::encode_exception(message->pdu[0], *refused, pdu)
                                       : modbus::encode_response(request, data, pdu);
      modbus::put_rtu(message->unit, std::span<const std::uint8_t>(pdu).first(size), out);
      EXPECT_EQ(write(fd, out.data(), out.size()), static_cast<ssize_t>(out.size()));
    }
  }
}

void read_over_serial(std::vector<std::uint8_t> noise) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  ModbusBenchOfOne one;
  one.config.transport = ModbusTransport::rtu;
  one.config.serial_path = ptsname(master);
  one.config.serial.parity = net::Parity::none;
  one.bank.holding[107] = 555;
  one.bank.holding[2000] = 777;
  const auto low = one.add("hr:107", "uint16"), high = one.add("hr:2000", "uint16");
  std::atomic<bool> stop{false};
  std::thread device([&] { be_a_device(master, one.bank, stop, noise); });
  net::Loop loop;
  auto driver = make_modbus_driver(one.config, one.tags);
  Kept kept(one.tags);
  auto everything = [&]() -> net::Task<> {
    net::Group group(loop);
    group.spawn(driver->run(kept));
    EXPECT_TRUE(co_await until([&] {
      return kept.history[low].size() >= 3 && kept.history[high].size() >= 3;
    })) << driver->status().last_problem();
    Setting setting;
    setting.tag = high;
    setting.bits = 4711;
    EXPECT_EQ(co_await driver->write(setting), "");
    group.cancel();
    co_await group.join();
  };
  loop.run(everything());
  stop = true;
  device.join();
  close(master);
  EXPECT_EQ(kept.history[low][0].bits, 555u);
  EXPECT_EQ(kept.history[high][0].bits, 777u);
  EXPECT_EQ(one.bank.holding[2000], 4711);
}

}  // namespace

TEST(ModbusSerial, PollsAndWritesOverAPseudoTerminal) {
  read_over_serial({});
}

TEST(ModbusSerial, FindsTheAnswersBehindNoise) {
  read_over_serial({0x00, 0xFF, 0x17});
}
