// Any file that claims to be a compiled model, with every checksum made right, is refused with words or runs
// without leaving its memory. Input that starts with the magic is a file; other input edits a good one: five
// bytes an edit, four of place in the plan, one of value.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "../../../tests/line/inference/support/damage.h"
#include "../../../tests/line/inference/support/networks.h"
#include "line/inference/artefact/artefact.h"
#include "line/inference/compiler/compile.h"
#include "line/inference/runtime/runtime.h"

using namespace bondline;
using namespace bondline::inference;

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 24;

const std::vector<std::vector<std::byte>>& good_files() {
  static const auto files = [] {
    std::vector<std::vector<std::byte>> out;
    for (const auto isa : {kernels::Isa::portable, kernels::best_isa()}) {
      for (const Graph& graph : {testing::quantised_network(2, {}).graph, testing::float_network(5).graph,
                                 testing::detection_head(1, true).graph}) {
        CompileOptions options;
        options.isa = isa;
        base::Diagnostics diagnostics;
        const auto made = compile(graph, options, diagnostics);
        if (!made) std::abort();
        out.push_back(write_artefact(made->plan, made->weights));
      }
    }
    return out;
  }();
  return files;
}

std::vector<std::byte> file_of(std::span<const std::byte> data) {
  if (data.size() >= blm::kMagic.size() &&
      std::memcmp(data.data(), blm::kMagic.data(), blm::kMagic.size()) == 0)
    return {data.begin(), data.end()};
  const auto& files = good_files();
  auto file = files[data.empty() ? 0 : std::to_integer<std::size_t>(data[0]) % files.size()];
  const auto [at, size] = testing::section_of(file, blm::Section::plan);
  for (std::size_t i = 1; i + 5 <= data.size(); i += 5) {
    std::uint32_t place = 0;
    std::memcpy(&place, data.data() + i, 4);
    file[at + place % size] = data[i + 4];
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = file_of(std::as_bytes(std::span(data, size)));
  testing::mend_checksums(file);
  base::Diagnostics diagnostics;
  const auto model = Model::load(file, "fuzz.blm", {}, diagnostics);
  if ((model == nullptr) != diagnostics.has_errors()) std::abort();
  if (model == nullptr || stream_bytes(*model, 1) > kMostBytes) return 0;
  std::uint64_t bytes = 0;
  for (const Port& port : model->inputs()) bytes += port.bytes();
  for (const Port& port : model->outputs()) bytes += port.bytes();
  if (bytes > kMostBytes) return 0;
  std::vector<std::vector<std::byte>> memory;
  std::vector<const void*> in;
  std::vector<void*> out;
  for (const Port& port : model->inputs()) in.push_back(memory.emplace_back(port.bytes()).data());
  for (const Port& port : model->outputs()) out.push_back(memory.emplace_back(port.bytes()).data());
  const auto stream = Stream::make(model, {}, diagnostics);
  if (stream != nullptr) stream->run(in, out);
  return 0;
}
