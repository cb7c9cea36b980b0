// A segment made of arbitrary bytes: opened, read to its end and appended to. Checksums are mended first for
// every other input, so that the decoders behind them see arbitrary bytes as well.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/crc32c.h"
#include "line/gateway/store/frame.h"
#include "line/gateway/store/log.h"

using namespace bondline;

namespace {

// Walks over what looks like frames and makes their checksums right.
void mend(std::string& bytes) {
  for (std::size_t at = 0; at + store::kHeadBytes <= bytes.size();) {
    std::memcpy(&bytes[at], "BLg1", 4);
    bytes[at + 4] = static_cast<char>(1 + (static_cast<unsigned char>(bytes[at + 4]) % 5));
    std::uint32_t body = 0;
    std::memcpy(&body, &bytes[at + 8], 4);
    body %= 4096;
    body = static_cast<std::uint32_t>(std::min<std::size_t>(body, bytes.size() - at - store::kHeadBytes));
    std::memcpy(&bytes[at + 8], &body, 4);
    const std::uint32_t body_crc = base::crc32c(std::string_view(bytes).substr(at + store::kHeadBytes, body));
    std::memcpy(&bytes[at + 12], &body_crc, 4);
    const std::uint32_t head_crc = base::crc32c(std::string_view(bytes).substr(at, 28));
    std::memcpy(&bytes[at + 28], &head_crc, 4);
    at += store::kHeadBytes + body;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 65536) return 0;
  std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] & 1) mend(bytes);
  base::MemoryFiles files;
  files.append("log/0000000001-0000000000000001.blog", bytes);
  files.sync("log/0000000001-0000000000000001.blog");
  store::LogOptions options;
  options.folder = "log";
  options.background = false;
  base::Diagnostics diagnostics;
  auto log = store::Log::open(files, options, {{"a", "", tags::ValueType::f64}}, diagnostics);
  if (!log) return 0;
  tags::Batch batch;
  store::Log::Reader reader(*log, 1);
  for (std::uint64_t last = 0; const auto read = reader.next(batch);) {
    if (reader.position() <= last) std::abort();
    last = reader.position();
  }
  batch.clear();
  batch.begin({});
  batch.add(0, 1);
  if (log->append(batch) == 1 && !log->commit()) std::abort();
  return 0;
}
