#include "line/inference/artefact/artefact.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiled.h"
#include "damage.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

std::vector<std::byte> sample() {
  CompileOptions options;
  options.isa = kernels::Isa::portable;
  return artefact_of(quantised_network(1, {}).graph, options);
}

std::string refusal(const std::vector<std::byte>& bytes) {
  std::string why;
  EXPECT_EQ(load(bytes, &why), nullptr);
  EXPECT_NE(why, "");
  return why;
}

TEST(Artefact, ReadsBackWhatWasWritten) {
  base::Diagnostics diagnostics;
  CompileOptions options;
  options.isa = kernels::Isa::portable;
  auto made = compile(float_network(3).graph, options, diagnostics);
  ASSERT_TRUE(made);
  made->plan.metadata = {{"calibration", "none"}};
  const auto bytes = write_artefact(made->plan, made->weights);
  const auto read = read_artefact(bytes, "x.blm", diagnostics);
  ASSERT_TRUE(read) << base::to_text(diagnostics.all().at(0));
  const Plan &a = made->plan, &b = read->plan;
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.isa, b.isa);
  EXPECT_EQ(a.metadata, b.metadata);
  EXPECT_EQ(a.arena_bytes, b.arena_bytes);
  ASSERT_EQ(a.steps.size(), b.steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    EXPECT_EQ(a.steps[i].kind, b.steps[i].kind);
    EXPECT_EQ(a.steps[i].description, b.steps[i].description);
    EXPECT_EQ(a.steps[i].name, b.steps[i].name);
    ASSERT_EQ(a.steps[i].operands.size(), b.steps[i].operands.size());
    for (std::size_t j = 0; j < a.steps[i].operands.size(); ++j) {
      EXPECT_EQ(a.steps[i].operands[j].offset, b.steps[i].operands[j].offset);
      EXPECT_EQ(a.steps[i].operands[j].shape, b.steps[i].operands[j].shape);
    }
  }
  EXPECT_TRUE(
      std::equal(made->weights.begin(), made->weights.end(), read->weights.begin(), read->weights.end()));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read->weights.data()) % 64,
            reinterpret_cast<std::uintptr_t>(bytes.data()) % 64);
}

TEST(Artefact, EveryTruncationIsRefused) {
  const auto bytes = sample();
  ASSERT_FALSE(bytes.empty());
  for (std::size_t n = 0; n < bytes.size(); n = n < 400 ? n + 1 : n + 211) {
    refusal(std::vector<std::byte>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)));
  }
}

TEST(Artefact, EveryFlippedBitIsRefusedInTheGapsToo) {
  const auto bytes = sample();
  for (std::size_t i = 0; i < bytes.size(); i = i < 4000 ? i + 1 : i + 97) {
    auto broken = bytes;
    broken[i] ^= static_cast<std::byte>(1u << (i % 8));
    refusal(broken);
  }
  // Between header and table, and before each section that does not begin where the last one ended.
  std::size_t gaps = 0, end = blm::kHeaderBytes + blm::kSections * blm::kEntryBytes;
  const auto flip = [&](std::size_t at) {
    auto broken = bytes;
    broken[at] ^= std::byte{0x10};
    EXPECT_NE(refusal(broken).find("not zero"), std::string::npos) << at;
    ++gaps;
  };
  for (std::size_t at = 36; at < blm::kHeaderBytes; ++at) flip(at);
  for (const auto s :
       {blm::Section::plan, blm::Section::strings, blm::Section::metadata, blm::Section::weights}) {
    const auto [at, size] = section_of(bytes, s);
    for (; end < at; ++end) flip(end);
    end = at + size;
  }
  EXPECT_GT(gaps, 28u);
}

TEST(Artefact, APipeIsRefusedWithoutWaitingForAWriter) {
  const std::string path = ::testing::TempDir() + "pipe_" + std::to_string(::getpid()) + ".blm";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  base::Diagnostics diagnostics;
  EXPECT_EQ(Model::load(path, {}, diagnostics), nullptr);
  ASSERT_TRUE(diagnostics.has_errors());
  EXPECT_NE(base::to_text(diagnostics.all().at(0)).find("no regular file"), std::string::npos);
  ::unlink(path.c_str());
}

TEST(Artefact, AnotherVersionSaysWhichOneItIs) {
  auto bytes = sample();
  put(bytes, 8, 4, kArtefactVersion + 1);
  mend_checksums(bytes);
  EXPECT_NE(refusal(bytes).find("version 2"), std::string::npos);
}

TEST(Artefact, AnotherProcessorsSetIsNamed) {
  const auto missing = [] {
    for (int i = 0; i < kernels::kIsas; ++i) {
      if (!kernels::runs_here(static_cast<kernels::Isa>(i)))
        return std::optional(static_cast<kernels::Isa>(i));
    }
    return std::optional<kernels::Isa>();
  }();
  ASSERT_TRUE(missing);  // no processor has both NEON and AVX
  CompileOptions options;
  options.isa = *missing;
  const auto bytes = artefact_of(quantised_network(1, {}).graph, options);
  ASSERT_FALSE(bytes.empty());
  EXPECT_NE(refusal(bytes).find(kernels::name_of(*missing)), std::string::npos);
}

TEST(Artefact, AnotherLayoutOfWeightsIsRefused) {
  base::Diagnostics diagnostics;
  CompileOptions options;
  auto made = compile(quantised_network(1, {}).graph, options, diagnostics);
  ASSERT_TRUE(made);
  ++made->plan.layout;
  EXPECT_NE(refusal(write_artefact(made->plan, made->weights)).find("layout"), std::string::npos);
}

TEST(Artefact, StepsOfAnotherBuildAreRefusedInOneSentence) {
  base::Diagnostics diagnostics;
  auto made = compile(quantised_network(1, {}).graph, {}, diagnostics);
  ASSERT_TRUE(made);
  for (Step& step : made->plan.steps)
    if (step.kind != StepKind::generic) step.description.emplace_back();
  base::Diagnostics problems;
  EXPECT_EQ(Model::load(write_artefact(made->plan, made->weights), "old.blm", {}, problems), nullptr);
  ASSERT_EQ(problems.all().size(), 1u);
  EXPECT_NE(problems.all()[0].what.find("more of"), std::string::npos) << problems.all()[0].what;
}

TEST(Artefact, FilesThatAreNoneAreRefused) {
  base::Diagnostics diagnostics;
  for (const char* path : {"/nonexistent/x.blm", "/dev/null", "/tmp"}) {
    base::Diagnostics problems;
    EXPECT_EQ(Model::load(std::string(path), LoadOptions{}, problems), nullptr);
    ASSERT_TRUE(problems.has_errors());
    EXPECT_NE(base::to_text(problems.all().at(0)).find(path), std::string::npos);
  }
}

}  // namespace
}  // namespace bondline::inference::testing
