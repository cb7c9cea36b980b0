// Random convolutions and their results by definition.
#pragma once
#include <string>
#include <vector>

#include "guarded.h"
#include "line/inference/kernels/kernels.h"

namespace kernel_checks {

using namespace bondline::inference::kernels;

/// A view with random gaps between pixels, rows and images.
Plane random_view(Random& random, int n, int h, int w, int c, bool gaps);
ConvShape random_shape(Random& random, bool depthwise);
std::string text_of(const ConvShape& shape);

struct Int8Case {
  ConvInt8 conv;
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;
  std::vector<float> multiplier;
  std::uint8_t table[256];
};
Int8Case random_int8(Random& random, Isa isa, bool depthwise);

/// One output element, by definition.
std::uint8_t reference_u8(const Int8Case& c, const std::uint8_t* in, const std::uint8_t* residual, int n,
                          int y, int x, int o);
float reference_scaled(const Int8Case& c, const std::uint8_t* in, int n, int y, int x, int o);

/// Runs a description over all its work items, forwards or in random pieces.
void run_all(Random& random, const ConvInt8& conv, const ConvBuffers& buffers);
void run_all(Random& random, const ConvF32& conv, const ConvBuffers& buffers);

inline std::int64_t at(const Plane& p, int n, int y, int x, int c) {
  return n * p.image + y * p.row + x * p.pixel + c;
}

inline bool same_places(const Plane& a, const Plane& b) {
  return a.pixel == b.pixel && a.row == b.row && a.image == b.image;
}
/// Copies the elements of a plane and leaves what lies between them.
template <class T>
void copy_elements(const Plane& p, const Guarded<T>& from, Guarded<T>& to) {
  for (int n = 0; n < p.n; ++n)
    for (int y = 0; y < p.h; ++y)
      for (int x = 0; x < p.w; ++x)
        for (int c = 0; c < p.c; ++c) to[at(p, n, y, x, c)] = from[at(p, n, y, x, c)];
}

}  // namespace kernel_checks
