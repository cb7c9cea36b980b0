// The compute kernels of the inference engine: convolutions and products in int8 and float32, and the small
// operations between them. A kernel is described by a plain struct (a "description": trivially copyable, so
// an artefact stores its bytes), packs its constants ahead of time into a blob that is memory-mapped later,
// and runs a range of its work items. Nothing in here allocates, starts a thread or keeps state.
//
//   ConvInt8 conv = ...;                              // shape, zero points, instruction set, variant
//   if (const char* why = problem(conv)) ...          // a description from a file is checked once
//   std::vector<...> blob(packed_bytes(conv));        // 64-byte aligned
//   pack(conv, {weights, bias, multiplier}, blob);    // compile time
//   run(conv, {in, blob, out}, 0, work_items(conv), scratch);   // scratch: scratch_bytes(conv), 64-byte
//   aligned
//
// Work items [first, last) of one description write disjoint parts of the output, so threads may share them;
// each thread needs its own scratch. No kernel reads or writes outside the elements its planes span.
//
// Layout: activations are NHWC views. `pixel` is the distance in elements between neighbouring pixels of a
// row
// (>= channels), so a slice of the channels of a wider tensor is a view and concatenation and split cost
// nothing. Types: u8 (asymmetric, value = scale (q - zero)) or f32.
//
// Exactness: int8 results are the same bits for every instruction set and variant: int32 sums (wrapping),
// then
//   q = clamp(rint(float(sum + bias) * multiplier[channel]) + zero, lo, hi),   rint: half to even,
// the product rounded to float32 first (as ONNX Runtime's MlasRequantizeOutput does). A quantised addition is
//   q = clamp(rint(fma(a, ratio_a, fma(b, ratio_b, fixed)))), 0, 255)
// as in ONNX Runtime's qladd_avx2.cpp. float32 results differ between sets by rounding only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "line/inference/kernels/descriptions.h"

namespace bondline::inference::kernels {

/// Bumped when a packed layout or a description changes: an artefact made for another value must be refused.
inline constexpr std::uint32_t kLayoutVersion = 5;
inline constexpr std::size_t kAlignment = 64;  ///< bytes, of packed blobs and scratch

// Instruction sets
bool runs_here(Isa isa);            ///< built in and this processor has it
Isa best_isa();                     ///< the fastest that runs here
std::string_view name_of(Isa isa);  ///< "portable", "neon-dot", "avx2", "avx-vnni", "avx512-vnni"
std::optional<Isa> isa_named(std::string_view name);  ///< inverse of name_of

inline constexpr std::size_t size_of(Type t) {
  return t == Type::u8 ? 1 : 4;
}

// Planes and shapes
Plane dense(std::int32_t n, std::int32_t h, std::int32_t w, std::int32_t c);
/// Channels [first, first + count) of a plane: same strides, pointer to be moved by `first` elements.
Plane slice_channels(const Plane& plane, std::int32_t count);
/// Elements from the first to one past the last one addressed.
std::int64_t span_of(const Plane& plane);
/// A product [rows x k] * [k x columns] as a 1x1 convolution over `rows` pixels (fully connected layer, Gemm,
/// MatMul with a constant right side given as [columns][k], that is, as OIHW weights).
ConvShape product_shape(std::int32_t rows, std::int32_t k, std::int32_t columns);
/// Multiply-accumulates, without padding discounted.
std::int64_t macs_of(const ConvShape& shape);
QuantisedAdd quantised_add(float scale_q, int zero_q, float scale_r, int zero_r, float scale_out,
                           int zero_out);

// Convolutions
/// Null, or why the description cannot run (sizes out of range, strides too small, unknown variant ...).
const char* problem(const ConvInt8& conv);
const char* problem(const ConvF32& conv);
/// How many implementations this shape can choose from on its instruction set (>= 1), and their names
/// ("direct 14x32", "winograd f(4x4)", "depthwise" ...). All give the same int8 bits. f32 winograd: relative
/// error of the result <= 1e-3 of the largest output.
int variants(const ConvInt8& conv);
int variants(const ConvF32& conv);
const char* variant_name(const ConvInt8& conv);
const char* variant_name(const ConvF32& conv);
/// Expected time in nanoseconds on one core of the machine class the set stands for (a model: for ranking
/// variants and int8 against f32 where nothing can be measured).
double cost(const ConvInt8& conv);
double cost(const ConvF32& conv);

std::size_t packed_bytes(const ConvInt8& conv);
std::size_t packed_bytes(const ConvF32& conv);
void pack(const ConvInt8& conv, const ConvInt8Constants& constants, void* packed);
void pack(const ConvF32& conv, const ConvF32Constants& constants, void* packed);
std::size_t scratch_bytes(const ConvInt8& conv);
std::size_t scratch_bytes(const ConvF32& conv);
std::int64_t work_items(const ConvInt8& conv);
std::int64_t work_items(const ConvF32& conv);
void run(const ConvInt8& conv, const ConvBuffers& buffers, std::int64_t first, std::int64_t last,
         void* scratch);
void run(const ConvF32& conv, const ConvBuffers& buffers, std::int64_t first, std::int64_t last,
         void* scratch);

const char* problem(const ConvPairInt8& pair);
double cost(const ConvPairInt8& pair);
std::size_t scratch_bytes(const ConvPairInt8& pair);
std::int64_t work_items(const ConvPairInt8& pair);
void run(const ConvPairInt8& pair, const ConvPairBuffers& buffers, std::int64_t first, std::int64_t last,
         void* scratch);

// Everything in between: no constants to pack, no scratch
const char* problem(const Pool& pool);
const char* problem(const Elementwise& op);
const char* problem(const Unary& op);
const char* problem(const Convert& op);
const char* problem(const Resize& op);
const char* problem(const Softmax& op);
const char* problem(const Dfl& op);
const char* problem(const ArgMax& op);
const char* problem(const LayerNorm& op);
const char* problem(const ConvTransposeF32& op);

std::int64_t work_items(const Pool& pool);
std::int64_t work_items(const Elementwise& op);
std::int64_t work_items(const Unary& op);
std::int64_t work_items(const Convert& op);
std::int64_t work_items(const Resize& op);
std::int64_t work_items(const Softmax& op);
std::int64_t work_items(const Dfl& op);
std::int64_t work_items(const ArgMax& op);
std::int64_t work_items(const LayerNorm& op);
std::int64_t work_items(const ConvTransposeF32& op);

void run(const Pool& pool, const void* in, void* out, std::int64_t first, std::int64_t last);
void run(const Elementwise& op, const void* a, const void* b, void* out, std::int64_t first,
         std::int64_t last);
/// table: 256 bytes for u8, ignored for f32
void run(const Unary& op, const void* in, const std::uint8_t* table, void* out, std::int64_t first,
         std::int64_t last);
/// table: 256 values for u8 to f32, or null
void run(const Convert& op, const void* in, void* out, std::int64_t first, std::int64_t last,
         const float* table = nullptr);
void run(const Resize& op, const void* in, const ResizeTables& tables, void* out, std::int64_t first,
         std::int64_t last);
void run(const Softmax& op, const void* in, void* out, std::int64_t first, std::int64_t last);
void run(const Dfl& op, const void* in, float* out, std::int64_t first, std::int64_t last);
void run(const ArgMax& op, const void* in, std::int32_t* out, std::int64_t first, std::int64_t last);
void run(const LayerNorm& op, const float* in, const float* gamma, const float* beta, float* out,
         std::int64_t first, std::int64_t last);
void run(const ConvTransposeF32& op, const float* in, const float* weights, const float* bias, float* out,
         std::int64_t first, std::int64_t last);

// Probes
/// Best rates seen within `seconds` of trying on the calling thread: the roofs a profile is held against.
/// operations/s, a multiply-accumulate being two.
double peak_int8_ops(Isa isa, double seconds = 0.05);
double peak_f32_flops(Isa isa, double seconds = 0.05);
/// bytes/s of reading a block of `bytes` again and again (16 KiB: L1, 64 MiB: memory).
double read_bandwidth(std::size_t bytes, double seconds = 0.05);

}  // namespace bondline::inference::kernels
