#include "line/inference/onnx/tensor_proto.h"

#include <array>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace bondline::inference {

namespace {

// onnx.proto3, TensorProto.DataType; the index is the number.
struct TypeRow {
  std::string_view name;
  DType dtype;
};
constexpr std::array<TypeRow, 24> kTypes = {{{"UNDEFINED", DType::undefined},
                                             {"FLOAT", DType::f32},
                                             {"UINT8", DType::u8},
                                             {"INT8", DType::i8},
                                             {"UINT16", DType::u16},
                                             {"INT16", DType::i16},
                                             {"INT32", DType::i32},
                                             {"INT64", DType::i64},
                                             {"STRING", DType::string},
                                             {"BOOL", DType::boolean},
                                             {"FLOAT16", DType::f16},
                                             {"DOUBLE", DType::f64},
                                             {"UINT32", DType::u32},
                                             {"UINT64", DType::u64},
                                             {"COMPLEX64", DType::undefined},
                                             {"COMPLEX128", DType::undefined},
                                             {"BFLOAT16", DType::bf16},
                                             {"FLOAT8E4M3FN", DType::undefined},
                                             {"FLOAT8E4M3FNUZ", DType::undefined},
                                             {"FLOAT8E5M2", DType::undefined},
                                             {"FLOAT8E5M2FNUZ", DType::undefined},
                                             {"UINT4", DType::undefined},
                                             {"INT4", DType::undefined},
                                             {"FLOAT4E2M1", DType::undefined}}};

// Field numbers of TensorProto.
enum : std::uint32_t {
  kDims = 1,
  kDataType = 2,
  kSegment = 3,
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kUint64Data = 11,
  kExternalData = 13,
  kDataLocation = 14
};

struct Parts {
  NamedTensor out;
  std::int64_t data_type = 0;
  bool has_raw = false, external = false, segmented = false;
  Field raw;
  ExternalPlace place;
  std::string who;  ///< `tensor "w" of node "conv1" (Conv)`
};

bool read_entry(ReadContext& context, const Field& field, ExternalPlace* place) {
  Message entry(field);
  std::string_view key, value;
  for (Field f; entry.next(&f);) {
    if (f.number > 2) continue;
    if (!context.typed(f, WireType::bytes, "an external_data entry")) return false;
    (f.number == 1 ? key : value) = f.text();
  }
  if (!context.whole(entry, "an external_data entry")) return false;
  if (key == "location") place->location = value;
  if (key == "offset") place->offset = value;
  if (key == "length") place->length = value;
  return true;
}

bool read_head(ReadContext& context, const Field& field, Parts* parts) {
  Message message(field);
  for (Field f; message.next(&f);) switch (f.number) {
      case kDims:
        if (parts->out.tensor.shape.size() > 64 || !each_number(f, WireType::varint, [&](std::uint64_t size) {
              if (parts->out.tensor.shape.size() <= 64)
                parts->out.tensor.shape.push_back(static_cast<std::int64_t>(size));
            }))
          return context.fail(f.offset, "the dimensions of a tensor are damaged or more than 64");
        break;
      case kDataType:
        if (!context.typed(f, WireType::varint, "a tensor")) return false;
        parts->data_type = f.integer();
        break;
      case kSegment:
        parts->segmented = true;
        break;
      case kName:
        if (!context.typed(f, WireType::bytes, "a tensor")) return false;
        parts->out.name = f.text();
        break;
      case kRawData:
        if (!context.typed(f, WireType::bytes, "a tensor")) return false;
        parts->has_raw = true;
        parts->raw = f;
        break;
      case kExternalData:
        if (!context.typed(f, WireType::bytes, "a tensor") || !read_entry(context, f, &parts->place))
          return false;
        break;
      case kDataLocation:
        if (!context.typed(f, WireType::varint, "a tensor")) return false;
        parts->external = f.value == 1;
        break;
      default:
        break;
    }
  return context.whole(message, "a tensor");
}

// Which typed field holds the elements of a type, and how they stand on the wire.
std::pair<std::uint32_t, WireType> typed_field(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return {kFloatData, WireType::fixed32};
    case DType::f64:
      return {kDoubleData, WireType::fixed64};
    case DType::i64:
      return {kInt64Data, WireType::varint};
    case DType::u32:
    case DType::u64:
      return {kUint64Data, WireType::varint};
    default:
      return {kInt32Data, WireType::varint};  // f16 and bf16 as their bits
  }
}

bool read_typed(ReadContext& context, const Field& field, Parts* parts, std::size_t count) {
  const auto [number, wire] = typed_field(parts->out.tensor.dtype);
  const std::size_t size = size_of(parts->out.tensor.dtype);
  // Every element takes at least one byte on the wire: more cannot be here, whatever the shape claims.
  if (count > field.bytes.size())
    return context.fail(field.offset, parts->who + " of shape " + to_string(parts->out.tensor.shape) +
                                          " has fewer elements in the file than its shape says");
  auto bytes = std::make_shared<std::vector<std::byte>>(count * size);
  std::size_t found = 0;
  Message message(field);
  for (Field f; message.next(&f);) {
    if (f.number != number) continue;
    const bool fine = each_number(f, wire, [&](std::uint64_t value) {
      if (found < count) std::memcpy(bytes->data() + found * size, &value, size);
      ++found;
    });
    if (!fine) return context.fail(f.offset, "the elements of " + parts->who + " are damaged");
  }
  if (found != count)
    return context.fail(field.offset, parts->who + " of shape " + to_string(parts->out.tensor.shape) +
                                          " has " + std::to_string(found) +
                                          " elements in the file instead of " + std::to_string(count));
  parts->out.tensor.bytes = std::move(bytes);
  return true;
}

bool read_strings(ReadContext& context, const Field& field, Parts* parts, std::size_t count) {
  Message message(field);
  auto& strings = parts->out.tensor.strings;
  for (Field f; message.next(&f);) {
    if (f.number != kStringData) continue;
    if (!context.typed(f, WireType::bytes, "a tensor")) return false;
    strings.emplace_back(f.text());
  }
  if (strings.size() == count) return true;
  return context.fail(field.offset, parts->who + " has another number of strings than its shape says");
}

bool read_raw(ReadContext& context, Parts* parts, std::size_t count) {
  Tensor& tensor = parts->out.tensor;
  const std::size_t size = size_of(tensor.dtype);
  const auto& raw = parts->raw.bytes;
  if (size == 0) return context.fail(parts->raw.offset, parts->who + " holds strings as raw data");
  if (raw.size() % size != 0 || raw.size() / size != count)
    return context.fail(parts->raw.offset, parts->who + " of shape " + to_string(tensor.shape) +
                                               " and type " + std::string(name_of(tensor.dtype)) + " has " +
                                               std::to_string(raw.size()) + " bytes of data instead of " +
                                               std::to_string(count) + " x " + std::to_string(size));
  tensor.bytes = std::make_shared<const std::vector<std::byte>>(raw.begin(), raw.end());
  return true;
}

// A boolean is 0 or 1 whatever the file holds, so that nothing later reads a byte that is no bool.
void settle_booleans(Tensor* tensor) {
  if (tensor->dtype != DType::boolean || !tensor->bytes) return;
  auto bytes = std::make_shared<std::vector<std::byte>>(*tensor->bytes);
  for (std::byte& b : *bytes) b = b == std::byte{0} ? std::byte{0} : std::byte{1};
  tensor->bytes = std::move(bytes);
}

}  // namespace

DType dtype_of_onnx(std::int64_t number) {
  return number >= 0 && number < static_cast<std::int64_t>(kTypes.size())
             ? kTypes[static_cast<std::size_t>(number)].dtype
             : DType::undefined;
}

std::string onnx_type_name(std::int64_t number) {
  return number >= 0 && number < static_cast<std::int64_t>(kTypes.size())
             ? std::string(kTypes[static_cast<std::size_t>(number)].name)
             : "type " + std::to_string(number);
}

std::optional<NamedTensor> decode_tensor(ReadContext& context, const Field& field, const std::string& owner) {
  Parts parts;
  parts.out.offset = field.offset;
  if (!read_head(context, field, &parts)) return std::nullopt;
  Tensor& tensor = parts.out.tensor;
  parts.who = "tensor \"" + parts.out.name + "\"" + (owner.empty() ? "" : " of " + owner);
  const auto refuse = [&](std::string what, std::string mend = "") -> std::optional<NamedTensor> {
    context.fail(field.offset, std::move(what), std::move(mend));
    return std::nullopt;
  };
  tensor.dtype = dtype_of_onnx(parts.data_type);
  if (tensor.dtype == DType::undefined)
    return refuse(
        parts.who + " has element type " + onnx_type_name(parts.data_type) + ", which is not supported",
        "export the model with float32, float16, bfloat16 or integer tensors of 8 to 64 bits");
  if (parts.segmented) return refuse(parts.who + " is split into segments, which is not supported");
  for (const std::int64_t size : tensor.shape)
    if (size < 0) return refuse(parts.who + " has the negative dimension " + std::to_string(size));
  const std::int64_t elements = tensor.elements();
  const auto count = static_cast<std::size_t>(elements);
  bool fine = false;
  if (parts.external) {
    const std::size_t size = size_of(tensor.dtype);
    if (size == 0) return refuse(parts.who + " holds strings as external data");
    if (count > (std::size_t{1} << 40) / size) return refuse(parts.who + " is larger than any file");
    auto bytes = read_external(context, field.offset, parts.who, parts.place, count * size);
    if (!bytes) return std::nullopt;
    tensor.bytes = *bytes;
    fine = true;
  } else if (parts.has_raw) {
    fine = read_raw(context, &parts, count);
  } else if (tensor.dtype == DType::string) {
    fine = read_strings(context, field, &parts, count);
  } else {
    fine = read_typed(context, field, &parts, count);
  }
  if (!fine) return std::nullopt;
  settle_booleans(&tensor);
  return std::move(parts.out);
}

}  // namespace bondline::inference
