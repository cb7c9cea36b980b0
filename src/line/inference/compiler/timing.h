// How long kernels take on this machine: what --tune chooses by. Values do not change their time, so memory
// of the right size is all that is needed.
#pragma once
#include <cstddef>
#include <vector>

#include "line/inference/kernels/kernels.h"

namespace bondline::inference::lowering {

/// Memory at a multiple of 64, zero.
class Block {
 public:
  explicit Block(std::size_t bytes) : memory_(bytes + 64) {}
  std::byte* data() {
    const auto at = reinterpret_cast<std::uintptr_t>(memory_.data());
    return memory_.data() + ((64 - at % 64) % 64);
  }

 private:
  std::vector<std::byte> memory_;
};

/// Seconds of one run on one thread: the least of several within some milliseconds. Needs a machine that has
/// the description's instruction set.
double time_of(const kernels::ConvInt8& conv);
double time_of(const kernels::ConvF32& conv);
double time_of(const kernels::Convert& convert);

/// Whether an integer convolution from u8 to u8 would be done sooner by dequantising its input, convolving in
/// float32 and quantising the result. Planes of `shape` give sizes; strides are taken dense.
bool float_is_faster(kernels::ConvShape shape, kernels::Isa isa);

}  // namespace bondline::inference::lowering
