#include "line/gateway/sinks/payload.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace bondline::gateway {

namespace {

using tags::ValueType;

/// Writes JSON text.
class Json {
 public:
  explicit Json(std::string& out) : out_(out) {}
  void map(std::size_t) { open('{'); }
  void end_map() { close('}'); }
  void array(std::size_t) { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name) {
    separate();
    text_raw(name);
    out_ += ':';
    after_key_ = true;
  }
  void text(std::string_view value) {
    separate();
    text_raw(value);
  }
  template <class Integer>
  void whole(Integer value) {
    separate();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
  }
  void boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
  }
  void null() {
    separate();
    out_ += "null";
  }
  template <class Real>
  void real(Real value) {
    if (!std::isfinite(value)) return null();
    separate();
    char digits[40];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
  }

 private:
  void separate() {
    if (after_key_) {
      after_key_ = false;
      return;
    }
    if (!first_) out_ += ',';
    first_ = false;
  }
  void open(char c) {
    separate();
    out_ += c;
    first_ = true;
  }
  void close(char c) {
    out_ += c;
    first_ = false;
  }
  void text_raw(std::string_view value) {
    out_ += '"';
    std::size_t from = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto c = static_cast<unsigned char>(value[i]);
      if (c >= 0x20 && c != '"' && c != '\\') continue;
      out_.append(value, from, i - from);
      from = i + 1;
      out_ += '\\';
      if (c >= 0x20) {
        out_ += value[i];
      } else {
        constexpr char kHex[] = "0123456789abcdef";
        out_ += "u00";
        out_ += kHex[c >> 4 & 15];
        out_ += kHex[c & 15];
      }
    }
    out_.append(value, from);
    out_ += '"';
  }
  std::string& out_;
  bool first_ = true, after_key_ = false;
};

/// Writes CBOR (RFC 8949): definite lengths, shortest integer heads.
class Cbor {
 public:
  explicit Cbor(std::string& out) : out_(out) {}
  void map(std::size_t n) { head(5, n); }
  void end_map() {}
  void array(std::size_t n) { head(4, n); }
  void end_array() {}
  void key(std::string_view name) { text(name); }
  void text(std::string_view value) {
    head(3, value.size());
    out_ += value;
  }
  void whole(std::uint64_t value) { head(0, value); }
  void whole(std::int64_t value) {
    if (value >= 0)
      head(0, static_cast<std::uint64_t>(value));
    else
      head(1, ~static_cast<std::uint64_t>(value));
  }
  void boolean(bool value) { out_ += static_cast<char>(value ? 0xF5 : 0xF4); }
  void null() { out_ += static_cast<char>(0xF6); }
  void real(float value) {
    if (!std::isfinite(value)) return null();
    out_ += static_cast<char>(0xFA);
    big(std::bit_cast<std::uint32_t>(value), 4);
  }
  void real(double value) {
    if (static_cast<double>(static_cast<float>(value)) == value) return real(static_cast<float>(value));
    if (!std::isfinite(value)) return null();
    out_ += static_cast<char>(0xFB);
    big(std::bit_cast<std::uint64_t>(value), 8);
  }

 private:
  void big(std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift & 255);
  }
  void head(unsigned major, std::uint64_t value) {
    const auto put = [&](unsigned low) { out_ += static_cast<char>(major << 5 | low); };
    if (value < 24) {
      put(static_cast<unsigned>(value));
    } else if (value <= 0xFF) {
      put(24);
      big(value, 1);
    } else if (value <= 0xFFFF) {
      put(25);
      big(value, 2);
    } else if (value <= 0xFFFFFFFF) {
      put(26);
      big(value, 4);
    } else {
      put(27);
      big(value, 8);
    }
  }
  std::string& out_;
};

template <class Writer>
void write_value(Writer& w, ValueType type, const tags::Batch& batch, std::size_t i) {
  const std::uint64_t bits = batch.bits()[i];
  if (tags::is_bad(batch.quality()[i])) return w.null();  // what a broken source left behind is no value
  switch (type) {
    case ValueType::boolean:
      return w.boolean(bits != 0);
    case ValueType::i64:
      return w.whole(static_cast<std::int64_t>(bits));
    case ValueType::u64:
      return w.whole(bits);
    case ValueType::f32:
      return w.real(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case ValueType::f64:
      return w.real(std::bit_cast<double>(bits));
    case ValueType::text:
      return w.text(batch.text_of(i));
  }
}

/// Stretches of samples with one source time and no tag twice.
struct Stretch {
  std::size_t first, count;
  std::int64_t source_ns;
};

std::vector<Stretch> stretches_of(const tags::Batch& batch, std::size_t first, std::size_t count) {
  std::vector<Stretch> all;
  for (const tags::Run& run : batch.runs()) {
    const std::size_t begin = std::max<std::size_t>(run.first, first),
                      end = std::min<std::size_t>(run.first + run.count, first + count);
    if (begin >= end) continue;
    const bool joins = !all.empty() && all.back().source_ns == run.times.source_ns;
    if (!joins) all.push_back({begin, 0, run.times.source_ns});
    for (std::size_t i = begin; i < end; ++i) {
      // Tags rise within a stretch, so that none comes twice; drivers offer them so.
      if (all.back().count > 0 && batch.tag()[i] <= batch.tag()[i - 1])
        all.push_back({i, 0, run.times.source_ns});
      ++all.back().count;
    }
  }
  return all;
}

template <class Writer>
void write(Writer w, const PayloadHead& head, const tags::Batch& batch, std::size_t first, std::size_t count,
           const store::Dictionary& dictionary) {
  const auto stretches = stretches_of(batch, first, count);
  w.map(head.again ? 6 : 5);
  w.key("line");
  w.text(head.line);
  w.key("epoch");
  w.whole(head.epoch);
  w.key("seq");
  w.whole(head.sequence);
  w.key("n");
  w.whole(static_cast<std::uint64_t>(count));
  if (head.again) {
    w.key("again");
    w.boolean(true);
  }
  w.key("runs");
  w.array(stretches.size());
  for (const Stretch& stretch : stretches) {
    std::size_t other_quality = 0;
    for (std::size_t i = stretch.first; i < stretch.first + stretch.count; ++i)
      other_quality += batch.quality()[i] != tags::Quality::good;
    w.map(other_quality ? 3 : 2);
    w.key("t");
    w.whole(stretch.source_ns);
    w.key("v");
    w.map(stretch.count);
    for (std::size_t i = stretch.first; i < stretch.first + stretch.count; ++i) {
      const store::NamedTag& tag = dictionary[batch.tag()[i]];
      w.key(tag.name);
      write_value(w, tag.type, batch, i);
    }
    w.end_map();
    if (other_quality) {
      w.key("q");
      w.map(other_quality);
      for (std::size_t i = stretch.first; i < stretch.first + stretch.count; ++i)
        if (batch.quality()[i] != tags::Quality::good) {
          w.key(dictionary[batch.tag()[i]].name);
          w.text(tags::name_of(batch.quality()[i]));
        }
      w.end_map();
    }
    w.end_map();
  }
  w.end_array();
  w.end_map();
}

}  // namespace

void write_payload(PayloadFormat format, const PayloadHead& head, const tags::Batch& batch, std::size_t first,
                   std::size_t count, const store::Dictionary& dictionary, std::string& out) {
  if (format == PayloadFormat::json)
    write(Json(out), head, batch, first, count, dictionary);
  else
    write(Cbor(out), head, batch, first, count, dictionary);
}

}  // namespace bondline::gateway
