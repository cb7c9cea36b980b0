// The two ends of an end-to-end measurement, for any gateway between them: Modbus machines that put the time
// into every block of 125 registers, and an MQTT subscriber that takes it out again.
//   bench_plant BROKER_PORT TOPIC FORMAT
// FORMAT is what arrives: bondline (JSON or CBOR of docs/formats/payload.md, stamps in tags whose names end
// with "stamp"), array (one JSON array per block), single (one number per message, stamps under topics that
// end with "stamp"). Says `port N`; then obeys lines on its standard input: `mark` starts counting, `tell`
// prints one JSON object of what came since, end of input ends it.
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

#include "line/gateway/drivers/modbus/modbus_server.h"
#include "line/gateway/mqtt/session.h"
#include "line/gateway/store/latency.h"
#include "net/tcp.h"

namespace {

using namespace bondline;
using Clock = std::chrono::steady_clock;

constexpr unsigned kBlock = 125;
const Clock::time_point kBegan = Clock::now();

/// Microseconds since the start: one clock for both ends. 71 minutes fit.
std::uint32_t now_us() {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - kBegan).count());
}

double cpu_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

class Machines {
 public:
  Machines() {
    std::error_code error;
    bank_.before_read = [this](modbus::Table, std::uint16_t address, std::uint16_t count) {
      ++reads;
      const unsigned end = unsigned{address} + count;
      for (unsigned i = address; i < end; ++i) {
        noise_ = noise_ * 1664525u + 1013904223u;  // Numerical Recipes' linear congruential generator
        bank_.holding[i] = static_cast<std::uint16_t>(2000 + i % 100 + (noise_ >> 28));
      }
      const std::uint32_t now = now_us();
      for (unsigned block = (address + kBlock - 1) / kBlock * kBlock; block + 1 < end; block += kBlock) {
        bank_.holding[block] = static_cast<std::uint16_t>(now >> 16);
        bank_.holding[block + 1] = static_cast<std::uint16_t>(now);
      }
    };
    listener_ = net::Listener::open(loop_, "127.0.0.1", 0, &error);
    port = listener_->port();
    thread_ = std::thread([this] { loop_.run(serve()); });
  }
  ~Machines() {
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  std::uint16_t port = 0;
  std::atomic<std::uint64_t> reads{0};

 private:
  net::Task<> serve() {
    net::Group group(loop_);
    group.spawn(gateway::serve_modbus_tcp(
        *listener_, gateway::ModbusTransport::tcp, [this](std::uint8_t) { return &bank_; }, faults_));
    co_await stop_.wait();
    group.cancel();
    co_await group.join();
  }
  net::Loop loop_;
  net::Signal stop_;
  gateway::ModbusBank bank_;
  gateway::ModbusFaults faults_;
  std::uint32_t noise_ = 1;
  std::unique_ptr<net::Listener> listener_;
  std::thread thread_;
};

class Subscriber {
 public:
  Subscriber(std::uint16_t broker, std::string topic, std::string format)
      : broker_(broker), topic_(std::move(topic)), format_(std::move(format)) {
    thread_ = std::thread([this] { loop_.run(listen()); });
  }
  ~Subscriber() {
    loop_.post([this] { stop_.notify(); });
    thread_.join();
  }
  struct Seen {
    std::uint64_t samples = 0, messages = 0, bytes = 0;
    store::Latency latency;
  };
  Seen take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
  }

 private:
  net::Task<> listen() {
    net::Group group(loop_);
    group.spawn(talk());
    co_await stop_.wait();
    group.cancel();
    co_await group.join();
  }
  net::Task<> talk() {
    net::Opened opened = co_await net::connect_tcp("127.0.0.1", broker_);
    if (!opened.stream) co_return;
    mqtt::SessionOptions options;
    options.client_id = "bench-subscriber";
    options.clean_start = true;
    options.session_expiry_s = 0;
    options.keep_alive_s = 0;
    mqtt::Session session(options);
    session.on_ready = [&](bool) { session.subscribe({{topic_, 0}}); };
    session.on_message = [&](const mqtt::Packet& packet) {
      took_in(packet.topic, {reinterpret_cast<const char*>(packet.payload.data()), packet.payload.size()});
    };
    session.connected();
    std::vector<std::uint8_t> bytes(1u << 20), out;
    for (;;) {
      if (!session.out().empty()) {
        out.clear();
        out.swap(session.out());
        const net::Moved sent = co_await opened.stream->write(std::span<const std::uint8_t>(out));
        if (sent.error) co_return;
      }
      const net::Moved moved = co_await opened.stream->read_some(std::span(bytes));
      if (moved.error) co_return;
      const std::string problem = session.feed(std::span<const std::uint8_t>(bytes).first(moved.bytes));
      if (!problem.empty()) {
        std::fprintf(stderr, "subscriber: %s\n", problem.c_str());
        co_return;
      }
    }
  }

  static std::uint64_t cbor_whole(std::string_view at) {
    const auto byte = [&](std::size_t i) { return i < at.size() ? static_cast<unsigned char>(at[i]) : 0u; };
    const unsigned head = byte(0);
    if (head < 24) return head;
    const std::size_t bytes = head == 24 ? 1 : head == 25 ? 2 : head == 26 ? 4 : head == 27 ? 8 : 0;
    std::uint64_t value = 0;
    for (std::size_t i = 1; i <= bytes; ++i) value = value << 8 | byte(i);
    return value;
  }
  static std::uint64_t decimal(std::string_view at) {
    std::uint64_t value = 0;
    std::from_chars(at.data(), at.data() + at.size(), value);
    return value;
  }

  void took_in(std::string_view topic, std::string_view payload) {
    const std::uint32_t now = now_us();
    const std::lock_guard lock(mutex_);
    const auto stamped = [&](std::uint64_t stamp) {
      seen_.latency.add(1e-6 * static_cast<double>(now - static_cast<std::uint32_t>(stamp)));
    };
    ++seen_.messages;
    seen_.bytes += payload.size();
    if (format_ == "single") {
      ++seen_.samples;
      if (topic.ends_with("stamp")) stamped(decimal(payload));
      return;
    }
    if (format_ == "array") {
      seen_.samples += 1 + static_cast<std::uint64_t>(std::count(payload.begin(), payload.end(), ','));
      const std::uint64_t high = decimal(payload.substr(1));
      stamped(high << 16 | decimal(payload.substr(payload.find(',') + 1)));
      return;
    }
    if (payload.empty()) return;
    const bool json = payload[0] == '{';
    const std::string_view count = json ? std::string_view("\"n\":") : std::string_view("\x61n");
    const std::size_t n = payload.find(count);
    if (n == std::string_view::npos) return;
    seen_.samples +=
        json ? decimal(payload.substr(n + count.size())) : cbor_whole(payload.substr(n + count.size()));
    constexpr std::string_view kStamp = "stamp";
    for (std::size_t at = payload.find(kStamp, n); at != std::string_view::npos;
         at = payload.find(kStamp, at)) {
      at += kStamp.size();
      stamped(json ? decimal(payload.substr(at + 2)) : cbor_whole(payload.substr(at)));
    }
  }

  std::uint16_t broker_;
  std::string topic_, format_;
  net::Loop loop_;
  net::Signal stop_;
  std::thread thread_;
  std::mutex mutex_;
  Seen seen_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "bench_plant BROKER_PORT TOPIC bondline|array|single\n");
    return 2;
  }
  Machines machines;
  Subscriber subscriber(static_cast<std::uint16_t>(std::stoi(argv[1])), argv[2], argv[3]);
  std::printf("port %d\n", machines.port);
  std::fflush(stdout);
  auto began = Clock::now();
  double cpu = 0;
  std::uint64_t reads = 0;
  for (std::string word; std::cin >> word;) {
    const Subscriber::Seen seen = subscriber.take();
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    if (word == "tell") {
      std::printf(
          "{\"seconds\": %.3f, \"samples_per_s\": %.0f, \"messages_per_s\": %.0f, \"megabytes_per_s\": %.2f, "
          "\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f, \"reads_per_s\": %.0f, \"own_cores\": "
          "%.2f}\n",
          seconds, static_cast<double>(seen.samples) / seconds, static_cast<double>(seen.messages) / seconds,
          1e-6 * static_cast<double>(seen.bytes) / seconds, 1e3 * seen.latency.quantile(0.5),
          1e3 * seen.latency.quantile(0.99), 1e3 * seen.latency.largest(),
          static_cast<double>(machines.reads - reads) / seconds,
          (cpu_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) / seconds);
      std::fflush(stdout);
    }
    began = Clock::now();
    cpu = cpu_of(CLOCK_PROCESS_CPUTIME_ID);
    reads = machines.reads;
  }
}
