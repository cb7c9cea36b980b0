// Flushes denormal floats to zero while it lives, on the thread that made it.
#pragma once

namespace bondline::numerics {

#if defined(__x86_64__)
class FlushToZero {
 public:
  FlushToZero() : saved_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(saved_ | kFlushAndZero); }
  ~FlushToZero() { __builtin_ia32_ldmxcsr(saved_); }
  FlushToZero(const FlushToZero&) = delete;
  FlushToZero& operator=(const FlushToZero&) = delete;

 private:
  static constexpr unsigned kFlushAndZero = 0x8040;  // FTZ and DAZ of MXCSR (Intel SDM vol. 1, 10.2.3)
  unsigned saved_;
};
#else
class FlushToZero {
 public:
  FlushToZero() {}
  ~FlushToZero() {}
};
#endif

}  // namespace bondline::numerics
