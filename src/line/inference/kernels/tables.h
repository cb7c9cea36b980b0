// What an instruction set brings: the inner kernels, as one table of functions per set. The drivers (conv.cc,
// small.cc ...) are ordinary code and know no instruction set; they walk tiles, rows and pixels and call
// these.
//
// No standard header with code here, see descriptions.h.
#pragma once
#include "line/inference/kernels/descriptions.h"

namespace bondline::inference::kernels {

/// A tile of a convolution: `rows` output pixels times the columns (output channels) of a block. Seen by the
/// kernel as a product: the left side's row i starts at a0 + i astride (i < ceil(rows / 2)) or a1 + (i -
/// ceil(rows / 2)) astride, and is made of `segments` pieces of `steps` dwords (four u8 or one f32) at the
/// given offsets; the right side is packed [column tile][segment][step][tile columns][4 bytes]. Output rows
/// likewise start at out0, out1 and lie out_stride bytes apart.
struct ConvTile {
  const unsigned char *a0, *a1;
  const long* offsets;
  long segments, steps, astride;
  int rows;
  int flags;     ///< kFloatOut, kMayOverflow
  long columns;  ///< valid columns of this block; tiles are read from the packed parts
  const void* weights;
  const int* bias;  ///< f32: float bits
  const float* multiplier;
  unsigned char *out0, *out1;
  long out_stride;
  int zero, lo, hi;  ///< int8 requantisation
  float low, high;   ///< f32: clamp on the way out (infinite: none)
  // int8, only for sets that finish bytes themselves: both may be null. The table as interleave_halves()
  // leaves it, residual rows like the output's.
  const unsigned char *table, *residual0, *residual1;
  long residual_stride;
  const QuantisedAdd* add;
  // What will be read soon after this call: a line of the cache is asked for with every step (int8: two with
  // every second step of a segment), ahead_step (64, or 0 for nothing new) bytes further.
  const char* ahead;
  long ahead_step;
  // More tiles of the same kind follow, at these distances in bytes.
  long tiles, a_step, out_step, residual_step;
};
constexpr int kFloatOut = 1;     ///< int8: float(sum + bias) * multiplier is stored
constexpr int kMayOverflow = 2;  ///< int8: |sum * multiplier| may exceed 2^30, so clamp before converting
constexpr int kPlain = 4;        ///< int8: zero point 0 and the clamp [0, 255]

/// A run of output pixels of one row of a depthwise convolution: tap t of pixel p is at taps[t] + p *
/// steps[t], all channels of it. Packed: see conv_depthwise.cc.
struct DepthwiseRow {
  const unsigned char* const* taps;
  const long* steps;  ///< bytes; 0 for padding
  long pixels, channels;
  int kernel_h, kernel_w;
  bool overlapping;  ///< pixel p + 1 of a row of taps is the next tap of pixel p (stride and dilation 1)
  const int* bias;   ///< f32: float bits
  const float* multiplier;
  const void* weights;
  unsigned char* out;
  long out_stride;  ///< bytes
  int flags, zero, lo, hi;
  float low, high;
  const unsigned char* table;  ///< int8, as above: may be null
};

struct KernelTable {
  const char* name;
  int rows, columns;          ///< of an int8 tile; rows <= 14; half a tile's columns are one vector
  int rows_f32, columns_f32;  ///< of an f32 tile
  int in_shift;               ///< int8 tiles see activations minus this (0 or 128): packing mends the bias
  bool quads;                 ///< int8 depthwise weights are packed four taps to a dword
  bool finishes;              ///< int8 kernels apply table and residual (depthwise: table) in registers
  void (*conv_i8)(const ConvTile&);
  void (*conv_f32)(const ConvTile&);
  /// Runs of one output row: they differ in taps, steps, pixels and out only.
  void (*depthwise_i8)(const DepthwiseRow* runs, long count);
  void (*depthwise_f32)(const DepthwiseRow&);
  /// out[i] = add(table[q[i]], residual[i]); table or residual may be null. out may be q or residual.
  void (*finish_u8)(long n, const unsigned char* q, const unsigned char* table, const unsigned char* residual,
                    const QuantisedAdd& add, unsigned char* out);
  /// out[i] = activation(in[i]) with the residual (may be null) added before or after. out may be in or
  /// residual.
  void (*finish_f32)(long n, const float* in, const float* residual, bool after, const ActivationOf&,
                     float* out);
  // Rows [first, last) of the small operations; a row is one h of one image.
  void (*pool_u8)(const Pool&, const void* in, void* out, long first, long last);
  void (*pool_f32)(const Pool&, const void* in, void* out, long first, long last);
  void (*elementwise_u8)(const Elementwise&, const void* a, const void* b, void* out, long first, long last);
  void (*elementwise_f32)(const Elementwise&, const void* a, const void* b, void* out, long first, long last);
  /// table: 256 values for u8 to f32, or null.
  void (*convert)(const Convert&, const void* in, const float* table, void* out, long first, long last);
  void (*resize)(const Resize&, const void* in, const ResizeTables&, void* out, long first, long last);
  void (*softmax)(const Softmax&, const void* in, void* out, long first, long last);
  void (*dfl)(const Dfl&, const void* in, float* out, long first, long last);
  void (*layer_norm)(const LayerNorm&, const float* in, const float* gamma, const float* beta, float* out,
                     long first, long last);
  /// A 6 x 6 patch of `channels` (a multiple of 16) to 36 values `plane` floats apart; and such values to the
  /// 4 x 4 pixels of a dense tile.
  void (*winograd_in)(long channels, const float* in, long row, long pixel, float* out, long plane);
  void (*winograd_out)(long channels, const float* in, long plane, const float* bias, float* out, long pixel);
  /// Registers only; returns the operations done (a multiply-accumulate is two).
  double (*peak_i8)(long repeats);
  double (*peak_f32)(long repeats);
  /// Reads `bytes` (a multiple of 1024).
  void (*read_all)(long bytes, const unsigned char* from);
};

const KernelTable& table_portable();
const KernelTable& table_avx2();
const KernelTable& table_avx_vnni();
const KernelTable& table_avx512_vnni();
const KernelTable& table_neon_dot();
/// The table of a set that is built in (portable otherwise).
const KernelTable& table_of(Isa isa);

}  // namespace bondline::inference::kernels
