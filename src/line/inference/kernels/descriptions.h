// Descriptions of the inference kernels: plain, trivially copyable structs, so an artefact stores their
// bytes. What the fields mean together (layout, exactness, order of the epilogue) is said in kernels.h.
//
// No standard header with code here: kernel files carry instruction-set flags and must not emit shared inline
// functions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace bondline::inference::kernels {

/// Instruction sets, slowest first. avx2 needs AVX2 and FMA; avx_vnni adds AVX-VNNI; avx512_vnni needs
/// AVX-512 F, BW, DQ, VL and VNNI; neon_dot needs Armv8.2 dot products.
enum class Isa : std::uint8_t { portable, neon_dot, avx2, avx_vnni, avx512_vnni };
inline constexpr int kIsas = 5;

enum class Type : std::uint8_t { u8, f32 };

/// Where the elements of n images of h x w pixels with c channels lie. Strides count elements. In inputs of
/// binary operations a stride of 0 repeats (broadcast), and c == 1 stands for all channels.
struct Plane {
  std::int32_t n = 1, h = 1, w = 1, c = 1;
  std::int64_t pixel = 1, row = 1, image = 1;
};

/// Kernel window and its steps. Output sizes come from the planes; what lies outside the input is padding
/// (in int8 the input's zero point). groups == in.c == out.c runs the depthwise kernels.
struct ConvShape {
  Plane in, out;
  std::int32_t groups = 1;
  std::int32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int32_t pad_top = 0, pad_left = 0;
};

/// Quantised addition after the convolution: out = clamp(rint(fma(q, ratio_q, fma(r, ratio_r, fixed))) +
/// zero). ratio = scale / output scale, fixed = -(ratio_q zero_q + ratio_r zero_r) in float32, zero of the
/// output: added after rounding, as ONNX's QuantizeLinear does, so that ties fall the same way.
struct QuantisedAdd {
  float ratio_q = 1, ratio_r = 1, fixed = 0;
  std::uint8_t zero = 0, lo = 0, hi = 255;
};

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
  /// Memory that is read after this run (the next step's weights): asked for while this one computes. May be
  /// null.
  const void* ahead = nullptr;
  std::size_t ahead_bytes = 0;
};

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
/// becomes 0 or 255; f32 from u8: (q - zero) scale, or table[q] when one is given. A side with `nchw` is read
/// or written at n, c, h, w with dense planes of h w (its Plane gives n, h, w, c; its strides are not used),
/// but with `in_plane` or `out_plane` its channels lie that far apart and its Plane's strides hold. Equal
/// types copy.
struct Convert {
  Plane in, out;
  Isa isa = Isa::portable;
  Type from = Type::f32, to = Type::f32;
  bool in_nchw = false, out_nchw = false;
  std::int64_t in_plane = 0, out_plane = 0;
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

/// Distribution focal loss tail: in.c = out.c * bins; out[j] = sum_k k softmax(in[j bins ...])_k. f32 out,
/// its channels `out_plane` apart (0: neighbours).
struct Dfl {
  Plane in, out;
  std::int64_t out_plane = 0;
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

}  // namespace bondline::inference::kernels
