// Several files in one fuzz input: each starts with its name in a line, a byte 0x1e ends it.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "design/formats/formats.h"

namespace bondline::formats {

/// Imports the input's files; stops the fuzzer when the outcome is neither a design nor an error. Names get
/// one of `suffixes` in turn when they have none.
inline int fuzz_import(const std::uint8_t* data, std::size_t size, const std::vector<std::string>& suffixes) {
  if (size > (1u << 16)) return 0;
  base::MemoryFiles files;
  std::vector<std::string> paths;
  const std::string all(reinterpret_cast<const char*>(data), size);
  for (std::size_t at = 0; at < all.size() && paths.size() < 8;) {
    const std::size_t end = std::min(all.find('\x1e', at), all.size());
    const std::string one = all.substr(at, end - at);
    const std::size_t line = std::min(one.find('\n'), one.size());
    std::string name = one.substr(0, std::min<std::size_t>(line, 40));
    if (name.find('.') == std::string::npos) name += suffixes[paths.size() % suffixes.size()];
    files.write_atomic(name, line < one.size() ? one.substr(line + 1) : "");
    paths.push_back(name);
    at = end + 1;
  }
  const ImportResult result = import_files(paths, files);
  if (result.design.has_value() == result.diagnostics.has_errors()) std::abort();
  return 0;
}

}  // namespace bondline::formats
