#include "trust/chain.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"

namespace bondline::trust {

namespace {

constexpr std::string_view kFirst = "bondline: chain/1 ";

std::string hash_of(std::string_view previous, std::string_view rest) {
  std::string bytes(previous);
  bytes += ' ';
  bytes += rest;
  return base::sha256_hex(bytes);
}

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return out;
}

template <class T>
bool take_number(std::string_view& text, T& value) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at == end || *at != ' ') return false;
  // One way to write a number: no leading zeros, no "-0".
  const std::string_view digits(text.data(), static_cast<std::size_t>(at - text.data()));
  if (digits != std::to_string(value)) return false;
  text.remove_prefix(digits.size() + 1);
  return true;
}

bool read_record(std::string_view line, ChainRecord& out) {
  if (!take_number(line, out.number) || !take_number(line, out.time_ns) || line.size() < 65 ||
      line[64] != ' ')
    return false;
  out.hash = line.substr(0, 64);
  if (!std::all_of(out.hash.begin(), out.hash.end(),
                   [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }))
    return false;
  out.payload = line.substr(65);
  return std::none_of(out.payload.begin(), out.payload.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

std::string hashed_part(const ChainRecord& r) {
  return std::to_string(r.number) + " " + std::to_string(r.time_ns) + " " + std::string(r.payload);
}

}  // namespace

std::string chain_start(std::string_view title) {
  return std::string(kFirst) + one_line(title) + "\n";
}

ChainHead chain_origin(std::string_view title) {
  return {0, base::sha256_hex(chain_start(title))};
}

std::string next_record(ChainHead& head, std::int64_t time_ns, std::string_view payload) {
  const std::string text = one_line(payload);
  const std::string front = std::to_string(head.number + 1) + " " + std::to_string(time_ns) + " ";
  head.hash = hash_of(head.hash, front + text);
  ++head.number;
  return front + head.hash + " " + text + "\n";
}

ChainCheck check_chain(std::string_view text, const std::function<void(const ChainRecord&, bool)>& visit) {
  ChainCheck out;
  const std::size_t first_end = text.find('\n');
  if (!text.starts_with(kFirst) || first_end == std::string_view::npos) {
    out.first_break = {1, "the file does not begin as a chain does"};
    return out;
  }
  out.is_chain = true;
  out.title = text.substr(kFirst.size(), first_end - kFirst.size());
  out.head = {0, base::sha256_hex(text.substr(0, first_end + 1))};
  text.remove_prefix(first_end + 1);
  const auto broken = [&](std::uint64_t line, std::string what) {
    if (!out.first_break) out.first_break = {line, std::move(what)};
  };
  std::uint64_t line_number = 1, torn_since = 0, torn_before = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      out.ends_torn = true;
      break;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    ChainRecord record;
    if (!read_record(line, record)) {
      // A loss of power leaves half a line; the chain then goes on from the record before. Whether it does,
      // the next record tells.
      if (torn_before++ == 0) torn_since = line_number;
      continue;
    }
    if (record.number != out.head.number + 1)
      broken(
          torn_before ? torn_since : line_number,
          "record " + std::to_string(record.number) + " follows record " + std::to_string(out.head.number));
    else if (hash_of(out.head.hash, hashed_part(record)) != record.hash)
      broken(torn_before ? torn_since : line_number,
             "record " + std::to_string(record.number) + " does not hang on the one before it");
    else
      out.torn += torn_before;
    torn_before = 0;
    out.head = {record.number, std::string(record.hash)};
    ++out.records;
    if (visit) visit(record, !out.first_break);
  }
  if (torn_before > 0) broken(torn_since, "a line that is no record, and none follows it");
  return out;
}

}  // namespace bondline::trust
