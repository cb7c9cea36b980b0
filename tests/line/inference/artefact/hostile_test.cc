// Files somebody made: the checksums are right, what they say is not. Each is refused, or runs without
// touching memory that is not its own (the sanitizers watch).
#include <gtest/gtest.h>

#include "compiled.h"
#include "damage.h"
#include "line/inference/artefact/artefact.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

/// Loads and, if that works, runs once. Returns whether it loaded.
bool survives(const std::vector<std::byte>& bytes) {
  std::string why;
  const auto model = load(bytes, &why);
  if (model == nullptr) {
    EXPECT_NE(why, "");
    return false;
  }
  if (stream_bytes(*model, 1) > (std::size_t{64} << 20)) return true;
  std::uint64_t ports = 0;
  for (const auto* list : {&model->inputs(), &model->outputs()}) {
    for (const Port& port : *list) ports += port.bytes();
  }
  if (ports > (std::uint64_t{64} << 20)) return true;
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  if (stream == nullptr) return true;
  std::vector<std::vector<std::byte>> memory;
  std::vector<const void*> in;
  std::vector<void*> out;
  for (const Port& port : model->inputs()) in.push_back(memory.emplace_back(port.bytes()).data());
  for (const Port& port : model->outputs()) out.push_back(memory.emplace_back(port.bytes()).data());
  stream->run(in, out);
  return true;
}

TEST(HostileArtefact, RandomBytesInThePlanNeverBreakOut) {
  std::size_t loaded = 0, refused = 0;
  for (const auto isa : {kernels::Isa::portable, kernels::best_isa()}) {
    CompileOptions options;
    options.isa = isa;
    for (const Graph& graph :
         {quantised_network(2, {}).graph, float_network(5).graph, detection_head(1, true).graph}) {
      const auto good = artefact_of(graph, options);
      ASSERT_TRUE(survives(good));
      const auto [at, size] = section_of(good, blm::Section::plan);
      Random random(7);
      for (int i = 0; i < 700; ++i) {
        auto bad = good;
        for (int n = 1 + random.below(3); n > 0; --n) {
          const std::size_t where = at + random.bits() % size;
          static constexpr std::uint8_t kNasty[] = {0, 1, 2, 0x7f, 0x80, 0xff};
          bad[where] = static_cast<std::byte>(random.below(2) != 0 ? kNasty[random.below(6)] : random.bits());
        }
        mend_checksums(bad);
        (survives(bad) ? loaded : refused) += 1;
      }
    }
  }
  EXPECT_GT(refused, 100u);  // the mutations bite
  EXPECT_GT(loaded, 100u);   // and not everything is refused
}

TEST(HostileArtefact, SectionsAndCountsOutsideTheFileAreRefused) {
  CompileOptions options;
  const auto good = artefact_of(quantised_network(2, {}).graph, options);
  for (std::size_t section = 0; section < blm::kSections; ++section) {
    for (const std::size_t field : {8u, 16u}) {
      for (const std::uint64_t value : {~0ull, 1ull << 63, good.size() + 0ull, good.size() - 63ull}) {
        auto bad = good;
        put(bad, blm::kHeaderBytes + section * blm::kEntryBytes + field, 8, value);
        mend_checksums(bad);
        EXPECT_FALSE(survives(bad)) << "section " << section << " field " << field << " value " << value;
      }
    }
  }
}

TEST(HostileArtefact, OutputsInReadOnlyMemoryAreRefused) {
  base::Diagnostics diagnostics;
  auto made = compile(float_network(5).graph, {}, diagnostics);
  ASSERT_TRUE(made);
  made->weights.resize(std::size_t{1} << 20);
  for (Step& step : made->plan.steps) {
    for (Operand& o : step.operands) {
      if (o.space == Space::output) o.space = Space::weights, o.offset = 0;
    }
  }
  std::string why;
  EXPECT_EQ(load(write_artefact(made->plan, made->weights), &why), nullptr);
  EXPECT_NE(why.find("read-only"), std::string::npos) << why;
}

}  // namespace
}  // namespace bondline::inference::testing
