// Stands in front of malloc and its kin, of locks, and asks the kernel for page faults: a stream's runs do
// none of the three. Counting is per process, so helper threads are counted as well.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <atomic>

#include "base/parallel.h"
#include "compiled.h"
#include "networks.h"

namespace {
std::atomic<long long> allocations{0}, locks{0};
}  // namespace

extern "C" {
// glibc's own names of its functions; they call no counted one.
void* __libc_malloc(std::size_t);                 // NOLINT
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT
void* __libc_realloc(void*, std::size_t);         // NOLINT
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT
void __libc_free(void*);                          // NOLINT
void* malloc(std::size_t n) {
  ++allocations;
  return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) {
  ++allocations;
  return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t n) {
  ++allocations;
  return __libc_realloc(p, n);
}
void* aligned_alloc(std::size_t align, std::size_t n) {
  ++allocations;
  return __libc_memalign(align, n);
}
void free(void* p) {
  if (p != nullptr) ++allocations;
  __libc_free(p);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto real =
      reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));  // NOLINT
  ++locks;
  return real(mutex);
}
}

namespace bondline::inference::testing {
namespace {

struct Counts {
  long long allocations, locks;
  long faults;
};
Counts counts() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {::allocations.load(), ::locks.load(), usage.ru_minflt + usage.ru_majflt};
}

void expect_steady(const Graph& graph, int threads) {
  const auto model = model_of(graph);
  ASSERT_NE(model, nullptr);
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {threads}, diagnostics);
  ASSERT_NE(stream, nullptr);
  std::vector<std::vector<std::byte>> memory;
  std::vector<const void*> in;
  std::vector<void*> out;
  memory.reserve(16);
  for (const Port& port : model->inputs())
    in.push_back(memory.emplace_back(port.bytes(), std::byte{1}).data());
  for (const Port& port : model->outputs())
    out.push_back(memory.emplace_back(port.bytes(), std::byte{1}).data());
  // The caller's buffers and the program's own pages (code, stacks) are touched by the first runs.
  for (int i = 0; i < 20; ++i) stream->run(in, out);
  const auto far = Stream::Clock::now() + std::chrono::hours(1);
  const Counts before = counts();
  for (int i = 0; i < 200; ++i) stream->run(in, out, far);
  const Counts after = counts();
  EXPECT_EQ(after.allocations - before.allocations, 0);
  EXPECT_EQ(after.locks - before.locks, 0);
  EXPECT_EQ(after.faults - before.faults, 0);
}

TEST(SteadyState, TheCountersCount) {
  const Counts before = counts();
  std::vector<std::byte> some(std::size_t{64} << 20, std::byte{1});
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  const Counts after = counts();
  EXPECT_GT(after.allocations, before.allocations);
  EXPECT_GT(after.locks, before.locks);
  EXPECT_GT(after.faults, before.faults);
  EXPECT_EQ(some.back(), std::byte{1});
}

TEST(SteadyState, RunsAllocateNothingTakeNoLockAndFaultNoPage) {
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    expect_steady(quantised_network(seed, {}).graph, 1);
    expect_steady(float_network(seed).graph, 1);
  }
  expect_steady(detection_head(1, true).graph, 1);
}

TEST(SteadyState, NorDoHelpers) {
  if (base::usable_cores() < 2) GTEST_SKIP() << "one core only";
  expect_steady(quantised_network(1, {}).graph, 2);
  expect_steady(float_network(3).graph, 2);
}

}  // namespace
}  // namespace bondline::inference::testing
