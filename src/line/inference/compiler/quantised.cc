// Quantised values: DequantizeLinear costs nothing by itself, functions of one quantised variable become
// tables of 256 entries, and an operation between dequantised inputs and a QuantizeLinear is done in
// integers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "line/inference/compiler/lowering.h"
#include "line/inference/ops/ops.h"

namespace bondline::inference::lowering {
namespace {

/// QuantizeLinear: round half to even, then saturate (ONNX operators, QuantizeLinear).
std::uint8_t quantise(float x, float scale, int zero) {
  const float q = std::nearbyint(x / scale) + static_cast<float>(zero);
  if (!(q > 0)) return 0;
  return static_cast<std::uint8_t>(std::min(q, 255.0f));
}

std::array<std::uint8_t, 256> quantise(const std::array<float, 256>& table, float scale, int zero) {
  std::array<std::uint8_t, 256> out;
  for (std::size_t i = 0; i < 256; ++i) out[i] = quantise(table[i], scale, zero);
  return out;
}

Lazy affine_lazy(Id base, float scale, int zero) {
  std::array<float, 256> table;
  for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] = static_cast<float>(i - zero) * scale;
  return {base, true, scale, zero, std::make_shared<const std::array<float, 256>>(table)};
}

bool identity(const std::array<std::uint8_t, 256>& table) {
  for (std::size_t i = 0; i < 256; ++i) {
    if (table[i] != i) return false;
  }
  return true;
}

}  // namespace

QuantisedConstants find_quantised_constants(const Graph& graph) {
  QuantisedConstants out;
  for (const Node& node : graph.nodes) {
    if (node.op != "DequantizeLinear" || node.inputs.size() < 2 || node.outputs.empty()) continue;
    if (node.integer("block_size", 0) != 0) continue;
    const auto constant = [&](std::size_t i) -> const Tensor* {
      if (i >= node.inputs.size() || node.inputs[i] == kNone) return nullptr;
      const auto& c = graph.value(node.inputs[i]).constant;
      return c ? &*c : nullptr;
    };
    const bool has_zero = node.inputs.size() > 2 && node.inputs[2] != kNone;
    if (constant(0) == nullptr || constant(1) == nullptr || (has_zero && constant(2) == nullptr)) continue;
    QuantisedConstant q{*constant(0), *constant(1), std::nullopt, node.integer("axis", 1)};
    if (has_zero) q.zero = *constant(2);
    out[graph.value(node.outputs[0]).name] = std::move(q);
  }
  return out;
}

bool Lowering::scale_and_zero(ValueId scale, ValueId zero, DType dtype, float* s, int* z) const {
  const Tensor* scale_tensor = constant_of(scale);
  if (scale_tensor == nullptr || scale_tensor->dtype != DType::f32 || scale_tensor->elements() != 1)
    return false;
  *s = scale_tensor->data<float>()[0];
  // Ratios of such scales, and sums of them, stay finite in float32; others take the generic way.
  constexpr float kSmallest = 1e-12f, kLargest = 1e12f;
  if (!(*s >= kSmallest && *s <= kLargest)) return false;
  if (dtype != DType::u8 && dtype != DType::i8) return false;
  int value_of_zero = 0;
  if (zero != kNone) {
    const Tensor* tensor = constant_of(zero);
    if (tensor == nullptr || tensor->dtype != dtype || tensor->elements() != 1) return false;
    value_of_zero = dtype == DType::u8 ? tensor->data<std::uint8_t>()[0] : tensor->data<std::int8_t>()[0];
  }
  *z = value_of_zero + (dtype == DType::i8 ? 128 : 0);
  return true;
}

const Lazy* Lowering::affine(ValueId id) {
  const Lazy& lazy = value(id).lazy;
  return lazy.base != kNone && lazy.affine ? &lazy : nullptr;
}

std::optional<Lowering::Target> Lowering::target_of(ValueId out) const {
  Target target;
  ValueId at = out;
  bool relu = false, clip = false;
  float low = 0, high = 0;
  for (int depth = 0; depth < 2; ++depth) {
    if (is_output(at)) return std::nullopt;
    const auto users = consumers(at);
    if (users.size() != 1) return std::nullopt;
    const Node& user = *users[0];
    target.skipped.push_back(&user);
    if (user.op == "QuantizeLinear") {
      target.q = user.outputs[0];
      const DType dtype = dtype_of(target.q);
      if (!scale_and_zero(input(user, 1), input(user, 2), dtype, &target.scale, &target.zero))
        return std::nullopt;
      if (relu) target.lo = std::max(target.lo, target.zero), target.words = "+Relu";
      if (clip) {
        target.lo = quantise(low, target.scale, target.zero);
        target.hi = quantise(high, target.scale, target.zero);
        target.lo = std::min(target.lo, target.hi);  // ONNX: where min is above max, max holds
        target.words = "+Clip";
      }
      return target;
    }
    if (depth > 0) return std::nullopt;
    if (user.op == "Relu") {
      relu = true;
    } else if (user.op == "Clip") {
      clip = true;
      const auto bound = [&](std::size_t i, const char* attribute, float otherwise, float* bound_out) {
        *bound_out = user.real(attribute, otherwise);
        if (input(user, i) == kNone) return true;
        const Tensor* t = constant_of(input(user, i));
        if (t == nullptr || t->dtype != DType::f32 || t->elements() != 1) return false;
        *bound_out = t->data<float>()[0];
        return true;
      };
      if (!bound(1, "min", -3.4e38f, &low) || !bound(2, "max", 3.4e38f, &high)) return std::nullopt;
    } else {
      return std::nullopt;
    }
    at = user.outputs[0];
  }
  return std::nullopt;
}

void Lowering::finish(const Target& target, Id view_id, bool last) {
  (last ? value(target.q).last : value(target.q).plain) = view_id;
  for (const Node* node : target.skipped) {
    done_[static_cast<std::size_t>(node - graph_.nodes.data())] = 1;
  }
}

Id Lowering::requantised(const Lazy& lazy, const Shape& shape, float scale, int zero) {
  const auto table = quantise(*lazy.table, scale, zero);
  if (identity(table)) return lazy.base;
  const Id made = add_value(DType::u8, shape);
  program.values.back().origin = lazy.base;
  program.values.back().origin_table = std::make_shared<const std::array<std::uint8_t, 256>>(table);
  return made;
}

bool Lowering::lower_quantize(const Node& node) {
  const ValueId x = node.inputs[0], q = node.outputs[0];
  float scale = 1;
  int zero = 0;
  if (dtype_of(x) != DType::f32 ||
      !scale_and_zero(input(node, 1), input(node, 2), dtype_of(q), &scale, &zero)) {
    return false;
  }
  if (value(x).lazy.base != kNone) {
    const auto table = quantise(*value(x).lazy.table, scale, zero);
    value(q).origin = value(x).lazy.base;
    value(q).origin_table = std::make_shared<const std::array<std::uint8_t, 256>>(table);
    return true;
  }
  if (value(x).constant != nullptr) return false;
  // A float value: straight from its plain form to channels last where the graph's input is an image.
  const bool last = value(x).shape.size() >= 3 && value(x).shape.size() <= 4;
  if (last && value(x).last == kNone && value(x).plain == kNone && value(x).planes != kNone) {
    value(q).last = convert(value(x).planes, value(x).shape, DType::u8, true, false, scale, zero, node.name);
    return value(q).last != kNone;
  }
  if (last && value(x).last == kNone && prefers_last(x)) as_last(x);
  if (last && value(x).last == kNone) {
    const Id plain = as_plain(x);
    if (plain == kNone) return false;
    value(q).last = convert(plain, value(x).shape, DType::u8, true, false, scale, zero, node.name);
    return value(q).last != kNone;
  }
  if (last) {
    value(q).last = convert(value(x).last, value(x).shape, DType::u8, false, false, scale, zero, node.name);
  } else {
    value(q).plain = convert(as_plain(x), value(x).shape, DType::u8, true, true, scale, zero, node.name);
    const Id folded = value(q).plain;
    if (folded != kNone && program.view(folded).n * program.view(folded).h * program.view(folded).w != 1) {
      value(q).plain = reinterpret(folded, 1, 1, 1, program.view(folded).elements());
    }
  }
  return true;
}

bool Lowering::lower_dequantize(const Node& node) {
  const ValueId q = node.inputs[0];
  float scale = 1;
  int zero = 0;
  if (!scale_and_zero(input(node, 1), input(node, 2), dtype_of(q), &scale, &zero)) return false;
  if (dtype_of(node.outputs[0]) != DType::f32) return false;
  set_lazy(node.outputs[0], affine_lazy(q, scale, zero));
  return true;
}

bool Lowering::fold_into_table(const Node& node) {
  static const std::array<std::string_view, 34> kElementwise = {
      "Relu",      "Clip",      "Sigmoid",    "HardSigmoid",
      "HardSwish", "LeakyRelu", "Elu",        "Tanh",
      "Gelu",      "Erf",       "Softplus",   "Exp",
      "Log",       "Sqrt",      "Neg",        "Abs",
      "Add",       "Sub",       "Mul",        "Div",
      "Pow",       "Min",       "Max",        "Mish",
      "Floor",     "Ceil",      "Round",      "Celu",
      "Selu",      "Softsign",  "Reciprocal", "ThresholdedRelu",
      "QuickGelu", "Sign"};
  if (std::find(kElementwise.begin(), kElementwise.end(), node.op) == kElementwise.end()) return false;
  if (node.outputs.size() != 1 || node.outputs[0] == kNone || dtype_of(node.outputs[0]) != DType::f32)
    return false;
  // Every input is a scalar or a function of one quantised value of the output's shape.
  std::vector<Lazy> lazies(node.inputs.size());
  std::vector<std::size_t> variable;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNone) continue;
    if (const Tensor* constant = constant_of(node.inputs[i])) {
      if (constant->elements() != 1 || constant->dtype != DType::f32) return false;
      continue;
    }
    if (value(node.inputs[i]).lazy.base == kNone) return false;
    if (shape_of(node.inputs[i]) != shape_of(node.outputs[0])) return false;
    lazies[i] = value(node.inputs[i]).lazy;
    variable.push_back(i);
  }
  if (variable.empty()) return false;
  // Where bases differ, one may be a table of the other.
  const auto climb = [&](Lazy& lazy) {
    const Value& base = program.values[static_cast<std::size_t>(lazy.base)];
    if (base.origin == kNone) return false;
    std::array<float, 256> table;
    for (std::size_t i = 0; i < 256; ++i) table[i] = (*lazy.table)[(*base.origin_table)[i]];
    lazy = {base.origin, false, 1, 0, std::make_shared<const std::array<float, 256>>(table)};
    return true;
  };
  const auto agree = [&] {
    return std::all_of(variable.begin(), variable.end(),
                       [&](std::size_t i) { return lazies[i].base == lazies[variable[0]].base; });
  };
  const auto all = lazies;
  for (const std::size_t keep : variable) {  // every input climbs until it meets the base of `keep`
    if (agree()) break;
    lazies = all;
    for (const std::size_t i : variable) {
      while (lazies[i].base != all[keep].base && climb(lazies[i])) {
      }
    }
  }
  if (!agree()) {
    lazies = all;
    for (const std::size_t i : variable) {
      while (climb(lazies[i])) {
      }
    }
    if (!agree()) return false;
  }
  const OpInfo* op = find_op(node.domain, node.op, graph_.opset_of(node.domain));
  if (op == nullptr || op->run == nullptr) return false;
  const Shape many = {256};
  std::vector<OpTensor> in(node.inputs.size());
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNone) continue;
    if (const Tensor* constant = constant_of(node.inputs[i])) {
      in[i] = {DType::f32, constant->shape, const_cast<float*>(constant->data<float>())};
      if (constant->shape.size() > 1) in[i].shape = std::span<const std::int64_t>(constant->shape).first(1);
    } else {
      in[i] = {DType::f32, many, const_cast<float*>(lazies[i].table->data())};
    }
  }
  std::array<float, 256> table{};
  const std::array<OpTensor, 1> out = {OpTensor{DType::f32, many, table.data()}};
  std::string problem;
  std::vector<std::byte> scratch;
  if (op->scratch != nullptr) scratch.resize(op->scratch(node, graph_.opset_of(node.domain), in, out));
  if (!op->run({node, graph_.opset_of(node.domain), in, out, scratch}, &problem)) return false;
  set_lazy(node.outputs[0],
           {lazies[variable[0]].base, false, 1, 0, std::make_shared<const std::array<float, 256>>(table)});
  return true;
}

}  // namespace bondline::inference::lowering
