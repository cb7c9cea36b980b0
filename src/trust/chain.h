// Records that hang together by their hashes, so that none can be changed, taken out or put between without
// breaking the chain from there on. A text file, one record a line:
//   bondline: chain/1 TITLE
//   NUMBER TIME HASH PAYLOAD
// NUMBER counts from 1; TIME is ns since 1970; HASH is SHA-256 over "PREVIOUS NUMBER TIME PAYLOAD", PREVIOUS
// being the hash of the record before, of the first line for the first. What a chain alone can't show is that
// its end was cut off or that all of it was written anew: for that its head (number and hash) has to be kept
// elsewhere.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bondline::trust {

/// Where a chain ends: what the next record hangs on.
struct ChainHead {
  std::uint64_t number = 0;  ///< of the last record; 0: none yet
  std::string hash;          ///< 64 hexadecimal digits
};

struct ChainRecord {
  std::uint64_t number = 0;
  std::int64_t time_ns = 0;
  std::string_view hash, payload;
};

/// The first line of a chain, with its LF. `title`: one line.
std::string chain_start(std::string_view title);
/// The head of a chain without records.
ChainHead chain_origin(std::string_view title);
/// The line of the next record, with its LF; moves `head` on. Bytes below 0x20 in `payload` become blanks.
std::string next_record(ChainHead& head, std::int64_t time_ns, std::string_view payload);

/// What to append first to a chain that ends torn (a loss of power), before the next record: it makes what is
/// there of the last line no record, whatever it says.
inline constexpr std::string_view kTornEnd = "\x18\n";

struct ChainCheck {
  std::string title;
  std::uint64_t records = 0;  ///< that can be read
  ChainHead head;             ///< of the last record that can be read
  bool is_chain = false;      ///< the first line is one's
  struct Break {
    std::uint64_t line = 0;  ///< from 1
    std::string what;
  };
  std::optional<Break> first_break;  ///< nothing: every record is where and as it was written
  std::uint64_t torn = 0;  ///< lines that a loss of power left half-written, after which the chain went on
  bool ends_torn = false;  ///< the last line has no LF
};

/// Reads a chain from its beginning. `visit` gets every record that can be read, with whether all up to and
/// with it hangs together. Never throws, whatever the bytes.
ChainCheck check_chain(std::string_view text,
                       const std::function<void(const ChainRecord&, bool sound)>& visit = {});

}  // namespace bondline::trust
