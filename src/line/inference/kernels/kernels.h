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

namespace bondline::inference::kernels {

/// Bumped when a packed layout or a description changes: an artefact made for another value must be refused.
inline constexpr std::uint32_t kLayoutVersion = 1;
inline constexpr std::size_t kAlignment = 64;  ///< bytes, of packed blobs and scratch

// ---------------------------------------------------------------------------------------------------- sets
/// Instruction sets, slowest first. avx2 needs AVX2 and FMA; avx_vnni adds AVX-VNNI; avx512_vnni needs
/// AVX-512 F, BW, DQ, VL and VNNI; neon_dot needs Armv8.2 dot products.
enum class Isa : std::uint8_t { portable, neon_dot, avx2, avx_vnni, avx512_vnni };
inline constexpr int kIsas = 5;
bool runs_here(Isa isa);            ///< built in and this processor has it
Isa best_isa();                     ///< the fastest that runs here
std::string_view name_of(Isa isa);  ///< "portable", "neon-dot", "avx2", "avx-vnni", "avx512-vnni"
std::optional<Isa> isa_named(std::string_view name);  ///< inverse of name_of

// -------------------------------------------------------------------------------------------------- planes
enum class Type : std::uint8_t { u8, f32 };
inline constexpr std::size_t size_of(Type t) {
  return t == Type::u8 ? 1 : 4;
}

/// Where the elements of n images of h x w pixels with c channels lie. Strides count elements. In inputs of
/// binary operations a stride of 0 repeats (broadcast), and c == 1 stands for all channels.
struct Plane {
  std::int32_t n = 1, h = 1, w = 1, c = 1;
  std::int64_t pixel = 1, row = 1, image = 1;
};
Plane dense(std::int32_t n, std::int32_t h, std::int32_t w, std::int32_t c);
/// Channels [first, first + count) of a plane: same strides, pointer to be moved by `first` elements.
Plane slice_channels(const Plane& plane, std::int32_t count);
/// Elements from the first to one past the last one addressed.
std::int64_t span_of(const Plane& plane);

// --------------------------------------------------------------------------------------------- convolution
/// Kernel window and its steps. Output sizes come from the planes; what lies outside the input is padding
/// (in int8 the input's zero point). groups == in.c == out.c runs the depthwise kernels.
struct ConvShape {
  Plane in, out;
  std::int32_t groups = 1;
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0;
};
/// A product [rows x k] * [k x columns] as a 1x1 convolution over `rows` pixels (fully connected layer, Gemm,
/// MatMul with a constant right side given as [columns][k], that is, as OIHW weights).
ConvShape product_shape(std::int32_t rows, std::int32_t k, std::int32_t columns);
/// Multiply-accumulates, without padding discounted.
std::int64_t macs_of(const ConvShape& shape);

/// Quantised addition after the convolution: out = clamp(rint(fma(q, ratio_q, fma(r, ratio_r, fixed)))).
/// ratio = scale / output scale, fixed = zero_out - (ratio_q zero_q + ratio_r zero_r) in float32.
struct QuantisedAdd {
  float ratio_q = 1, ratio_r = 1, fixed = 0;
  std::uint8_t lo = 0, hi = 255;
};
QuantisedAdd quantised_add(float scale_q, int zero_q, float scale_r, int zero_r, float scale_out,
                           int zero_out);

/// u8 x s8 -> u8 (or f32). Order of the epilogue: requantise and clamp to [lo, hi]; then, if asked, the
/// 256-entry table (any activation); then the quantised addition of a residual.
struct ConvInt8 {
  ConvShape shape;
  Isa isa = Isa::portable;
  std::uint8_t variant = 0;  ///< 0: default; others are < variants(conv)
  std::uint8_t in_zero = 0;  ///< zero point of the input: the value of padding
  std::uint8_t out_zero = 0, lo = 0, hi = 255;
  bool float_out =
      false;           ///< out is f32 = float(sum + bias) * multiplier: no requantisation, table or residual
  bool table = false;  ///< buffers.table: 256 bytes
  bool residual = false;  ///< buffers.residual, addressed by residual_at; may be the output itself
  QuantisedAdd add;
  Plane residual_at;
};
/// weights: [out.c][in.c / groups][kernel_h][kernel_w] as in ONNX, symmetric (zero point 0). u8 weights with
/// zero point 128: subtract 128 first; s8 activations: add 128 to them and their zero point. bias: in units
/// of in_scale * weight_scale, or null. multiplier: per output channel, in_scale weight_scale / out_scale (or
/// in_scale * weight_scale for float_out). pack() folds the input's zero point into the bias (wrapping
/// int32).
struct ConvInt8Constants {
  const std::int8_t* weights = nullptr;
  const std::int32_t* bias = nullptr;
  const float* multiplier = nullptr;
};

/// What a float32 kernel does to each value on its way out.
enum class Activation : std::uint8_t {
  none,
  relu,
  clip,
  leaky_relu,
  silu,
  sigmoid,
  hard_swish,
  hard_sigmoid,
  gelu,
  gelu_tanh,
  tanh,
  elu,
  softplus,
  mish,
  exp,
  log,
  sqrt,
  reciprocal,
  erf,
  abs,
  neg,
  floor,
  ceil,
  round,
  square
};
/// a, b: clip [a, b]; leaky_relu slope a; hard_sigmoid clip(a x + b, 0, 1); elu a. (hard_swish: x clip(x/6 +
/// 1/2, 0, 1).)
struct ActivationOf {
  Activation kind = Activation::none;
  float a = 0, b = 0;
};

/// f32 x f32 -> f32: sum + bias, then residual and activation in the order asked.
struct ConvF32 {
  ConvShape shape;
  Isa isa = Isa::portable;
  std::uint8_t variant = 0;
  ActivationOf activation;
  bool residual = false;
  bool residual_after = false;  ///< true: activation(conv) + residual; false: activation(conv + residual)
  Plane residual_at;
};
/// weights as above in f32; bias or null.
struct ConvF32Constants {
  const float* weights = nullptr;
  const float* bias = nullptr;
};

/// Pointers of one run. `in`, `out`, `residual` point at the first element of their planes.
struct ConvBuffers {
  const void* in = nullptr;
  const void* packed = nullptr;
  void* out = nullptr;
  const void* residual = nullptr;
  const std::uint8_t* table = nullptr;
};

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

/// Two convolutions in one pass over bands of rows: the first one's output lives in scratch only (its plane's
/// strides are ignored, its epilogue must be u8 for int8). Packed blobs are those of the two parts. The
/// second may have any window; meant for depthwise + pointwise, and pointwise + depthwise.
struct ConvPairInt8 {
  ConvInt8 first, second;
};
struct ConvPairBuffers {
  const void* in = nullptr;
  const void* first_packed = nullptr;
  const std::uint8_t* first_table = nullptr;
  const void* first_residual = nullptr;
  ConvBuffers second;  ///< second.in is ignored
};
const char* problem(const ConvPairInt8& pair);
double cost(const ConvPairInt8& pair);
std::size_t scratch_bytes(const ConvPairInt8& pair);
std::int64_t work_items(const ConvPairInt8& pair);
void run(const ConvPairInt8& pair, const ConvPairBuffers& buffers, std::int64_t first, std::int64_t last,
         void* scratch);

// ------------------------------------------------------------------------------------- everything in between
// Each has problem(), work_items() and run(description, buffers, first, last); no constants to pack, no
// scratch.

/// Pooling windows; out-of-range places are left out (max) or counted as zero if count_padding (average).
/// u8 max needs no scale. u8 average: q = clamp(rint(float(sum of (x - in_zero)) * (ratio / count)) +
/// out_zero), ratio = in_scale / out_scale. Window == plane: global pooling.
struct Pool {
  enum class Kind : std::uint8_t { max, average };
  Plane in, out;
  Isa isa = Isa::portable;
  Type type = Type::f32;
  Kind kind = Kind::max;
  bool count_padding = false;
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  float ratio = 1;
  std::uint8_t in_zero = 0, out_zero = 0;
};

enum class Binary : std::uint8_t { add, sub, mul, div, max, min, pow };
/// Planes a and b broadcast against out (strides of 0, c == 1). u8 supports add, sub (QuantisedAdd with a
/// negated ratio) and mul: q = clamp(rint(float((a - a_zero) (b - b_zero)) * ratio_mul) + out_zero, lo, hi).
struct Elementwise {
  Plane a, b, out;
  Isa isa = Isa::portable;
  Type type = Type::f32;
  Binary op = Binary::add;
  ActivationOf activation;  ///< f32 only, on the result
  QuantisedAdd add;         ///< u8 add: q is a, r is b; lo and hi hold for mul too
  float ratio_mul = 1;      ///< scale_a scale_b / scale_out
  std::uint8_t a_zero = 0, b_zero = 0, out_zero = 0;
};

/// Any u8 -> u8 function (activation, requantisation), or f32 activation.
struct Unary {
  Plane in, out;
  Isa isa = Isa::portable;
  Type type = Type::f32;
  ActivationOf activation;  ///< f32
};

/// Conversion between types, scales and orders of axes. u8 from f32: q = clamp(rint(x / scale) + zero), NaN
/// becomes 0 or 255; f32 from u8: (q - zero) scale. A side with `nchw` is read or written at n, c, h, w with
/// dense planes of h w (its Plane gives n, h, w, c; its strides are not used). Equal types copy.
struct Convert {
  Plane in, out;
  Isa isa = Isa::portable;
  Type from = Type::f32, to = Type::f32;
  bool in_nchw = false, out_nchw = false;
  float scale = 1;
  std::uint8_t zero = 0;
  std::int32_t shuffle_groups =
      1;  ///< g > 1: out channel j = in channel (j mod g)(c / g) + j / g (ShuffleNet)
};

/// Up- and downsampling in y and x. Nearest: source = the two tables of the caller (out.h + out.w int32), so
/// every ONNX rounding mode is exact. Linear: f32, or u8 with q = rint of the f32 blend; per output line and
/// column a lower index, an upper index and the weight of the upper.
struct Resize {
  Plane in, out;
  Isa isa = Isa::portable;
  Type type = Type::f32;
  bool linear = false;
};
struct ResizeTables {
  const std::int32_t* lower = nullptr;  ///< out.h entries for y, then out.w for x
  const std::int32_t* upper = nullptr;  ///< linear only
  const float* weight = nullptr;        ///< linear only: of upper
};

/// Softmax over the channels of each pixel. u8 input is read as scale (q - any zero). Output f32, or u8 with
/// q = clamp(rint(p / out_scale) + out_zero).
struct Softmax {
  Plane in, out;
  Isa isa = Isa::portable;
  Type from = Type::f32, to = Type::f32;
  bool logarithm = false;  ///< LogSoftmax, f32 -> f32
  float scale = 1, out_scale = 1;
  std::uint8_t out_zero = 0;
};

/// Distribution focal loss tail: in.c = out.c * bins; out[j] = sum_k k softmax(in[j bins ...])_k. f32 out.
struct Dfl {
  Plane in, out;
  Isa isa = Isa::portable;
  Type from = Type::f32;
  std::int32_t bins = 16;
  float scale = 1;
};

/// Index of the largest channel of each pixel; the first one of equals (last_of_equals: the last). Output
/// int32, one per pixel, dense.
struct ArgMax {
  Plane in;
  Isa isa = Isa::portable;
  Type type = Type::f32;
  bool last_of_equals = false;
};

/// Over the channels of each pixel: (x - mean) / sqrt(variance + epsilon) * gamma + beta (either may be
/// null).
struct LayerNorm {
  Plane in, out;
  Isa isa = Isa::portable;
  float epsilon = 1e-5f;
};

/// Transposed convolution, f32: weights [in.c][out.c / groups][kernel_h][kernel_w] as in ONNX, plain
/// (unpacked).
struct ConvTransposeF32 {
  ConvShape shape;  ///< pad_top, pad_left crop the output
  Isa isa = Isa::portable;
  ActivationOf activation;
};

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
void run(const Convert& op, const void* in, void* out, std::int64_t first, std::int64_t last);
void run(const Resize& op, const void* in, const ResizeTables& tables, void* out, std::int64_t first,
         std::int64_t last);
void run(const Softmax& op, const void* in, void* out, std::int64_t first, std::int64_t last);
void run(const Dfl& op, const void* in, float* out, std::int64_t first, std::int64_t last);
void run(const ArgMax& op, const void* in, std::int32_t* out, std::int64_t first, std::int64_t last);
void run(const LayerNorm& op, const float* in, const float* gamma, const float* beta, float* out,
         std::int64_t first, std::int64_t last);
void run(const ConvTransposeF32& op, const float* in, const float* weights, const float* bias, float* out,
         std::int64_t first, std::int64_t last);

// --------------------------------------------------------------------------------------------------- probes
/// Best rates seen within `seconds` of trying on the calling thread: the roofs a profile is held against.
/// operations/s, a multiply-accumulate being two.
double peak_int8_ops(Isa isa, double seconds = 0.05);
double peak_f32_flops(Isa isa, double seconds = 0.05);
/// bytes/s of reading a block of `bytes` again and again (16 KiB: L1, 64 MiB: memory).
double read_bandwidth(std::size_t bytes, double seconds = 0.05);

}  // namespace bondline::inference::kernels
