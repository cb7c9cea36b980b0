// Whatever the bytes: a handoff or diagnostics. What was read is written and read again to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "handoff/handoff.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace bondline;
  base::Diagnostics problems;
  const auto first =
      handoff::read(std::string(reinterpret_cast<const char*>(bytes), size), "fuzz.json", problems);
  if (first.has_value() == problems.has_errors()) std::abort();
  if (!first) return 0;
  const std::string text = handoff::write(*first);
  const auto second = handoff::read(text, "again.json", problems);
  if (!second || handoff::write(*second) != text) std::abort();
  return 0;
}
