// Any bytes are either a tree or diagnostics; a tree can be checked, written and read again as the same tree.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "document/document.h"
#include "document/schema.h"

using namespace bondline::document;

namespace {

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() ||
      a.entries.size() != b.entries.size())
    return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (std::size_t i = 0; i < a.entries.size(); ++i)
    if (a.entries[i].key != b.entries[i].key || !same(a.entries[i].value, b.entries[i].value)) return false;
  return true;
}

const Schema& schema() {
  static const Schema kSchema{
      "fuzz",
      {{"a", positive(bondline::base::dim::length), "A length."},
       {"b", list_of(any_of({text(), map_of(Schema{"inner", {{"x", fraction(), "A share.", true}}})})),
        "A list."},
       {"c", dictionary_of(curve(bondline::base::dim::conductivity)), "Curves."},
       {"d", choice({"one", "two"}), "A choice.", false, false}}};
  return kSchema;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bondline::base::Diagnostics diagnostics;
  const auto node = parse(std::string_view(reinterpret_cast<const char*>(data), size), "f", diagnostics);
  if (node.has_value() == diagnostics.has_errors()) std::abort();
  if (!node) return 0;
  bondline::base::Diagnostics checked;
  std::vector<Unused> unused;
  if (validate(*node, schema(), checked, &unused) == checked.has_errors()) std::abort();
  bondline::base::Diagnostics again_diagnostics;
  const auto again = parse(to_yaml(*node), "g", again_diagnostics);
  if (!again || !same(*node, *again)) std::abort();
  return 0;
}
