// What a batch looks like to a receiver (docs/formats/payload.md). One document holds a stretch of the log:
// epoch and sequence of its first sample, so that a receiver knows a sample it has seen; then runs of samples
// that share a source time, by name.
//   {"line": "sip-line-3", "epoch": 4, "seq": 1200, "n": 3, "again": true,
//    "runs": [{"t": 1732190000000000000, "v": {"oven.zone4": 21.5, "oven.on": true}, "q": {"oven.zone4":
//    "uncertain"}}]}
// `again` is there when the receiver may have got these samples before. A value that is not a number is null
// and bad. CBOR (RFC 8949) holds the same document in fewer bytes.
#pragma once
#include <cstdint>
#include <string>

#include "line/gateway/store/log.h"
#include "line/tags/batch.h"

namespace bondline::gateway {

enum class PayloadFormat : std::uint8_t { json, cbor };

struct PayloadHead {
  std::string_view line;
  std::uint64_t epoch = 0, sequence = 0;  ///< of the first sample written
  bool again = false;
};

/// Appends samples first .. first + count - 1 of `batch` as one document.
void write_payload(PayloadFormat format, const PayloadHead& head, const tags::Batch& batch, std::size_t first,
                   std::size_t count, const store::Dictionary& dictionary, std::string& out);

}  // namespace bondline::gateway
