// Documents, values, times and time-zone files of unknown origin: read or refused, never out of bounds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "line/gateway/fields/csv.h"
#include "line/gateway/fields/json.h"
#include "line/gateway/fields/time.h"
#include "line/gateway/fields/value.h"

using namespace bondline::fields;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 5) {
    case 0: {
      JsonPaths paths;
      for (const char* path : {"", "a", "a.b", "/x/0", "l[1].v"}) paths.add(path, nullptr);
      std::vector<JsonFound> found;
      const bool fine = paths.scan(text, found) == nullptr;
      if (!fine && !found.empty()) std::abort();
      // The whole document is found as it was written.
      if (fine && (found.empty() || found.back().path != 0)) std::abort();
      break;
    }
    case 1: {
      const std::size_t n = record_length(text, ',');
      if (n > text.size()) std::abort();
      std::vector<std::string_view> fields;
      std::string scratch;
      split_record(text.substr(0, n), ',', fields, scratch);
      break;
    }
    case 2:
      for (const char* type : {"bool", "int16", "uint64", "float32", "float64", "string"}) {
        const Format format = *format_of(type);
        Value value, back;
        if (read(format, text, value)) continue;
        std::string out;
        write(format, value.bits, value.text, out);
        if (read(format, out, back) || back.bits != value.bits || back.text != value.text) std::abort();
      }
      break;
    case 3: {
      const std::size_t cut = text.find('|');
      std::string problem;
      const auto format = time_format_of(text.substr(0, cut), Zone::fixed(3600), &problem);
      std::int64_t ns = 0;
      if (format && cut != std::string_view::npos) read_time(*format, text.substr(cut + 1), ns);
      break;
    }
    default:
      if (const auto zone = Zone::of_tzif(text))
        for (const std::int64_t t : {-5'000'000'000ll, 0ll, 1'795'251'600ll, 5'000'000'000ll})
          zone->offset_at(zone->utc_of(t));
      break;
  }
  return 0;
}
