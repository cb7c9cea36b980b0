#include "fuzz_import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return bondline::formats::fuzz_import(data, size, {".csv", ".bmap"});
}
