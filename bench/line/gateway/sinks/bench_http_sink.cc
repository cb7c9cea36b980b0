// What the HTTP sink takes out of a log: samples a second posted over loopback to our server, which answers
// 204 when it has the batch. The log lies in memory: its own speed is bench_store's business.
//   bench_http_sink [samples in millions] [samples a batch]
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <thread>

#include "line/gateway/engine/engine.h"
#include "line/gateway/sinks/http_sink.h"
#include "net/http/server.h"

using namespace bondline;
using namespace bondline::gateway;

namespace {

double process_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

double thread_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
  const double millions = argc > 1 ? std::atof(argv[1]) : 4;
  const std::size_t batch_samples = argc > 2 ? static_cast<std::size_t>(std::atol(argv[2])) : 5000;
  constexpr tags::TagId kTags = 1000;
  store::Dictionary dictionary;
  for (tags::TagId i = 0; i < kTags; ++i)
    dictionary.push_back({fmt::format("machine{}.zone{}", i / 100, i % 100), "", tags::ValueType::f64});

  for (const PayloadFormat payload : {PayloadFormat::json, PayloadFormat::cbor}) {
    base::MemoryFiles files;
    base::Diagnostics problems;
    store::LogOptions options;
    options.folder = "log";
    options.waiting_bytes = 1u << 30;
    const auto log = store::Log::open(files, options, dictionary, problems);
    const auto rounds = static_cast<std::uint64_t>(millions * 1e6 / kTags);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      tags::Batch batch;
      batch.begin(times_now());
      for (tags::TagId i = 0; i < kTags; ++i)
        batch.add(i, tags::bits_of(200.0 + 0.01 * static_cast<double>((round * 7 + i * 13) % 1000)));
      log->append(batch);
    }
    log->commit();

    net::Loop loop;
    net::Signal stop;
    std::error_code error;
    std::uint64_t bytes = 0, requests = 0;
    net::http::ServerOptions server_options;
    server_options.limits.body = 16u << 20;
    net::http::Server server(
        net::Listener::open(loop, "127.0.0.1", 0, &error),
        [&](net::http::Exchange& exchange) -> net::Task<> {
          bytes += exchange.request().body.size();
          ++requests;
          net::http::Response taken;
          taken.status = 204;
          co_await exchange.respond(taken);
        },
        server_options);
    double served = 0;
    std::thread thread([&] {
      auto main = [&]() -> net::Task<> {
        net::Group group(loop);
        group.spawn(server.run());
        co_await stop.wait();
        group.cancel();
        co_await group.join();
      };
      loop.run(main());
      served = thread_seconds();
    });
    Engine engine(*log, nullptr, EngineOptions());
    HttpSinkConfig config;
    config.name = "plant";
    config.line = "bench";
    config.url.host = "127.0.0.1";
    config.url.port = server.port();
    config.payload = payload;
    config.most_samples = batch_samples;
    engine.add(make_http_sink(config));
    const double cpu = process_seconds();
    const auto begun = net::Clock::now();
    engine.start();
    while (engine.counters().pending.at("plant") > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const double seconds = std::chrono::duration<double>(net::Clock::now() - begun).count();
    engine.stop();
    loop.post([&] { stop.notify(); });
    thread.join();
    const double samples = static_cast<double>(rounds) * kTags;
    fmt::print(
        "{}: {:.2f} M samples/s acknowledged, {:.1f} bytes a sample, {} posts; {:.2f} us of the sink's "
        "processor time a sample\n",
        payload == PayloadFormat::json ? "json" : "cbor", 1e-6 * samples / seconds,
        static_cast<double>(bytes) / samples, requests, 1e6 * (process_seconds() - cpu - served) / samples);
  }
  return 0;
}
