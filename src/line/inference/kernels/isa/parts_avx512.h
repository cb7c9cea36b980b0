// The parts of the AVX-512 VNNI table that have files of their own.
#pragma once
#define BONDLINE_SET avx512
#include "line/inference/kernels/isa/parts.h"

namespace bondline::inference::kernels {

void conv_i8_avx512(const ConvTile& tile);
void depthwise_i8_avx512(const DepthwiseRow* runs, long count);
double peak_i8_avx512(long repeats);

}  // namespace bondline::inference::kernels
