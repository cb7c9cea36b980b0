#include "line/inference/artefact/npy.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace bondline::inference {
namespace {

struct Code {
  const char* text;
  DType dtype;
};
constexpr std::array<Code, 12> kCodes = {{{"f4", DType::f32},
                                          {"f8", DType::f64},
                                          {"f2", DType::f16},
                                          {"i1", DType::i8},
                                          {"u1", DType::u8},
                                          {"i2", DType::i16},
                                          {"u2", DType::u16},
                                          {"i4", DType::i32},
                                          {"u4", DType::u32},
                                          {"i8", DType::i64},
                                          {"u8", DType::u64},
                                          {"b1", DType::boolean}}};

/// A Python dictionary of the three keys the format has; anything else is refused.
class Header {
 public:
  explicit Header(std::string_view text) : text_(text) {}

  std::string parse() {
    if (!eat('{')) return "does not begin with a dictionary";
    bool descr = false, order = false, sizes = false;
    while (!eat('}')) {
      std::string key;
      if (!quoted(&key) || !eat(':')) return "has a header that is no dictionary";
      if (key == "descr") {
        if (!quoted(&type)) return "holds a structured type";
        descr = true;
      } else if (key == "fortran_order") {
        if (word("True")) {
          fortran = true;
        } else if (!word("False")) {
          return "has a fortran_order that is neither True nor False";
        }
        order = true;
      } else if (key == "shape") {
        if (!tuple()) return "has a shape that is no tuple of sizes";
        sizes = true;
      } else {
        return fmt::format("has the unknown key \"{}\" in its header", key);
      }
      if (!eat(',') && !peek('}')) return "has a header that is no dictionary";
    }
    return descr && order && sizes ? "" : "lacks descr, fortran_order or shape in its header";
  }

  std::string type;
  bool fortran = false;
  Shape shape;

 private:
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool peek(char c) {
    space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool eat(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view w) {
    space();
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    return true;
  }
  bool quoted(std::string* out) {
    space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return false;
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos || end - at_ > 64) return false;
    out->assign(text_.substr(at_, end - at_));
    at_ = end + 1;
    return true;
  }
  bool tuple() {
    if (!eat('(')) return false;
    while (!eat(')')) {
      space();
      std::int64_t size = 0;
      std::size_t digits = 0;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && digits < 13; ++at_, ++digits) {
        size = size * 10 + (text_[at_] - '0');
      }
      if (digits == 0 || digits == 13 || shape.size() >= 32) return false;
      shape.push_back(size);
      if (!eat(',') && !peek(')')) return false;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Tensor> read_npy(std::span<const std::byte> bytes, const std::string& file,
                               base::Diagnostics& diagnostics) {
  const auto refuse = [&](std::string what) {
    diagnostics.error({file}, std::move(what), "write it with numpy.save, in C order");
    return std::nullopt;
  };
  if (bytes.size() < 10 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0) return refuse("is no .npy file");
  const int major = std::to_integer<int>(bytes[6]);
  if (major < 1 || major > 3) return refuse(fmt::format("has .npy version {}", major));
  const std::size_t width = major == 1 ? 2 : 4;
  if (bytes.size() < 8 + width) return refuse("is cut short");
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i) length |= std::to_integer<std::size_t>(bytes[8 + i]) << (8 * i);
  if (length > bytes.size() - 8 - width) return refuse("is cut short within its header");
  const auto* text = reinterpret_cast<const char*>(bytes.data()) + 8 + width;
  Header header(std::string_view(text, length));
  if (const std::string why = header.parse(); !why.empty()) return refuse(why);
  if (header.fortran && header.shape.size() > 1) return refuse("is in Fortran order");
  DType dtype = DType::undefined;
  const bool one_byte = header.type.size() == 3 && header.type[2] == '1';
  if (header.type.size() == 3 &&
      (header.type[0] == '<' || (one_byte && (header.type[0] == '|' || header.type[0] == '>')))) {
    for (const Code& code : kCodes) {
      if (header.type.substr(1) == code.text) dtype = code.dtype;
    }
  }
  if (dtype == DType::undefined) return refuse(fmt::format("holds elements of type \"{}\"", header.type));
  const std::span<const std::byte> data = bytes.subspan(8 + width + length);
  std::uint64_t elements = 1;
  for (const std::int64_t d : header.shape) {
    if (d != 0 && elements > (std::uint64_t{1} << 40) / static_cast<std::uint64_t>(d))
      return refuse("has an impossible shape");
    elements *= static_cast<std::uint64_t>(d);
  }
  if (data.size() != elements * size_of(dtype)) {
    return refuse(fmt::format("has {} bytes of data; its shape {} needs {}", data.size(),
                              to_string(header.shape), elements * size_of(dtype)));
  }
  Tensor out;
  out.dtype = dtype;
  out.shape = header.shape;
  out.bytes = std::make_shared<const std::vector<std::byte>>(data.begin(), data.end());
  return out;
}

std::vector<std::byte> write_npy(DType dtype, const Shape& shape, std::span<const std::byte> data) {
  std::string type = "<u2";
  for (const Code& code : kCodes) {
    if (code.dtype == dtype) type = (size_of(dtype) == 1 ? "|" : "<") + std::string(code.text);
  }
  std::string sizes;
  for (const std::int64_t d : shape) sizes += fmt::format("{}, ", d);
  if (shape.size() > 1) sizes.resize(sizes.size() - 2);
  if (shape.size() == 1) sizes.resize(sizes.size() - 1);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, sizes);
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::vector<std::byte> out(10 + header.size() + data.size());
  std::memcpy(out.data(), "\x93NUMPY\x01\x00", 8);
  out[8] = static_cast<std::byte>(header.size() & 0xff);
  out[9] = static_cast<std::byte>(header.size() >> 8);
  std::memcpy(out.data() + 10, header.data(), header.size());
  if (!data.empty()) std::memcpy(out.data() + 10 + header.size(), data.data(), data.size());
  return out;
}

}  // namespace bondline::inference
