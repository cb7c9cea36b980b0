// What the operators share: reading attributes without allocating, checking inputs, broadcasting, walking.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line/inference/ops/number.h"
#include "line/inference/ops/ops.h"

namespace bondline::inference {

using Outputs = std::vector<ValueType>;
using Ints = std::span<const std::int64_t>;

inline bool fail(std::string* problem, std::string what) {
  *problem = std::move(what);
  return false;
}

// Attributes as views: run() may use these.
inline Ints ints_of(const Node& node, std::string_view name) {
  const Attribute* found = node.find(name);
  const auto* list = found ? std::get_if<std::vector<std::int64_t>>(found) : nullptr;
  return list ? Ints(*list) : Ints();
}
inline std::span<const float> reals_of(const Node& node, std::string_view name) {
  const Attribute* found = node.find(name);
  const auto* list = found ? std::get_if<std::vector<float>>(found) : nullptr;
  return list ? std::span<const float>(*list) : std::span<const float>();
}
inline std::string_view text_of(const Node& node, std::string_view name, std::string_view otherwise) {
  const Attribute* found = node.find(name);
  const auto* text = found ? std::get_if<std::string>(found) : nullptr;
  return text ? std::string_view(*text) : otherwise;
}
inline const Tensor* tensor_of(const Node& node, std::string_view name) {
  const Attribute* found = node.find(name);
  return found ? std::get_if<Tensor>(found) : nullptr;
}

inline bool has(std::span<const ValueType> in, std::size_t i) {
  return i < in.size() && in[i].present();
}
inline bool has(std::span<const OpTensor> in, std::size_t i) {
  return i < in.size() && in[i].present();
}

/// At least `least` and at most `most` inputs, the first `least` not left out.
bool check_inputs(const InferCall& call, std::size_t least, std::size_t most, std::string* problem);
/// Input i is of one of the types.
bool check_type(const InferCall& call, std::size_t i, std::initializer_list<DType> types,
                std::string* problem);
bool check_float(const InferCall& call, std::size_t i, std::string* problem);
bool check_number(const InferCall& call, std::size_t i, std::string* problem);
/// Inputs i and j have the same element type.
bool check_same(const InferCall& call, std::size_t i, std::size_t j, std::string* problem);
bool check_rank(const InferCall& call, std::size_t i, std::size_t least, std::size_t most,
                std::string* problem);

/// The integers of a constant input (int32 or int64); false with a problem that asks for a constant.
bool constant_ints(const InferCall& call, std::size_t i, std::string_view name,
                   std::vector<std::int64_t>* out, std::string* problem);
/// The numbers of a constant float input.
bool constant_reals(const InferCall& call, std::size_t i, std::string_view name, std::vector<double>* out,
                    std::string* problem);
/// An int32 or int64 tensor's element at run time.
inline std::int64_t int_at(const OpTensor& t, std::int64_t i) {
  return t.dtype == DType::i32 ? t.as<const std::int32_t>()[i] : t.as<const std::int64_t>()[i];
}
/// Any number's element as double at run time; 0 for strings.
double real_at(const OpTensor& t, std::int64_t i);

/// axis in [-rank, rank) made positive; false with a problem otherwise. allow_end: also axis == rank.
bool settle_axis(std::int64_t axis, std::size_t rank, std::size_t* out, std::string* problem,
                 bool allow_end = false);

/// numpy's broadcasting; false with a problem when the shapes do not fit.
bool broadcast(const Shape& a, const Shape& b, Shape* out, std::string* problem);

/// One output of this type and shape; the others stay left out.
bool give(Outputs* out, std::size_t i, DType dtype, Shape shape);

using Indices = std::array<std::int64_t, kMaxRank>;

/// Row-major strides.
inline Indices strides_of(Ints shape) {
  Indices strides{};
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}
/// Strides of a tensor seen with the (longer) broadcast shape: 0 where it is repeated.
inline Indices broadcast_strides(Ints shape, Ints wide) {
  const Indices own = strides_of(shape);
  Indices strides{};
  const std::size_t shift = wide.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) strides[i + shift] = shape[i] == 1 ? 0 : own[i];
  return strides;
}
inline std::int64_t product(Ints shape, std::size_t begin, std::size_t end) {
  std::int64_t result = 1;
  for (std::size_t i = begin; i < end; ++i) result *= shape[i];
  return result;
}
inline std::int64_t product(Ints shape) {
  return product(shape, 0, shape.size());
}

/// Counts indices of a shape up like an odometer over its first `rank` dimensions; false after the last.
inline bool advance(Indices* at, Ints shape, std::size_t rank) {
  for (std::size_t d = rank; d-- > 0;) {
    if (++(*at)[d] < shape[d]) return true;
    (*at)[d] = 0;
  }
  return false;
}

/// f(row begin of out, n, offset of a, step of a, offset of b, step of b) for every innermost row of `wide`.
template <class F>
void each_row(Ints wide, const Indices& sa, const Indices& sb, F f) {
  if (product(wide) == 0) return;
  const std::size_t rank = wide.size();
  if (rank == 0) {
    f(std::int64_t{0}, std::int64_t{1}, std::int64_t{0}, std::int64_t{0}, std::int64_t{0}, std::int64_t{0});
    return;
  }
  // Inner dimensions that all operands walk alike become one row.
  std::size_t last = rank - 1;
  std::int64_t n = wide[last];
  const std::int64_t step_a = sa[last], step_b = sb[last];
  while (last > 0 && (sa[last - 1] == step_a * n) && (sb[last - 1] == step_b * n)) n *= wide[--last];
  Indices at{};
  std::int64_t out = 0;
  do {
    std::int64_t a = 0, b = 0;
    for (std::size_t d = 0; d < last; ++d) {
      a += at[d] * sa[d];
      b += at[d] * sb[d];
    }
    f(out, n, a, step_a, b, step_b);
    out += n;
  } while (advance(&at, wide, last));
}

/// Part of the scratch as n elements of T, moving *used along (64-byte steps).
template <class T>
T* carve(std::span<std::byte> scratch, std::size_t* used, std::size_t n) {
  T* result = reinterpret_cast<T*>(scratch.data() + *used);
  *used += (n * sizeof(T) + 63) / 64 * 64;
  return result;
}
inline std::size_t carved(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/// Every attribute of the node is one its operator knows, of the right type; else a problem that names it.
bool check_attributes(const Node& node, std::int64_t opset, std::string* problem);
/// "name:type name:type" of an operator in any of its versions; empty: it has none.
std::string_view known_attributes(std::string_view op);

// Common inference functions.
bool infer_same(const InferCall& call, Outputs* out, std::string* problem);  ///< like input 0, any number
bool infer_same_float(const InferCall& call, Outputs* out,
                      std::string* problem);  ///< like input 0, floats only

// One table per family; registry.cc joins them.
std::span<const OpInfo> unary_ops();
std::span<const OpInfo> activation_ops();
std::span<const OpInfo> cast_ops();
std::span<const OpInfo> binary_ops();
std::span<const OpInfo> compare_ops();
std::span<const OpInfo> variadic_ops();
std::span<const OpInfo> reduction_ops();
std::span<const OpInfo> order_ops();
std::span<const OpInfo> softmax_ops();
std::span<const OpInfo> matrix_ops();
std::span<const OpInfo> einsum_ops();
std::span<const OpInfo> signal_ops();
std::span<const OpInfo> view_ops();
std::span<const OpInfo> move_ops();
std::span<const OpInfo> slice_ops();
std::span<const OpInfo> pad_ops();
std::span<const OpInfo> gather_ops();
std::span<const OpInfo> scatter_ops();
std::span<const OpInfo> select_ops();
std::span<const OpInfo> generate_ops();
std::span<const OpInfo> conv_ops();
std::span<const OpInfo> pool_ops();
std::span<const OpInfo> norm_ops();
std::span<const OpInfo> resize_ops();
std::span<const OpInfo> sample_ops();
std::span<const OpInfo> recurrent_ops();
std::span<const OpInfo> detection_ops();
std::span<const OpInfo> quantize_ops();
std::span<const OpInfo> integer_ops();
std::span<const OpInfo> qlinear_ops();

}  // namespace bondline::inference
