// The parts of the AVX-512 VNNI table that have files of their own.
#pragma once
#define BONDLINE_SET avx512
#include "line/inference/kernels/isa/parts.h"

namespace bondline::inference::kernels {

void conv_i8_avx512(const ConvTile& tile);
/// Take one block of a tile, its channels from `column` on, to the output: what the tile's registers do not
/// do themselves. sums: [rows of the tile][16 or 32] int32 at a multiple of 64 bytes; bytes: the same,
/// requantised and clamped, with table, residual and stores that end inside a vector to come.
void finish_sums_of_one_avx512(const ConvTile& tile, long column, const int* sums);
void finish_sums_of_two_avx512(const ConvTile& tile, long column, const int* sums);
void finish_bytes_of_one_avx512(const ConvTile& tile, long column, const unsigned char* bytes);
void finish_bytes_of_two_avx512(const ConvTile& tile, long column, const unsigned char* bytes);
void depthwise_i8_avx512(const DepthwiseRow* runs, long count);
double peak_i8_avx512(long repeats);

}  // namespace bondline::inference::kernels
