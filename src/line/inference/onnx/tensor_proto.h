// TensorProto and element types.
#pragma once
#include <optional>
#include <string>

#include "line/inference/onnx/context.h"

namespace bondline::inference {

/// TensorProto.DataType by number; undefined for those we refuse (complex, float8, 4-bit) and unknown ones.
DType dtype_of_onnx(std::int64_t number);
/// ONNX's name of the number, for messages: "COMPLEX64", "INT4", "type 99".
std::string onnx_type_name(std::int64_t number);

struct NamedTensor {
  std::string name;
  Tensor tensor;
  std::size_t offset = 0;
};

/// The tensor, its data in `raw_data`, a typed field or another file; nullopt with an error. owner says in
/// messages what the tensor belongs to.
std::optional<NamedTensor> decode_tensor(ReadContext& context, const Field& field, const std::string& owner);

/// Bytes [offset, offset + length) of a file in the model's folder; see external_data.cc for what is refused.
/// length 0 with has_length false: up to `expected`.
struct ExternalPlace {
  std::string location;
  std::string offset, length;  ///< decimal as in the file; empty: left out
};
std::optional<std::shared_ptr<const std::vector<std::byte>>> read_external(ReadContext& context,
                                                                           std::size_t at,
                                                                           const std::string& tensor,
                                                                           const ExternalPlace& place,
                                                                           std::uint64_t expected);

}  // namespace bondline::inference
