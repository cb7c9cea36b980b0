#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/parallel.h"
#include "compiled.h"
#include "line/inference/artefact/artefact.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

/// Dense buffers for one run.
struct Buffers {
  explicit Buffers(const Model& model) {
    for (const Port& port : model.inputs()) in.push_back(memory.emplace_back(port.bytes()).data());
    for (const Port& port : model.outputs()) out.push_back(memory.emplace_back(port.bytes()).data());
  }
  std::vector<std::vector<std::byte>> memory = [] {
    std::vector<std::vector<std::byte>> m;
    m.reserve(16);
    return m;
  }();
  std::vector<const void*> in;
  std::vector<void*> out;
};

TEST(Stream, StreamsOnThreadsOfTheirOwnShareAModel) {
  const Network net = quantised_network(6, {});
  const auto model = model_of(net.graph);
  ASSERT_NE(model, nullptr);
  const auto wanted = run(model, net.inputs);
  std::vector<int> right(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < right.size(); ++i) {
    threads.emplace_back([&, i] {
      base::Diagnostics diagnostics;
      const auto stream =
          Stream::make(model, {1 + static_cast<int>(i) % std::min(2, base::usable_cores())}, diagnostics);
      for (int n = 0; n < 40 && stream != nullptr; ++n)
        right[i] += same_bits(run(*stream, net.inputs), wanted) ? 1 : 0;
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(right, (std::vector<int>{40, 40, 40, 40}));
}

TEST(Stream, AnArenaThisMachineHasNoMemoryForIsRefusedNotTouched) {
  std::uint64_t kilobytes = 0;
  std::ifstream info("/proc/meminfo");
  for (std::string key; info >> key && key != "MemTotal:";) std::getline(info, key);
  info >> kilobytes;
  if (kilobytes == 0 || 2 * 1024 * kilobytes > kMostArenaBytes)
    GTEST_SKIP() << "needs a machine of at most 32 GiB";
  base::Diagnostics diagnostics;
  CompileOptions options;
  options.isa = kernels::best_isa();
  auto made = compile(float_network(5).graph, options, diagnostics);
  ASSERT_TRUE(made);
  made->plan.arena_bytes = kMostArenaBytes;
  const auto model = load(write_artefact(made->plan, made->weights));
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(Stream::make(model, {}, diagnostics), nullptr);
  ASSERT_TRUE(diagnostics.has_errors());
  EXPECT_NE(base::to_text(diagnostics.all().back()).find("no memory"), std::string::npos);
}

TEST(Stream, HelpersChangeNoBitHoweverTheyAreScheduled) {
  // More busy threads than cores: helpers are late, left out, taken in again.
  const Network net = detection_head(2, true);
  const auto model = model_of(net.graph);
  ASSERT_NE(model, nullptr);
  const auto wanted = run(model, net.inputs);
  std::atomic<bool> stop{false};
  std::vector<std::thread> hogs;
  for (int i = 0; i < base::usable_cores(); ++i) {
    hogs.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  }
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {base::usable_cores()}, diagnostics);
  ASSERT_NE(stream, nullptr);
  int right = 0;
  for (int n = 0; n < 100; ++n) right += same_bits(run(*stream, net.inputs), wanted) ? 1 : 0;
  stop = true;
  for (auto& t : hogs) t.join();
  EXPECT_EQ(right, 100);
  EXPECT_EQ(stream->counters().runs, 100u);
}

TEST(Stream, AStreamThatSleptWakesItsHelpers) {
  const Network net = quantised_network(6, {});
  const auto model = model_of(net.graph);
  const auto wanted = run(model, net.inputs);
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {std::min(2, base::usable_cores())}, diagnostics);
  ASSERT_NE(stream, nullptr);
  for (int n = 0; n < 5; ++n) {
    EXPECT_TRUE(same_bits(run(*stream, net.inputs), wanted));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // helpers spin for less than that
  }
}

TEST(Stream, KeepsItsModelAlive) {
  const Network net = float_network(2);
  auto model = model_of(net.graph);
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  const auto wanted = run(model, net.inputs);
  model.reset();
  EXPECT_TRUE(same_bits(run(*stream, net.inputs), wanted));
}

TEST(Stream, DeadlinesDropWhatCouldOnlyStartLateAndCountWhatEndsLate) {
  const Network net = quantised_network(6, {});
  const auto model = model_of(net.graph);
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  Buffers b(*model);
  const auto now = Stream::Clock::now();
  EXPECT_EQ(stream->run(b.in, b.out, now - std::chrono::seconds(1)), RunStatus::dropped);
  EXPECT_EQ(stream->counters().dropped, 1u);
  EXPECT_EQ(stream->counters().runs, 0u);
  EXPECT_EQ(stream->run(b.in, b.out, now + std::chrono::hours(1)), RunStatus::done);
  // A deadline a nanosecond away passes before the run or within it, whatever the machine.
  const RunStatus status = stream->run(b.in, b.out, Stream::Clock::now() + std::chrono::nanoseconds(1));
  EXPECT_TRUE(status == RunStatus::late || status == RunStatus::dropped);
  EXPECT_EQ(stream->counters().late + stream->counters().dropped, 2u);
}

TEST(Stream, MoreThreadsThanCoresAreRefused) {
  const auto model = model_of(float_network(2).graph);
  for (const int threads : {0, -1, base::usable_cores() + 1, 1 << 30}) {
    base::Diagnostics diagnostics;
    EXPECT_EQ(Stream::make(model, {threads}, diagnostics), nullptr);
    ASSERT_TRUE(diagnostics.has_errors());
    EXPECT_NE(base::to_text(diagnostics.all().at(0)).find("cores"), std::string::npos);
  }
}

TEST(Stream, DataThatBreaksAnOperatorFailTheRunAndNameTheNode) {
  GraphBuilder make(1);
  const ValueId x = make.input({4, 6}), at = make.input({2}, DType::i64);
  const auto model = model_of(make.finish({make.node("Gather", {x, at}, {{"axis", std::int64_t{1}}})}));
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  ASSERT_NE(stream, nullptr);
  const auto indices = [](std::int64_t a, std::int64_t b) {
    const std::int64_t both[] = {a, b};
    return Tensor::make(DType::i64, {2}, both, 2);
  };
  const Tensor values = random_tensor({4, 6}, 1);
  std::string why;
  EXPECT_TRUE(run(*stream, std::vector<Tensor>{values, indices(1, -7)}, &why).empty());
  EXPECT_NE(why.find("Gather_0"), std::string::npos) << why;
  EXPECT_NE(why.find("-7"), std::string::npos) << why;
  EXPECT_EQ(run(*stream, std::vector<Tensor>{values, indices(1, -6)}, &why).size(), 1u);
}

TEST(Stream, AnotherNumberOfBuffersFailsTheRunOnly) {
  const Network net = float_network(2);
  const auto model = model_of(net.graph);
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  Buffers b(*model);
  EXPECT_EQ(stream->run({}, b.out), RunStatus::failed);
  EXPECT_NE(stream->problem(), "");
  EXPECT_EQ(stream->run(b.in, b.out), RunStatus::done);
  EXPECT_EQ(stream->problem(), "");
  EXPECT_EQ(stream->counters().failed, 1u);
}

TEST(Stream, DataThatBreaksAnOperatorFailsTheRunWithItsReason) {
  GraphBuilder make(1);
  const ValueId x = make.input({4});
  const ValueId index = make.input({1}, DType::i64);
  const Graph graph = make.finish({make.node("Gather", {x, index})});
  const auto model = model_of(graph);
  ASSERT_NE(model, nullptr);
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  const auto with = [&](std::int64_t i) {
    std::vector<Tensor> in = {random_tensor({4}, 1), Tensor::make(DType::i64, {1}, &i, 1)};
    std::string why;
    return run(*stream, in, &why).empty() ? why : "fine";
  };
  EXPECT_EQ(with(3), "fine");
  EXPECT_NE(with(4), "fine");
  EXPECT_NE(with(4), "");
  EXPECT_EQ(with(-4), "fine");
}

TEST(Stream, TimedRunsAccountForEveryStep) {
  const Network net = quantised_network(6, {});
  const auto model = model_of(net.graph);
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  Buffers b(*model);
  std::vector<std::uint64_t> ns(model->plan().steps.size(), ~0ull);
  EXPECT_EQ(stream->run_timed(b.in, b.out, ns), RunStatus::done);
  for (const auto t : ns) EXPECT_LT(t, 60'000'000'000u);
}

}  // namespace
}  // namespace bondline::inference::testing
