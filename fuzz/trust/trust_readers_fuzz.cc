// Whatever the bytes: a key, a signature, a chain, or a reason. What was read is written to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "trust/chain.h"
#include "trust/key_file.h"
#include "trust/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace bondline::trust;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  std::string problem;
  if (const auto key = private_key_in(text, &problem)) {
    const auto again = private_key_in(to_pem(*key), &problem);
    if (!again || again->seed() != key->seed()) std::abort();
  }
  if (const auto key = public_key_in(text, &problem)) {
    const auto again = public_key_in(to_pem(*key), &problem);
    if (!again || !(*again == *key)) std::abort();
  }
  if (const auto detached = read_detached(text, &problem); detached && to_text(*detached) != text)
    std::abort();
  std::uint64_t records = 0;
  const ChainCheck check = check_chain(text, [&](const ChainRecord& record, bool) {
    if (record.payload.find('\n') != std::string_view::npos) std::abort();
    ++records;
  });
  if (records != check.records) std::abort();
  if (!check.first_break) {
    // A sound chain can go on.
    ChainHead head = check.head;
    std::string longer = text;
    if (check.ends_torn) longer += kTornEnd;
    longer += next_record(head, 1, "more");
    const ChainCheck after = check_chain(longer);
    if (after.first_break || after.head.hash != head.hash) std::abort();
  }
  return 0;
}
