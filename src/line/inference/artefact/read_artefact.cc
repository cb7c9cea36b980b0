#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "base/crc32c.h"
#include "line/inference/artefact/artefact.h"
#include "line/inference/artefact/cursor.h"
#include "line/inference/artefact/layout.h"

namespace bondline::inference {
namespace {

using blm::Cursor;
constexpr const char* kDamaged = "compile the model again, or copy the file again";

DType read_dtype(Cursor& in) {
  const auto raw = in.number<std::uint8_t>("element type");
  if (raw > static_cast<std::uint8_t>(DType::string)) in.fail("unknown element type");
  return in.failed() ? DType::undefined : static_cast<DType>(raw);
}

Shape read_shape(Cursor& in) {
  Shape shape(in.count(8, "shape"));
  for (auto& d : shape) d = in.number<std::int64_t>("dimension");
  return shape;
}

/// The bytes of a dense tensor; fails on negative dimensions and on more than 2^40 elements.
std::uint64_t bytes_of(Cursor& in, const Shape& shape, DType dtype) {
  if (shape.size() > 16) in.fail("a tensor of more than 16 dimensions");
  std::uint64_t product = 1;
  for (const std::int64_t d : shape) {
    if (d < 0 || d > (std::int64_t{1} << 40)) {
      in.fail("a dimension that is negative or beyond 2^40");
      return 0;
    }
    product *= static_cast<std::uint64_t>(d);
    if (product > (std::uint64_t{1} << 40)) {
      in.fail("a tensor of more than 2^40 elements");
      return 0;
    }
  }
  return product * size_of(dtype);
}

Attribute read_attribute(Cursor& in) {
  switch (in.number<std::uint8_t>("attribute kind")) {
    case 0:
      return in.number<std::int64_t>("attribute");
    case 1:
      return std::bit_cast<float>(in.number<std::uint32_t>("attribute"));
    case 2:
      return in.text("attribute");
    case 3: {
      Tensor tensor;
      tensor.dtype = read_dtype(in);
      tensor.shape = read_shape(in);
      const auto bytes = in.number<std::uint64_t>("attribute's bytes");
      if (tensor.dtype == DType::string || bytes_of(in, tensor.shape, tensor.dtype) != bytes) {
        in.fail("an attribute tensor whose bytes do not fit its shape");
      }
      const auto data = in.raw(bytes, "attribute tensor");
      tensor.bytes = std::make_shared<const std::vector<std::byte>>(data.begin(), data.end());
      return tensor;
    }
    case 4:
      return Attribute(read_shape(in));
    case 5: {
      std::vector<float> list(in.count(4, "attribute"));
      for (auto& f : list) f = std::bit_cast<float>(in.number<std::uint32_t>("attribute"));
      return list;
    }
    case 6: {
      std::vector<std::string> list(in.count(4, "attribute"));
      for (auto& s : list) s = in.text("attribute");
      return list;
    }
    default:
      in.fail("unknown kind of attribute");
      return std::int64_t{0};
  }
}

/// The memory an operand may point into, so that places can be checked while they are read.
struct Memory {
  const Plan& plan;
  std::uint64_t weights;
};

std::uint64_t size_of_space(const Operand& o, const Memory& memory) {
  switch (o.space) {
    case Space::none:
      return 0;
    case Space::arena:
      return memory.plan.arena_bytes;
    case Space::weights:
      return memory.weights;
    case Space::input:
      return o.index < memory.plan.inputs.size() ? memory.plan.inputs[o.index].bytes() : 0;
    case Space::output:
      return o.index < memory.plan.outputs.size() ? memory.plan.outputs[o.index].bytes() : 0;
  }
  return 0;
}

Operand read_operand(Cursor& in, const Memory& memory) {
  Operand o;
  const auto space = in.number<std::uint8_t>("memory");
  if (space > static_cast<std::uint8_t>(Space::output)) in.fail("unknown kind of memory");
  if (in.failed()) return o;
  o.space = static_cast<Space>(space);
  o.dtype = read_dtype(in);
  o.index = in.number<std::uint32_t>("operand");
  o.offset = in.number<std::uint64_t>("operand");
  o.bytes = in.number<std::uint64_t>("operand");
  o.shape = read_shape(in);
  const std::uint64_t limit = size_of_space(o, memory);
  if (o.offset > limit || o.bytes > limit - o.offset) {
    in.fail(fmt::format("an operand of {} bytes at {} in a memory of {}", o.bytes, o.offset, limit));
  }
  if (o.space == Space::input && o.index >= memory.plan.inputs.size())
    in.fail("an input that does not exist");
  if (o.space == Space::output && o.index >= memory.plan.outputs.size()) {
    in.fail("an output that does not exist");
  }
  if (o.dtype != DType::undefined) {
    if (o.dtype == DType::string || bytes_of(in, o.shape, o.dtype) != o.bytes) {
      in.fail("an operand whose bytes do not fit its shape");
    }
    const std::size_t align = size_of(o.dtype);
    if (align > 0 && o.offset % align != 0) in.fail("an operand that is not aligned to its element type");
  }
  return o;
}

Step read_step(Cursor& in, const Memory& memory) {
  Step step;
  const auto kind = in.number<std::uint8_t>("step");
  if (kind >= kStepKinds) in.fail("unknown kind of step");
  if (in.failed()) return step;
  step.kind = static_cast<StepKind>(kind);
  step.name = in.text("name of a step");
  step.op = in.text("words of a step");
  const auto description = in.raw(in.count(1, "description"), "description");
  step.description.assign(description.begin(), description.end());
  step.operands.resize(in.count(30, "operands"));
  for (auto& operand : step.operands) {
    operand = read_operand(in, memory);
    if (in.failed()) return step;
  }
  step.scratch_bytes = in.number<std::uint64_t>("scratch");
  step.macs = in.number<std::int64_t>("work");
  step.bytes = in.number<std::int64_t>("traffic");
  if (step.scratch_bytes > memory.plan.scratch_bytes) in.fail("a step with more scratch than the plan has");
  if (step.kind != StepKind::generic) return step;
  step.generic_inputs = in.number<std::uint32_t>("inputs of a node");
  if (step.generic_inputs > step.operands.size()) in.fail("more inputs than operands");
  step.opset = in.number<std::int64_t>("opset");
  step.node.op = in.text("operator");
  step.node.domain = in.text("domain");
  step.node.name = step.name;
  step.node.attributes.resize(in.count(6, "attributes"));
  for (auto& a : step.node.attributes) {
    a.name = in.text("attribute");
    a.value = read_attribute(in);
    if (in.failed()) return step;
  }
  return step;
}

std::vector<Port> read_ports(Cursor& in) {
  std::vector<Port> ports(in.count(9, "inputs or outputs"));
  for (auto& port : ports) {
    port.name = in.text("name of an input or output");
    port.dtype = read_dtype(in);
    port.shape = read_shape(in);
    if (size_of(port.dtype) == 0) in.fail("an input or output without a numeric type");
    bytes_of(in, port.shape, port.dtype);
    if (in.failed()) break;
  }
  return ports;
}

void read_plan(Cursor& in, std::uint64_t weights, Plan& plan) {
  plan.model = in.text("model");
  plan.producer = in.text("producer");
  plan.isa = in.text("instruction set");
  plan.layout = in.number<std::uint32_t>("layout");
  plan.inputs = read_ports(in);
  plan.outputs = read_ports(in);
  plan.arena_bytes = in.number<std::uint64_t>("arena");
  plan.lower_bound_bytes = in.number<std::uint64_t>("lower bound");
  plan.scratch_bytes = in.number<std::uint64_t>("scratch");
  plan.macs = in.number<std::int64_t>("work");
  plan.nodes = in.number<std::uint64_t>("nodes");
  plan.fused = in.number<std::uint64_t>("fused nodes");
  if (plan.arena_bytes > kMostArenaBytes || plan.scratch_bytes > kMostArenaBytes)
    in.fail("an arena of more than 64 GiB");
  const std::size_t steps = in.count(41, "steps");
  for (std::size_t i = 0; i < steps && !in.failed(); ++i) {
    plan.steps.push_back(read_step(in, {plan, weights}));
  }
  in.finish("plan");
}

std::vector<std::string> read_strings(Cursor& in) {
  std::vector<std::string> strings(in.count(4, "strings"));
  for (auto& s : strings) {
    const auto bytes = in.raw(in.count(1, "string"), "string");
    s.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (in.failed()) break;
  }
  in.finish("strings");
  return strings;
}

/// The first byte of [from, to) that is not zero, or `to`: what no checksum covers holds nothing.
std::size_t first_set(std::span<const std::byte> bytes, std::size_t from, std::size_t to) {
  while (from < to && bytes[from] == std::byte{0}) ++from;
  return from;
}

std::uint64_t load(std::span<const std::byte> bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

/// Header, table and checksums; the four sections in the order of blm::Section.
std::optional<std::array<std::span<const std::byte>, blm::kSections>> sections_of(
    std::span<const std::byte> bytes, const std::string& file, base::Diagnostics& diagnostics) {
  const auto refuse = [&](std::string what, const char* mend = kDamaged) {
    diagnostics.error({file}, std::move(what), mend);
    return std::nullopt;
  };
  constexpr std::size_t kTable = blm::kEntryBytes * blm::kSections;
  if (bytes.size() < blm::kMagic.size() ||
      std::memcmp(bytes.data(), blm::kMagic.data(), blm::kMagic.size()) != 0) {
    return refuse("is no compiled model: the first eight bytes are not those of a .blm file",
                  "compile the model with bondline model compile");
  }
  if (bytes.size() < blm::kHeaderBytes + kTable) {
    return refuse(fmt::format("is cut short: {} bytes", bytes.size()));
  }
  if (load(bytes, 8, 4) != kArtefactVersion) {
    return refuse(fmt::format("has format version {}; this program reads version {} (byte 8)",
                              load(bytes, 8, 4), kArtefactVersion),
                  "compile the model again with this version");
  }
  if (load(bytes, 12, 4) != blm::kByteOrder) return refuse("has another byte order (byte 12)");
  if (base::crc32c(bytes.first(32)) != load(bytes, 32, 4))
    return refuse("has a damaged header (bytes 0 to 31)");
  if (load(bytes, 16, 8) != bytes.size()) {
    return refuse(
        fmt::format("has {} bytes; its header says {} (byte 16)", bytes.size(), load(bytes, 16, 8)));
  }
  if (load(bytes, 24, 4) != blm::kSections) return refuse("has another number of sections (byte 24)");
  if (base::crc32c(bytes.subspan(blm::kHeaderBytes, kTable)) != load(bytes, 28, 4)) {
    return refuse("has a damaged section table (byte 64)");
  }
  const auto not_zero = [](std::size_t at) {
    return fmt::format("is damaged: byte {} between its parts is not zero", at);
  };
  if (const std::size_t at = first_set(bytes, 36, blm::kHeaderBytes); at < blm::kHeaderBytes)
    return refuse(not_zero(at));
  std::size_t end = blm::kHeaderBytes + kTable;
  std::array<std::span<const std::byte>, blm::kSections> out;
  for (std::size_t i = 0; i < blm::kSections; ++i) {
    const std::size_t entry = blm::kHeaderBytes + i * blm::kEntryBytes;
    const std::uint64_t offset = load(bytes, entry + 8, 8), size = load(bytes, entry + 16, 8);
    if (load(bytes, entry, 4) != i + 1)
      return refuse(fmt::format("has sections out of order (byte {})", entry));
    if (offset % 64 != 0 || offset > bytes.size() || size > bytes.size() - offset) {
      return refuse(fmt::format("has a section outside the file (byte {})", entry + 8));
    }
    if (offset < end) return refuse(fmt::format("has sections that overlap (byte {})", entry + 8));
    if (const std::size_t at = first_set(bytes, end, offset); at < offset) return refuse(not_zero(at));
    end = offset + size;
    out[i] = bytes.subspan(offset, size);
    if (base::crc32c(out[i]) != load(bytes, entry + 4, 4)) {
      return refuse(
          fmt::format("is damaged: the checksum of bytes {} to {} does not match", offset, offset + size));
    }
  }
  if (const std::size_t at = first_set(bytes, end, bytes.size()); at < bytes.size())
    return refuse(not_zero(at));
  return out;
}

}  // namespace

std::optional<Artefact> read_artefact(std::span<const std::byte> bytes, const std::string& file,
                                      base::Diagnostics& diagnostics) {
  if constexpr (std::endian::native != std::endian::little) {
    diagnostics.error({file}, "compiled models need a little-endian processor", "");
    return std::nullopt;
  }
  const auto sections = sections_of(bytes, file, diagnostics);
  if (!sections) return std::nullopt;
  const auto offset = [&](std::size_t i) {
    return static_cast<std::size_t>((*sections)[i].data() - bytes.data());
  };
  const auto at = [](blm::Section s) { return static_cast<std::size_t>(s) - 1; };
  Artefact out;
  out.weights = (*sections)[at(blm::Section::weights)];
  Cursor words((*sections)[at(blm::Section::strings)], offset(at(blm::Section::strings)), {});
  const std::vector<std::string> strings = read_strings(words);
  Cursor body((*sections)[at(blm::Section::plan)], offset(at(blm::Section::plan)), strings);
  if (!words.failed()) read_plan(body, out.weights.size(), out.plan);
  Cursor notes((*sections)[at(blm::Section::metadata)], offset(at(blm::Section::metadata)), strings);
  out.plan.metadata.resize(notes.count(8, "metadata"));
  for (auto& [key, value] : out.plan.metadata) {
    key = notes.text("metadata");
    value = notes.text("metadata");
  }
  for (const Cursor* cursor : {&words, &body, &notes}) {
    if (!cursor->failed()) continue;
    diagnostics.error({file},
                      fmt::format("is no valid compiled model: {} (byte {})", cursor->why(), cursor->where()),
                      kDamaged);
    return std::nullopt;
  }
  return out;
}

}  // namespace bondline::inference
