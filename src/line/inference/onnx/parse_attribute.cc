// AttributeProto and ValueInfoProto with TypeProto: field numbers from onnx.proto3.
#include <utility>

#include "line/inference/onnx/raw_model.h"

namespace bondline::inference {

namespace {

// AttributeProto fields and AttributeType, which old files leave out.
struct Seen {
  std::int64_t type = 0;
  bool has_f = false, has_i = false, has_s = false;
  float f = 0;
  std::int64_t i = 0;
  std::string s;
  std::optional<Field> t, g;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
  std::vector<std::string> strings;
  std::string refused;  ///< kind of value we do not read
};

constexpr std::int64_t kFloat = 1, kInt = 2, kString = 3, kTensor = 4, kGraph = 5, kFloats = 6, kInts = 7,
                       kStrings = 8, kTypeProto = 13;

bool scan(ReadContext& context, const Field& field, Seen* seen, RawAttribute* attribute) {
  Message message(field);
  for (Field f; message.next(&f);) {
    bool fine = true;
    switch (f.number) {
      case 1:
        fine = context.typed(f, WireType::bytes, "an attribute");
        attribute->name = f.text();
        break;
      case 2:
        fine = context.typed(f, WireType::fixed32, "an attribute");
        seen->f = f.real();
        seen->has_f = true;
        break;
      case 3:
        fine = context.typed(f, WireType::varint, "an attribute");
        seen->i = f.integer();
        seen->has_i = true;
        break;
      case 4:
        fine = context.typed(f, WireType::bytes, "an attribute");
        seen->s = f.text();
        seen->has_s = true;
        break;
      case 5:
        fine = context.typed(f, WireType::bytes, "an attribute");
        seen->t = f;
        break;
      case 6:
        fine = context.typed(f, WireType::bytes, "an attribute");
        seen->g = f;
        break;
      case 7:
        if (!each_number(f, WireType::fixed32, [&](std::uint64_t bits) {
              seen->floats.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
            }))
          return context.fail(f.offset, "a list of floats is damaged");
        break;
      case 8:
        if (!each_number(f, WireType::varint, [&](std::uint64_t value) {
              seen->ints.push_back(static_cast<std::int64_t>(value));
            }))
          return context.fail(f.offset, "a list of integers is damaged");
        break;
      case 9:
        fine = context.typed(f, WireType::bytes, "an attribute");
        seen->strings.emplace_back(f.text());
        break;
      case 10:
        seen->refused = "a list of tensors";
        break;
      case 11:
        seen->refused = "a list of graphs";
        break;
      case 20:
        fine = context.typed(f, WireType::varint, "an attribute");
        seen->type = f.integer();
        break;
      case 21:
        fine = context.typed(f, WireType::bytes, "an attribute");
        attribute->reference = f.text();
        break;
      case 22:
      case 23:
        seen->refused = "a sparse tensor";
        break;
      default:
        break;
    }
    if (!fine) return false;
  }
  return context.whole(message, "an attribute");
}

std::int64_t guess_type(const Seen& seen) {
  if (seen.has_f) return kFloat;
  if (seen.has_i) return kInt;
  if (seen.has_s) return kString;
  if (seen.t) return kTensor;
  if (seen.g) return kGraph;
  if (!seen.floats.empty()) return kFloats;
  if (!seen.ints.empty()) return kInts;
  if (!seen.strings.empty()) return kStrings;
  return 0;
}

bool parse_shape(ReadContext& context, const Field& field, Shape* shape) {
  Message message(field);
  for (Field f; message.next(&f);) {
    if (f.number != 1) continue;
    if (!context.typed(f, WireType::bytes, "a shape")) return false;
    std::int64_t size = -1;
    Message dim(f);
    for (Field g; dim.next(&g);)
      if (g.number == 1) {
        if (!context.typed(g, WireType::varint, "a dimension")) return false;
        size = g.integer() < 0 ? -1 : g.integer();
      }
    if (!context.whole(dim, "a dimension")) return false;
    if (shape->size() >= 64) return context.fail(f.offset, "a shape has more than 64 dimensions");
    shape->push_back(size);
  }
  return context.whole(message, "a shape");
}

bool parse_tensor_type(ReadContext& context, const Field& field, RawValue* value) {
  Message message(field);
  for (Field f; message.next(&f);) {
    if (f.number == 1) {
      if (!context.typed(f, WireType::varint, "a tensor type")) return false;
      value->dtype = dtype_of_onnx(f.integer());
      if (value->dtype == DType::undefined && f.value != 0)
        return context.fail(
            f.offset,
            "value \"" + value->name + "\" has element type " + onnx_type_name(f.integer()) +
                ", which is not supported",
            "export the model with float32, float16, bfloat16 or integer tensors of 8 to 64 bits");
    } else if (f.number == 2) {
      if (!context.typed(f, WireType::bytes, "a tensor type")) return false;
      value->shape.emplace();
      if (!parse_shape(context, f, &*value->shape)) return false;
    }
  }
  return context.whole(message, "a tensor type");
}

bool parse_type(ReadContext& context, const Field& field, int depth, RawValue* value) {
  if (depth > kDeepestNesting) return context.fail(field.offset, "types are nested more than 16 deep");
  Message message(field);
  for (Field f; message.next(&f);) {
    if (f.number == 6) continue;
    if (!context.typed(f, WireType::bytes, "a type")) return false;
    if (f.number == 1) {
      if (!parse_tensor_type(context, f, value)) return false;
    } else if (f.number == 4 || f.number == 9) {
      if (depth == 0) value->kind = f.number == 4 ? ValueKind::sequence : ValueKind::optional;
      Message inner(f);
      for (Field g; inner.next(&g);)
        if (g.number == 1 &&
            (!context.typed(g, WireType::bytes, "a type") || !parse_type(context, g, depth + 1, value)))
          return false;
      if (!context.whole(inner, "a type")) return false;
    } else if (f.number == 5 || f.number == 8) {
      return context.fail(f.offset, "value \"" + value->name + "\" is a " +
                                        (f.number == 5 ? "map" : "sparse tensor") +
                                        ", which is not supported");
    }
  }
  if (depth == 0 && value->kind != ValueKind::tensor) value->shape.reset();
  return context.whole(message, "a type");
}

}  // namespace

bool parse_attribute(ReadContext& context, const Field& field, int depth, const std::string& owner,
                     RawAttribute* attribute) {
  Seen seen;
  if (!scan(context, field, &seen, attribute)) return false;
  const std::string who = "attribute " + attribute->name + " of " + owner;
  if (!seen.refused.empty())
    return context.fail(field.offset, who + " is " + seen.refused + ", which is not supported");
  if (!attribute->reference.empty()) return true;
  switch (seen.type != 0 ? seen.type : guess_type(seen)) {
    case kFloat:
      attribute->value = seen.f;
      return true;
    case kInt:
      attribute->value = seen.i;
      return true;
    case kString:
      attribute->value = std::move(seen.s);
      return true;
    case kFloats:
      attribute->value = std::move(seen.floats);
      return true;
    case kInts:
      attribute->value = std::move(seen.ints);
      return true;
    case kStrings:
      attribute->value = std::move(seen.strings);
      return true;
    case kTensor: {
      if (!seen.t) return context.fail(field.offset, who + " says it is a tensor and holds none");
      auto tensor = decode_tensor(context, *seen.t, owner);
      if (!tensor) return false;
      attribute->value = std::move(tensor->tensor);
      return true;
    }
    case kGraph:
      if (!seen.g) return context.fail(field.offset, who + " says it is a graph and holds none");
      attribute->graph = std::make_shared<RawGraph>();
      return parse_graph(context, *seen.g, depth + 1, attribute->graph.get());
    case kTypeProto:
      attribute->value = std::string("type");  // of the Optional operator only; the evaluator needs no type
      return true;
    case 0:
      attribute->value = std::vector<std::int64_t>();  // an empty list of an old file
      return true;
    default:
      return context.fail(field.offset, who + " has the unknown type " + std::to_string(seen.type));
  }
}

bool parse_value(ReadContext& context, const Field& field, RawValue* value) {
  value->offset = field.offset;
  Message message(field);
  std::optional<Field> type;
  for (Field f; message.next(&f);) {
    if (f.number != 1 && f.number != 2) continue;
    if (!context.typed(f, WireType::bytes, "a value")) return false;
    if (f.number == 1) value->name = f.text();
    if (f.number == 2) type = f;
  }
  if (!context.whole(message, "a value")) return false;
  return !type || parse_type(context, *type, 0, value);
}

}  // namespace bondline::inference
