#include "line/gateway/store/run_codec.h"

#include <algorithm>

namespace bondline::store {
namespace {

using tags::Quality;

enum QualityForm : unsigned { all_good = 0, all_same = 1, each = 2 };

QualityForm form_of(const Quality* quality, std::uint32_t count) {
  for (std::uint32_t i = 1; i < count; ++i)
    if (quality[i] != quality[0]) return each;
  return count == 0 || quality[0] == Quality::good ? all_good : all_same;
}

// Times may be anything, so differences wrap instead of overflowing.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

void encode_run(const tags::Batch& batch, const tags::Run& run, const References& references,
                RunContext& context, ByteBuffer& out) {
  const tags::TagId* tag = batch.tag().data() + run.first;
  const std::uint64_t* bits = batch.bits().data() + run.first;
  const Quality* quality = batch.quality().data() + run.first;
  const std::uint32_t count = run.count;

  out.put_varint(count);
  out.put_signed(minus(run.times.source_ns, context.source_ns));
  const std::int64_t receive_lag = minus(run.times.receive_ns, run.times.source_ns);
  const std::int64_t mono_lag = minus(run.times.mono_ns, run.times.receive_ns);
  out.put_signed(minus(receive_lag, context.receive_lag_ns));
  out.put_signed(minus(mono_lag, context.mono_lag_ns));
  context.source_ns = run.times.source_ns;
  context.receive_lag_ns = receive_lag;
  context.mono_lag_ns = mono_lag;

  for (std::uint32_t at = 0; at < count;) {
    std::uint32_t end = at + 1;
    while (end < count && tag[end] == tag[end - 1] + 1) ++end;
    out.put_signed(static_cast<std::int64_t>(tag[at]) - context.next_tag);
    out.put_varint(end - at);
    context.next_tag = static_cast<std::int64_t>(tag[end - 1]) + 1;
    at = end;
  }

  const QualityForm form = form_of(quality, count);
  out.put_byte(form);
  if (form == all_same) out.put_byte(static_cast<unsigned>(quality[0]));
  if (form == each) out.put(quality, count);

  const std::size_t controls = (std::size_t(count) + 1) / 2;
  unsigned char* const control = out.room(controls + 8 * std::size_t(count) + 8);
  std::memset(control, 0, controls);
  unsigned char* at = control + controls;
  bool any_text = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Coding coding = references.coding[tag[i]];
    unsigned length = 0, code = detail::kControlText;
    if (coding == Coding::text)
      any_text = true;
    else
      code = encode_value(coding, references.value[tag[i]], bits[i], at, length);
    at += length;
    control[i / 2] = static_cast<unsigned char>(control[i / 2] | code << (i % 2 * 4));
  }
  out.advance(static_cast<std::size_t>(at - control));
  if (any_text)
    for (std::uint32_t i = 0; i < count; ++i)
      if (references.coding[tag[i]] == Coding::text) {
        const std::string_view text = batch.text_of(run.first + i);
        out.put_varint(text.size());
        out.put(text.data(), text.size());
      }
}

const char* decode_run(ByteReader& in, const References& references, RunContext& context, std::uint64_t most,
                       tags::Batch& batch) {
  const std::uint64_t count = in.varint();
  context.source_ns = plus(context.source_ns, in.signed_varint());
  context.receive_lag_ns = plus(context.receive_lag_ns, in.signed_varint());
  context.mono_lag_ns = plus(context.mono_lag_ns, in.signed_varint());
  if (!in.ok()) return "the run's head is cut off";
  if (count > most) return "the run holds more samples than its frame";
  tags::Times times;
  times.source_ns = context.source_ns;
  times.receive_ns = plus(times.source_ns, context.receive_lag_ns);
  times.mono_ns = plus(times.receive_ns, context.mono_lag_ns);
  batch.begin(times);

  const std::size_t first = batch.size();
  for (std::uint64_t have = 0; have < count;) {
    // Wraps on hostile bytes; what comes out is checked against the table.
    const auto tag =
        static_cast<std::uint64_t>(context.next_tag) + static_cast<std::uint64_t>(in.signed_varint());
    const std::uint64_t length = in.varint();
    if (!in.ok() || length == 0 || length > count - have) return "a range of tags is not possible";
    if (tag >= references.size() || length > references.size() - tag)
      return "a tag that the segment does not name";
    batch.add_range(static_cast<tags::TagId>(tag), static_cast<std::uint32_t>(length));
    have += length;
    context.next_tag = static_cast<std::int64_t>(tag + length);
  }

  const unsigned form = in.byte();
  if (form == all_same) {
    batch.set_quality(first, static_cast<Quality>(in.byte()));
  } else if (form == each) {
    const std::string_view all = in.bytes(count);
    if (!in.ok()) return "the run's qualities are cut off";
    batch.set_quality(first, reinterpret_cast<const unsigned char*>(all.data()));
  } else if (form != all_good) {
    return "an unknown form of qualities";
  }

  const std::string_view controls = in.bytes((count + 1) / 2);
  if (!in.ok()) return "the run's controls are cut off";
  bool any_text = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const unsigned control = static_cast<unsigned char>(controls[i / 2]) >> (i % 2 * 4) & 15u;
    const tags::TagId tag = batch.tag()[first + i];
    const Coding coding = references.coding[tag];
    if ((control == detail::kControlText) != (coding == Coding::text))
      return "a value does not suit its tag's type";
    any_text |= control == detail::kControlText;
    const std::string_view bytes = in.bytes(detail::length_of(control));
    std::uint64_t v = 0;
    if (!in.ok()) return "a value is cut off";
    std::memcpy(&v, bytes.data(), bytes.size());
    batch.set_bits(first + i, decode_value(coding, references.value[tag], control, v));
  }
  if (any_text)
    for (std::uint64_t i = 0; i < count; ++i)
      if (references.coding[batch.tag()[first + i]] == Coding::text) {
        const std::string_view text = in.bytes(in.varint());
        if (!in.ok()) return "a text is cut off";
        batch.set_text(first + i, text);
      }
  return nullptr;
}

}  // namespace bondline::store
