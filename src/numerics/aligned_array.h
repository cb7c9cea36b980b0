// A plain array for large numeric fields: aligned, not initialised, on huge pages where the system grants
// them.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace bondline::numerics {

/// Owns `size` values with `kGuard` zero values readable before and after them.
template <class T>
class AlignedArray {
 public:
  static constexpr std::size_t kGuard = 64;

  AlignedArray() = default;
  explicit AlignedArray(std::size_t size) : size_(size) {
    constexpr std::size_t kHuge = std::size_t(2) << 20;
    const std::size_t needed = (size + 2 * kGuard) * sizeof(T);
    const std::size_t alignment = needed >= 2 * kHuge ? kHuge : 64;
    const std::size_t allocated = (needed + alignment - 1) / alignment * alignment;
    void* p = std::aligned_alloc(alignment, allocated);
    if (!p) throw std::bad_alloc();
#if defined(__linux__)
    if (alignment == kHuge) madvise(p, allocated, MADV_HUGEPAGE);  // a hint: refusal is no error
#endif
    block_.reset(static_cast<T*>(p));
    std::memset(block_.get(), 0, kGuard * sizeof(T));
    std::memset(block_.get() + kGuard + size, 0, kGuard * sizeof(T));
  }
  void zero() { std::memset(data(), 0, size_ * sizeof(T)); }

  T* data() { return block_.get() + kGuard; }
  const T* data() const { return block_.get() + kGuard; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return block_ ? (size_ + 2 * kGuard) * sizeof(T) : 0; }
  bool empty() const { return size_ == 0; }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::size_t size_ = 0;
  std::unique_ptr<T, Free> block_;
};

}  // namespace bondline::numerics
