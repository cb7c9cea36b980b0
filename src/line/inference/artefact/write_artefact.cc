#include <bit>
#include <cstring>
#include <map>

#include "base/crc32c.h"
#include "line/inference/artefact/artefact.h"
#include "line/inference/artefact/layout.h"

namespace bondline::inference {
namespace {

using Bytes = std::vector<std::byte>;

/// A growing little-endian stream; strings go to a table and leave their index.
class Writer {
 public:
  template <class T>
  void number(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      number(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    } else {
      const auto bits = static_cast<std::uint64_t>(value);
      for (std::size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<std::byte>(bits >> (8 * i)));
    }
  }
  void count(std::size_t n) { number(static_cast<std::uint32_t>(n)); }
  void text(const std::string& value) {
    const auto [at, added] = index_.try_emplace(value, static_cast<std::uint32_t>(strings.size()));
    if (added) strings.push_back(value);
    number(at->second);
  }
  void shape(const Shape& value) {
    count(value.size());
    for (const std::int64_t d : value) number(d);
  }
  void raw(const std::byte* data, std::size_t n) { bytes.insert(bytes.end(), data, data + n); }

  Bytes bytes;
  std::vector<std::string> strings;

 private:
  std::map<std::string, std::uint32_t> index_;
};

void put(Writer& out, const Attribute& value) {
  out.number(static_cast<std::uint8_t>(value.index()));
  if (const auto* i = std::get_if<std::int64_t>(&value)) out.number(*i);
  if (const auto* f = std::get_if<float>(&value)) out.number(*f);
  if (const auto* s = std::get_if<std::string>(&value)) out.text(*s);
  if (const auto* t = std::get_if<Tensor>(&value)) {
    out.number(static_cast<std::uint8_t>(t->dtype));
    out.shape(t->shape);
    const std::size_t n = t->bytes ? t->bytes->size() : 0;
    out.number(static_cast<std::uint64_t>(n));
    if (n > 0) out.raw(t->bytes->data(), n);
  }
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) out.shape(*list);
  if (const auto* list = std::get_if<std::vector<float>>(&value)) {
    out.count(list->size());
    for (const float f : *list) out.number(f);
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    out.count(list->size());
    for (const auto& s : *list) out.text(s);
  }
}

void put(Writer& out, const Step& step) {
  out.number(static_cast<std::uint8_t>(step.kind));
  out.text(step.name);
  out.text(step.op);
  out.count(step.description.size());
  out.raw(step.description.data(), step.description.size());
  out.count(step.operands.size());
  for (const Operand& o : step.operands) {
    out.number(static_cast<std::uint8_t>(o.space));
    out.number(static_cast<std::uint8_t>(o.dtype));
    out.number(o.index);
    out.number(o.offset);
    out.number(o.bytes);
    out.shape(o.shape);
  }
  out.number(step.scratch_bytes);
  out.number(step.macs);
  out.number(step.bytes);
  if (step.kind != StepKind::generic) return;
  out.number(step.generic_inputs);
  out.number(step.opset);
  out.text(step.node.op);
  out.text(step.node.domain);
  out.count(step.node.attributes.size());
  for (const auto& a : step.node.attributes) {
    out.text(a.name);
    put(out, a.value);
  }
}

void put(Writer& out, const std::vector<Port>& ports) {
  out.count(ports.size());
  for (const Port& port : ports) {
    out.text(port.name);
    out.number(static_cast<std::uint8_t>(port.dtype));
    out.shape(port.shape);
  }
}

Bytes strings_section(const std::vector<std::string>& strings) {
  Writer out;
  out.count(strings.size());
  for (const auto& s : strings) {
    out.count(s.size());
    out.raw(reinterpret_cast<const std::byte*>(s.data()), s.size());
  }
  return out.bytes;
}

void store(Bytes& file, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) file[at + i] = static_cast<std::byte>(value >> (8 * i));
}

}  // namespace

std::vector<std::byte> write_artefact(const Plan& plan, std::span<const std::byte> weights) {
  Writer out;
  out.text(plan.model);
  out.text(plan.producer);
  out.text(plan.isa);
  out.number(plan.layout);
  put(out, plan.inputs);
  put(out, plan.outputs);
  out.number(plan.arena_bytes);
  out.number(plan.lower_bound_bytes);
  out.number(plan.scratch_bytes);
  out.number(plan.macs);
  out.number(plan.nodes);
  out.number(plan.fused);
  out.count(plan.steps.size());
  for (const Step& step : plan.steps) put(out, step);
  const Bytes body = std::move(out.bytes);
  out.bytes.clear();
  out.count(plan.metadata.size());
  for (const auto& [key, value] : plan.metadata) {
    out.text(key);
    out.text(value);
  }
  const Bytes metadata = std::move(out.bytes);
  const Bytes strings = strings_section(out.strings);

  const std::array<std::pair<blm::Section, std::span<const std::byte>>, blm::kSections> sections = {
      {{blm::Section::plan, body},
       {blm::Section::strings, strings},
       {blm::Section::metadata, metadata},
       {blm::Section::weights, weights}}};
  std::size_t end = blm::kHeaderBytes + blm::kEntryBytes * blm::kSections;
  std::array<std::size_t, blm::kSections> offset{};
  for (std::size_t i = 0; i < sections.size(); ++i) {
    offset[i] = blm::aligned(end);
    end = offset[i] + sections[i].second.size();
  }
  Bytes file(end);
  std::memcpy(file.data(), blm::kMagic.data(), blm::kMagic.size());
  store(file, 8, kArtefactVersion, 4);
  store(file, 12, blm::kByteOrder, 4);
  store(file, 16, end, 8);
  store(file, 24, blm::kSections, 4);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto& bytes = sections[i].second;
    const std::size_t entry = blm::kHeaderBytes + i * blm::kEntryBytes;
    store(file, entry, static_cast<std::uint32_t>(sections[i].first), 4);
    store(file, entry + 4, base::crc32c(bytes), 4);
    store(file, entry + 8, offset[i], 8);
    store(file, entry + 16, bytes.size(), 8);
    if (!bytes.empty()) std::memcpy(file.data() + offset[i], bytes.data(), bytes.size());
  }
  const std::span<const std::byte> all(file);
  store(file, 28, base::crc32c(all.subspan(blm::kHeaderBytes, blm::kEntryBytes * blm::kSections)), 4);
  store(file, 32, base::crc32c(all.first(32)), 4);
  return file;
}

}  // namespace bondline::inference
