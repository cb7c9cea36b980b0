// What the compiler works on between graph and plan: buffers whose strides are not decided yet, tensors that
// are views of them, and operations on tensors.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "line/inference/artefact/plan.h"
#include "line/inference/graph/graph.h"
#include "line/inference/kernels/kernels.h"

namespace bondline::inference::lowering {

using Id = std::int32_t;  ///< index into the lists of Program; kNone: absent

/// Memory of `pixels` pixels with `channels` elements each. Inside a parent its pixel i is the parent's pixel
/// `start` + i and its channel 0 the parent's channel `channel`, so its pitch is the parent's.
struct Buffer {
  std::size_t element = 4;  ///< bytes
  std::int64_t pixels = 1, channels = 1;
  Space space = Space::arena;
  std::uint32_t index = 0;  ///< of the input or output
  bool dense = false;       ///< somebody relies on pitch == channels
  Id parent = kNone;
  std::int64_t start = 0, channel = 0;
  std::uint64_t offset = 0;  ///< bytes, of roots; decided by the memory plan or the constants' place
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(pixels * channels) * element; }
};

/// A view: n x h x w x c. Strides and start count pixels of the buffer, or elements where `absolute`.
struct View {
  Id buffer = kNone;
  DType dtype = DType::f32;  ///< u8 and f32 in kernels, any in generic operations
  std::int64_t n = 1, h = 1, w = 1, c = 1;
  std::int64_t start = 0, pixel = 1, row = 1, image = 1, channel = 0;
  bool absolute = false;
  std::int64_t plane = 0;  ///< elements between channels where they are not neighbours (then absolute)
  std::int64_t elements() const { return n * h * w * c; }
};

/// A quantised value that was dequantised, and perhaps put through functions of one variable: value =
/// table[q] of the u8 value `base`. `affine`: table[q] = scale (q - zero).
struct Lazy {
  Id base = kNone;
  bool affine = false;
  float scale = 1;
  int zero = 0;
  std::shared_ptr<const std::array<float, 256>> table;
};

/// A value that is other values one behind the other along an axis, until somebody needs it in one piece.
struct Parts {
  std::vector<Id> values;
  std::int64_t axis = 0;
};

/// One value of the graph in the forms made so far. Signed bytes are kept as u8 with 128 added (`biased`).
struct Value {
  DType dtype = DType::undefined;
  bool biased = false;
  Shape shape;
  Id last = kNone;    ///< view with channels last; rank 2 to 4
  Id plain = kNone;   ///< dense view in the order ONNX counts
  Id raw = kNone;     ///< signed bytes as they are (dense, not biased); for DType::i8 only
  Id planes = kNone;  ///< view of planes with strides (View::plane); f32 of rank 4
  Parts parts;        ///< values not empty: neither form need exist
  Lazy lazy;          ///< lazy.base != kNone: neither form need exist
  Id origin = kNone;  ///< u8 value that this one is a function of: made from it on demand
  std::shared_ptr<const std::array<std::uint8_t, 256>> origin_table;
  const Tensor* constant = nullptr;
};

/// Constants of a convolution before they are packed.
struct ConvConstants {
  std::vector<std::int8_t> weights8;
  std::vector<float> weights;
  std::vector<std::int32_t> bias32;
  std::vector<float> bias, multiplier;
};

using Description =
    std::variant<std::monostate, kernels::ConvInt8, kernels::ConvF32, kernels::ConvPairInt8, kernels::Pool,
                 kernels::Elementwise, kernels::Unary, kernels::Convert, kernels::Resize, kernels::Softmax,
                 kernels::Dfl, kernels::LayerNorm, kernels::ConvTransposeF32>;

struct Op {
  StepKind kind = StepKind::generic;
  std::string name, words;
  Description description;  ///< planes are filled in when the strides are known
  std::vector<Id> in, out;  ///< views, in the order of StepKind without constants
  Id residual = kNone;      ///< convolutions: view added
  std::shared_ptr<ConvConstants> constants;
  std::vector<std::uint8_t> table;          ///< 256 entries or empty
  std::vector<std::vector<std::byte>> raw;  ///< further constants, in the order of StepKind
  std::shared_ptr<Op> first;                ///< pairs: the first convolution
  const Node* node = nullptr;               ///< generic
  std::int64_t opset = 0;
  std::vector<Shape> shapes;  ///< generic: of the inputs, then the outputs
  std::uint64_t scratch = 0;  ///< generic
};

struct Program {
  std::vector<Buffer> buffers;
  std::vector<View> views;
  std::vector<Value> values;
  std::vector<Op> ops;
  std::vector<std::byte> weights;
  std::vector<Port> inputs, outputs;
  kernels::Isa isa = kernels::Isa::portable;

  View& view(Id id) { return views[static_cast<std::size_t>(id)]; }
  const View& view(Id id) const { return views[static_cast<std::size_t>(id)]; }
  Buffer& buffer(Id id) { return buffers[static_cast<std::size_t>(id)]; }
  const Buffer& buffer(Id id) const { return buffers[static_cast<std::size_t>(id)]; }
  Buffer& buffer_of(Id view_id) { return buffer(view(view_id).buffer); }
  const Buffer& buffer_of(Id view_id) const { return buffer(view(view_id).buffer); }

  /// The buffer that has no parent.
  Id root(Id buffer_id) const;
  /// Elements between neighbouring pixels.
  std::int64_t pitch(Id buffer_id) const;
  /// Elements from the root's beginning to the view's first element.
  std::int64_t offset_of(const View& view) const;
  kernels::Plane plane_of(Id view_id) const;
  /// Elements from the view's first to one past its last.
  std::int64_t span_of(Id view_id) const;

  Id add(Buffer buffer);
  Id add(View view);
  /// A new arena buffer and the view of all of it.
  Id make(DType dtype, std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c);
  /// Constant bytes at a multiple of 64; the buffer is dense.
  Id constant(DType dtype, const void* data, std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c);
  /// Every pixel of the buffer, every channel, in order.
  bool is_whole(const View& view) const;
  /// Its elements follow each other without gaps once the buffer is dense.
  bool is_contiguous(const View& view) const;
  /// Makes the view's memory dense for good; false when its buffer lies in a wider one or the view has gaps.
  bool settle(Id view_id);
};

}  // namespace bondline::inference::lowering
