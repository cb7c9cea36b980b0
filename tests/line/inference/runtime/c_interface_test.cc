#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "compiled.h"
#include "line/inference/runtime/bondline_inference.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

TEST(CInterface, LoadsRunsAndCounts) {
  const Network net = quantised_network(9, {});
  CompileOptions options;
  options.isa = kernels::best_isa();
  const auto bytes = artefact_of(net.graph, options);
  const std::string path = ::testing::TempDir() + "c_interface.blm";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  char why[256] = "";
  bl_model* model = bl_model_load(path.c_str(), why, sizeof why);
  ASSERT_NE(model, nullptr) << why;
  ASSERT_EQ(bl_model_inputs(model), 1u);
  ASSERT_EQ(bl_model_outputs(model), 1u);
  const bl_port in = bl_model_input(model, 0), out = bl_model_output(model, 0);
  EXPECT_STREQ(in.dtype, "float32");
  EXPECT_EQ(in.rank, 4u);
  EXPECT_EQ(bl_model_input(model, 7).name, nullptr);
  bl_stream* stream = bl_stream_make(model, 1, why, sizeof why);
  ASSERT_NE(stream, nullptr) << why;
  bl_model_free(model);  // the stream keeps what it needs
  std::vector<std::byte> result(out.bytes);
  const void* no_input[] = {nullptr};
  void* no_output[] = {nullptr};
  EXPECT_EQ(bl_stream_run(stream, nullptr, nullptr), BL_FAILED);
  const void* inputs[] = {net.inputs[0].bytes->data()};
  void* outputs[] = {result.data()};
  EXPECT_EQ(bl_stream_run(stream, no_input, outputs), BL_FAILED);
  EXPECT_EQ(bl_stream_run(stream, inputs, no_output), BL_FAILED);
  EXPECT_EQ(bl_stream_run(stream, inputs, outputs), BL_DONE);
  EXPECT_EQ(bl_stream_run_within(stream, inputs, outputs, -1), BL_DROPPED);
  EXPECT_EQ(bl_stream_run_within(stream, inputs, outputs, 3'600'000'000'000), BL_DONE);
  EXPECT_EQ(bl_stream_run_within(stream, inputs, outputs, INT64_MAX), BL_DONE);
  EXPECT_EQ(bl_stream_run_within(stream, inputs, outputs, INT64_MIN), BL_DROPPED);
  EXPECT_EQ(result, *run(load(bytes), net.inputs)[0].bytes);
  const bl_counters counters = bl_stream_counters(stream);
  EXPECT_EQ(counters.runs, 6u);
  EXPECT_EQ(counters.failed, 3u);
  EXPECT_EQ(counters.dropped, 2u);
  bl_stream_free(stream);
  std::filesystem::remove(path);
}

TEST(CInterface, SaysWhatIsWrongInTheCallersBuffer) {
  char why[24] = "";
  EXPECT_EQ(bl_model_load("/nonexistent/model.blm", why, sizeof why), nullptr);
  EXPECT_STREQ(std::string(why).substr(0, 12).c_str(), "/nonexistent");
  EXPECT_EQ(why[sizeof why - 1], '\0');
  EXPECT_EQ(bl_model_load("/nonexistent/model.blm", nullptr, 0), nullptr);
  bl_model_free(nullptr);
  bl_stream_free(nullptr);
}

TEST(CInterface, NullPointersFailLikeAnythingElse) {
  char why[64] = "";
  EXPECT_EQ(bl_model_load(nullptr, why, sizeof why), nullptr);
  EXPECT_NE(std::string(why), "");
  why[0] = '\0';
  EXPECT_EQ(bl_stream_make(nullptr, 1, why, sizeof why), nullptr);
  EXPECT_NE(std::string(why), "");
  EXPECT_EQ(bl_model_inputs(nullptr), 0u);
  EXPECT_EQ(bl_model_outputs(nullptr), 0u);
  EXPECT_EQ(bl_model_input(nullptr, 0).name, nullptr);
  EXPECT_EQ(bl_model_output(nullptr, 0).name, nullptr);
  EXPECT_EQ(bl_stream_run(nullptr, nullptr, nullptr), BL_FAILED);
  EXPECT_EQ(bl_stream_counters(nullptr).runs, 0u);
}

}  // namespace
}  // namespace bondline::inference::testing
