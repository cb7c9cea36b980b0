// Runs of channels copied from pixel to pixel: a call to memcpy costs more than the few bytes it would move.
#pragma once
#include <cstring>

namespace bondline::inference::kernels {

inline void copy_bytes(long n, const unsigned char* from, unsigned char* to) {
  if (n >= 64) {
    std::memcpy(to, from, static_cast<std::size_t>(n));
  } else if (n >= 16) {
    for (long i = 0; i + 16 < n; i += 16) std::memcpy(to + i, from + i, 16);
    std::memcpy(to + n - 16, from + n - 16, 16);
  } else if (n >= 4) {
    for (long i = 0; i + 4 < n; i += 4) std::memcpy(to + i, from + i, 4);
    std::memcpy(to + n - 4, from + n - 4, 4);
  } else {
    for (long i = 0; i < n; ++i) to[i] = from[i];
  }
}

/// `pixels` times n bytes, which must not overlap.
inline void copy_pixels(long pixels, long n, const unsigned char* from, long from_step, unsigned char* to,
                        long to_step) {
  if (n == 16)
    for (long i = 0; i < pixels; ++i) std::memcpy(to + i * to_step, from + i * from_step, 16);
  else
    for (long i = 0; i < pixels; ++i) copy_bytes(n, from + i * from_step, to + i * to_step);
}

}  // namespace bondline::inference::kernels
