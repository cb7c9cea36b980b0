// From operations on views to steps: planes and places filled in, variants chosen, constants packed.
#include <cstring>
#include <limits>

#include "line/inference/compiler/passes.h"
#include "line/inference/compiler/timing.h"

namespace bondline::inference::lowering {
namespace {

template <class T>
std::vector<std::byte> bytes_of(T value) {
  static_assert(std::is_trivially_copyable_v<T>);
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
  __builtin_clear_padding(&value);  // the same model, the same bytes
#endif
#endif
  std::vector<std::byte> out(sizeof(T));
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

class Emitter {
 public:
  Emitter(Program& program, bool tune) : program_(program), tune_(tune && kernels::runs_here(program.isa)) {}

  std::vector<Step> run(std::uint64_t* scratch) {
    std::vector<Step> steps;
    *scratch = 0;
    for (Op& op : program_.ops) {
      steps.push_back(emit(op));
      *scratch = std::max(*scratch, steps.back().scratch_bytes);
    }
    return steps;
  }

 private:
  Operand operand(Id view_id) const {
    Operand out;
    if (view_id == kNone) return out;
    const View& v = program_.view(view_id);
    const Buffer& root = program_.buffer(program_.root(v.buffer));
    out.space = root.space;
    out.index = root.index;
    out.offset = root.offset + static_cast<std::uint64_t>(program_.offset_of(v)) * root.element;
    out.bytes = static_cast<std::uint64_t>(program_.span_of(view_id)) * root.element;
    return out;
  }

  Operand constant(const void* data, std::size_t bytes) {
    Operand out;
    if (bytes == 0) return out;
    program_.weights.resize((program_.weights.size() + 63) / 64 * 64);
    out.space = Space::weights;
    out.offset = program_.weights.size();
    out.bytes = bytes;
    const auto* raw = static_cast<const std::byte*>(data);
    program_.weights.insert(program_.weights.end(), raw, raw + bytes);
    return out;
  }
  Operand constant(const std::vector<std::byte>& data) { return constant(data.data(), data.size()); }
  Operand table(const Op& op) { return constant(op.table.data(), op.table.size()); }

  kernels::Plane plane(Id view_id) const { return program_.plane_of(view_id); }

  /// The variant that takes least time by the model, or by the clock.
  template <class Conv>
  void choose(Conv& conv) const {
    const int count = kernels::variants(conv);
    double best = std::numeric_limits<double>::infinity();
    std::uint8_t chosen = 0;
    for (int v = 0; v < count; ++v) {
      Conv trial = conv;
      trial.variant = static_cast<std::uint8_t>(v);
      if (kernels::problem(trial) != nullptr) continue;
      const double cost = tune_ ? time_of(trial) : kernels::cost(trial);
      if (cost < best) {
        best = cost;
        chosen = trial.variant;
      }
    }
    conv.variant = chosen;
  }

  Operand pack(const kernels::ConvInt8& conv, const ConvConstants& c) {
    Block blob(kernels::packed_bytes(conv));
    kernels::pack(conv,
                  {c.weights8.data(), c.bias32.empty() ? nullptr : c.bias32.data(), c.multiplier.data()},
                  blob.data());
    return constant(blob.data(), kernels::packed_bytes(conv));
  }
  Operand pack(const kernels::ConvF32& conv, const ConvConstants& c) {
    Block blob(kernels::packed_bytes(conv));
    kernels::pack(conv, {c.weights.data(), c.bias.empty() ? nullptr : c.bias.data()}, blob.data());
    return constant(blob.data(), kernels::packed_bytes(conv));
  }

  Step emit(Op& op) {
    Step step;
    step.kind = op.kind;
    step.name = op.name;
    step.op = op.words;
    for (const Id v : op.in) step.operands.push_back(operand(v));
    switch (op.kind) {
      case StepKind::conv_int8:
        integer(op, step);
        break;
      case StepKind::conv_f32:
        real(op, step);
        break;
      case StepKind::conv_pair_int8:
        pair(op, step);
        break;
      case StepKind::generic:
        generic(op, step);
        break;
      default:
        small(op, step);
    }
    for (const Operand& o : step.operands) step.bytes += static_cast<std::int64_t>(o.bytes);
    return step;
  }

  void integer(Op& op, Step& step) {
    auto conv = std::get<kernels::ConvInt8>(op.description);
    conv.shape.in = plane(op.in[0]);
    conv.shape.out = plane(op.out[0]);
    if (op.residual != kNone) conv.residual_at = plane(op.residual);
    choose(conv);
    step.operands.push_back(pack(conv, *op.constants));
    step.operands.push_back(operand(op.out[0]));
    step.operands.push_back(operand(op.residual));
    step.operands.push_back(table(op));
    step.macs = kernels::macs_of(conv.shape);
    step.scratch_bytes = kernels::scratch_bytes(conv);
    step.op += std::string(" [") + kernels::variant_name(conv) + "]";
    step.description = bytes_of(conv);
  }

  void real(Op& op, Step& step) {
    auto conv = std::get<kernels::ConvF32>(op.description);
    conv.shape.in = plane(op.in[0]);
    conv.shape.out = plane(op.out[0]);
    if (op.residual != kNone) conv.residual_at = plane(op.residual);
    choose(conv);
    step.operands.push_back(pack(conv, *op.constants));
    step.operands.push_back(operand(op.out[0]));
    step.operands.push_back(operand(op.residual));
    step.macs = kernels::macs_of(conv.shape);
    step.scratch_bytes = kernels::scratch_bytes(conv);
    step.op += std::string(" [") + kernels::variant_name(conv) + "]";
    step.description = bytes_of(conv);
  }

  void pair(Op& op, Step& step) {
    auto both = std::get<kernels::ConvPairInt8>(op.description);
    both.first.shape.in = plane(op.in[0]);
    both.second.shape.out = plane(op.out[0]);
    if (op.residual != kNone) both.second.residual_at = plane(op.residual);
    step.operands.push_back(pack(both.first, *op.first->constants));
    step.operands.push_back(pack(both.second, *op.constants));
    step.operands.push_back(operand(op.out[0]));
    step.operands.push_back(table(*op.first));
    step.operands.push_back(table(op));
    step.operands.push_back(operand(op.residual));
    step.macs = kernels::macs_of(both.first.shape) + kernels::macs_of(both.second.shape);
    step.scratch_bytes = kernels::scratch_bytes(both);
    step.description = bytes_of(both);
  }

  void generic(const Op& op, Step& step) {
    step.node = *op.node;
    step.node.inputs.clear();
    step.node.outputs.clear();
    step.opset = op.opset;
    step.generic_inputs = static_cast<std::uint32_t>(op.in.size());
    for (const Id v : op.out) step.operands.push_back(operand(v));
    for (std::size_t i = 0; i < step.operands.size(); ++i) {
      const Id v = i < op.in.size() ? op.in[i] : op.out[i - op.in.size()];
      if (v == kNone) continue;
      const DType dtype = program_.view(v).dtype;
      step.operands[i].dtype = dtype;
      step.operands[i].shape = op.shapes[i];
    }
    step.scratch_bytes = op.scratch;
  }

  /// Everything with in, (in,) out and constants.
  void small(Op& op, Step& step) {
    if (op.kind != StepKind::conv_transpose) step.operands.push_back(operand(op.out[0]));
    const auto fill = [&](auto description) {
      description.in = plane(op.in[0]);
      description.out = plane(op.out[0]);
      step.description = bytes_of(description);
    };
    switch (op.kind) {
      case StepKind::pool:
        fill(std::get<kernels::Pool>(op.description));
        break;
      case StepKind::softmax:
        fill(std::get<kernels::Softmax>(op.description));
        break;
      case StepKind::dfl: {
        auto tail = std::get<kernels::Dfl>(op.description);
        tail.out_plane = program_.view(op.out[0]).plane;
        fill(tail);
        break;
      }
      case StepKind::elementwise: {
        auto sum = std::get<kernels::Elementwise>(op.description);
        sum.a = plane(op.in[0]);
        sum.b = plane(op.in[1]);
        sum.out = plane(op.out[0]);
        step.description = bytes_of(sum);
        break;
      }
      case StepKind::unary:
        fill(std::get<kernels::Unary>(op.description));
        step.operands.push_back(table(op));
        break;
      case StepKind::lookup:
      case StepKind::convert: {
        if (op.kind == StepKind::lookup) step.operands.insert(step.operands.begin() + 1, constant(op.raw[0]));
        auto change = std::get<kernels::Convert>(op.description);
        change.in = plane(op.in[0]);
        change.out = plane(op.out[0]);
        const auto same_size = [](kernels::Plane& to, const kernels::Plane& from) {
          to.n = from.n, to.h = from.h, to.w = from.w, to.c = from.c;
        };
        change.in_plane = program_.view(op.in[0]).plane;
        change.out_plane = program_.view(op.out[0]).plane;
        if (change.in_nchw && !change.out_nchw) same_size(change.in, change.out);
        if (change.out_nchw && !change.in_nchw) same_size(change.out, change.in);
        step.description = bytes_of(change);
        break;
      }
      case StepKind::resize:
        fill(std::get<kernels::Resize>(op.description));
        for (const auto& raw : op.raw) step.operands.push_back(constant(raw));
        break;
      case StepKind::layer_norm:
        fill(std::get<kernels::LayerNorm>(op.description));
        for (const auto& raw : op.raw) step.operands.push_back(constant(raw));
        break;
      case StepKind::conv_transpose: {
        auto up = std::get<kernels::ConvTransposeF32>(op.description);
        up.shape.in = plane(op.in[0]);
        up.shape.out = plane(op.out[0]);
        step.macs = kernels::macs_of(up.shape);
        step.operands.push_back(constant(op.raw[0]));
        step.operands.push_back(operand(op.out[0]));
        step.operands.push_back(constant(op.raw[1]));
        step.description = bytes_of(up);
        break;
      }
      default:
        break;  // copy needs no description
    }
  }

  Program& program_;
  bool tune_;
};

}  // namespace

std::vector<Step> emit_steps(Program& program, bool tune, std::uint64_t* scratch_bytes) {
  return Emitter(program, tune).run(scratch_bytes);
}

}  // namespace bondline::inference::lowering
