// Every example of the manual's format page loads.
#include <gtest/gtest.h>

#include "sketch.h"

namespace bondline::package {
namespace {

/// The fenced yaml blocks of a page.
std::vector<std::string> examples_of(const std::string& page) {
  std::vector<std::string> examples;
  const std::string fence = "```yaml\n";
  for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    const std::size_t end = page.find("```", at);
    examples.push_back(page.substr(at, end - at));
    at = end;
  }
  return examples;
}

bool says(const std::string& text, const std::string& key) {
  return text.rfind(key + ":", 0) == 0 || text.find("\n" + key + ":") != std::string::npos;
}

/// A fragment with what a whole design needs around it.
std::string completed(const std::string& fragment) {
  std::string text = fragment;
  if (!says(text, "bondline")) text = "bondline: design/1\n" + text;
  if (says(text, "block")) return text;
  if (!says(text, "body")) text += "body: {size: [12 mm, 12 mm], mold: {thickness: 0.6 mm}}\n";
  if (!says(text, "substrate")) text += "substrate: {layers: [{dielectric: HL832, thickness: 100 um}]}\n";
  return text;
}

TEST(Manual, ExamplesOfTheFormatPageLoad) {
  base::FileProblem problem;
  const std::optional<std::string> page =
      base::disk().read(BONDLINE_SOURCE_DIR "/docs/formats/design.md", &problem, 1u << 24);
  ASSERT_TRUE(page) << problem;
  const std::vector<std::string> examples = examples_of(*page);
  EXPECT_GE(examples.size(), 10u);
  for (const std::string& example : examples) EXPECT_EQ(complaints(completed(example)), "") << example;
}

TEST(Manual, ExampleOfTheMaterialsPageLoads) {
  base::FileProblem problem;
  const std::optional<std::string> page =
      base::disk().read(BONDLINE_SOURCE_DIR "/docs/formats/materials.md", &problem, 1u << 24);
  ASSERT_TRUE(page) << problem;
  base::MemoryFiles files;
  LoadOptions options;
  options.library_folder = "lib";
  const std::string example = examples_of(*page).at(0);
  const std::string copper = "  Cu: {k: 400 W/(m K), source: test}\n";
  put(files, "lib/mine.yaml", with(example, "interfaces:\n", copper + "interfaces:\n"));
  const std::string block =
      "bondline: design/1\nblock: {size: 5 mm, layers: [{material: ML, thickness: 1 mm}]}\n";
  try {
    const Design design = load_text(block, "b.yaml", ".", files, options);
    EXPECT_EQ(design.block->layers.at(0).material, "my-laminate");
    EXPECT_EQ(design.materials.toughness.size(), 1u);
  } catch (const base::Error& error) {
    FAIL() << error.what();
  }
}

}  // namespace
}  // namespace bondline::package
