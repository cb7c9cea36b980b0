// Once every tag has been seen, samples cost no allocation. This program counts what operator new is asked.
#include <atomic>
#include <cstdlib>
#include <new>

#include "bench.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// The replaced pair is malloc and free; the compiler can't see that they belong together.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#pragma GCC diagnostic pop

using namespace bondline;
using namespace bondline::pipeline;
using bondline::pipeline::testing::Bench;
using namespace std::chrono_literals;

TEST(SteadyState, NoSampleCostsAnAllocation) {
  Bench b;
  std::vector<tags::TagId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(b.tag("a.x" + std::to_string(i)));
  const auto text = b.tag("a.text", tags::ValueType::text);
  for (const auto id : ids) b.options.push_back({id, 0.5, 10s, 2, 2s});
  b.options.push_back({text, 0.0});
  b.rule("rules.sum", "a.x0 + max(a.x1, a.x2) - rate(a.x3)");
  b.rule("rules.text", "if a.x0 > 5 then a.text else 'a text that is longer than any small string may be'");
  b.rule("rules.mean", "percentile(a.x5, 90)", true).window = 2s;
  Rule& alarm = b.alarm("rules.hot", "a.x7 > 5 and a.text != 'x'");
  alarm.on_delay = 300ms;
  b.start();
  std::uint64_t before = 0;
  const auto round = [&](int r) {
    b.now_ms += 50;
    b.in.clear();
    b.in.begin(b.times());
    for (const auto id : ids)
      b.in.add(id, tags::bits_of(static_cast<double>((r * 7 + static_cast<int>(id)) % 11)));
    b.in.add_text(text, r % 2 ? "a state whose name is longer than sixteen bytes"
                              : "another state of the same sort, as long");
    before = allocations;
    b.out.clear();
    b.pipeline->process(b.in, b.out);
    std::uint64_t made = b.out.size();
    if (r % 2) {
      b.out.clear();
      b.pipeline->tick(b.times(), b.out);
      made += b.out.size();
    }
    EXPECT_GT(made, 0u);
    return allocations - before;
  };
  for (int r = 0; r < 400; ++r) round(r);
  std::uint64_t during = 0;
  for (int r = 400; r < 2400; ++r) during += round(r);
  EXPECT_EQ(during, 0u);
  // The counter counts: a pipeline of its own takes memory.
  before = allocations;
  Pipeline other(b.tags, {}, {}, {});
  EXPECT_GT(allocations, before);
}
