// Counts this process's allocations by standing in front of glibc's, so that `model bench` can tell that runs
// make none.
#include <atomic>
#include <cstddef>

#include "app/cli/model_files.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define BONDLINE_COUNTS_ALLOCATIONS 1
#endif

#ifdef BONDLINE_COUNTS_ALLOCATIONS
namespace {
std::atomic<long long> count{0};
}
extern "C" {
// glibc's own names of its functions; they call no counted one.
void* __libc_malloc(std::size_t);                 // NOLINT
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT
void* __libc_realloc(void*, std::size_t);         // NOLINT
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT
void* malloc(std::size_t n) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t n) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(p, n);
}
void* aligned_alloc(std::size_t align, std::size_t n) {
  count.fetch_add(1, std::memory_order_relaxed);
  return __libc_memalign(align, n);
}
}
#endif

namespace bondline::app {

long long allocations_so_far() {
#ifdef BONDLINE_COUNTS_ALLOCATIONS
  return count.load(std::memory_order_relaxed);
#else
  return -1;
#endif
}

}  // namespace bondline::app
