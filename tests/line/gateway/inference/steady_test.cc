// Once it runs, a stage of models allocates nothing, on whatever thread.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "line/gateway/inference/model_stage.h"
#include "weighted.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}
// The replaced pair is malloc and free; the compiler can't see that they belong together.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  ++allocations;
  void* const at = std::malloc(size == 0 ? 1 : size);
  if (!at) throw std::bad_alloc();
  return at;
}
void operator delete(void* at) noexcept {
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept {
  std::free(at);
}
#pragma GCC diagnostic pop

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

TEST(ModelStage, AllocatesNothingOnceItRuns) {
  auto tags = std::make_shared<tags::TagTable>();
  for (const char* name : {"m.a", "m.b", "models.w.sum", "models.w.mean"}) {
    tags::Tag tag;
    tag.name = name;
    tags->add(tag);
  }
  ModelSpec spec;
  spec.name = "w";
  spec.model = inference::testing::model_of(weighted_model(8, 2));
  spec.inputs = {{{0, 1}, 8, true, {0, 0}, {1, 1}}};
  spec.outputs = {{{2}}, {{3}}};
  spec.step = 10ms;
  spec.every = 10ms;
  base::Diagnostics problems;
  const auto stage = ModelStage::make({spec}, tags, nullptr, problems);
  ASSERT_TRUE(stage);
  tags::Batch in, out;
  std::uint64_t made = 0;
  const auto round = [&](std::int64_t i) {
    in.clear();
    out.clear();
    in.begin({i, i, i * 10'000'000});
    in.add(0, tags::bits_of(1.0 * static_cast<double>(i)));
    in.add(1, tags::bits_of(2.0));
    made += stage->process(in, out).made;
  };
  for (int i = 1; i < 200; ++i) {
    round(i);
    std::this_thread::sleep_for(100us);
  }
  const std::uint64_t before = allocations, made_before = made;
  for (int i = 200; i < 1000; ++i) {
    round(i);
    if (i % 10 == 0) std::this_thread::sleep_for(200us);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(made, made_before);
}
