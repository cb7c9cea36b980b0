// Any bytes as a design file and as each of its side files: the outcome is a Design or diagnostics, never a
// crash; and what loads can be written and read back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/file.h"
#include "design/package/load.h"

namespace {

using namespace bondline;

const char* const kFrame = R"(bondline: design/1
body: {size: [12 mm, 12 mm], mold: {thickness: 0.5 mm}}
substrate: {layers: [{copper: 15 um, coverage: map.csv}, {dielectric: HL832, thickness: 100 um}]}
dies:
  soc: {size: [6 mm, 6 mm], thickness: 0.15 mm, attach: {kind: flip_chip, pitch: 150 um, map: sites.csv}, power: {blocks: a.flp, trace: a.ptrace, map: watts.csv}}
balls: {pitch: 0.5 mm}
flow: flow.yaml
)";

void load_and_write(const std::string& text, base::Files& files) {
  try {
    const package::Design design = package::load_text(text, "f.yaml", "", files);
    const std::string written = package::to_design_file(design);
    try {
      package::load_text(written, "g.yaml", "", files);
    } catch (const base::Error&) {
      std::abort();  // what was loaded must be writable
    }
  } catch (const base::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 65536) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  base::MemoryFiles files;
  files.write_atomic("map.csv", "0.5,0.6\n");
  files.write_atomic("watts.csv", "0.5,0.6\n");
  files.write_atomic("sites.csv", "100,100\n");
  files.write_atomic("a.flp", "a 0.003 0.006 0 0\nb 0.003 0.006 0.003 0\n");
  files.write_atomic("a.ptrace", "a b\n1 2\n");
  files.write_atomic("flow.yaml", "steps: []\n");
  static const char* const kNames[] = {"map.csv", "watts.csv", "sites.csv", "a.flp", "a.ptrace", "flow.yaml"};
  const unsigned which = data[0] % 10;
  if (which < 6) {
    files.write_atomic(kNames[which], bytes);
    load_and_write(kFrame, files);
  } else if (which == 6) {
    load_and_write(kFrame + bytes + "\n", files);
  } else {
    load_and_write(bytes, files);
  }
  return 0;
}
