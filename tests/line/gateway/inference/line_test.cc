// Models of a line file: what is refused, and a line that runs one.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "line/station/station.h"
#include "weighted.h"

using namespace bondline;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

class ModelLine : public ::testing::Test {
 protected:
  ModelLine() : folder_(fs::temp_directory_path() / ("bondline-models-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    const auto bytes = inference::testing::artefact_of(
        gateway::weighted_model(4, 2), {"w.onnx", {}, inference::kernels::Isa::portable, false, true});
    std::ofstream(folder_ / "w.blm", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    base::Diagnostics problems;
    const auto model = inference::Model::load((folder_ / "w.blm").string(), {}, problems);
    EXPECT_TRUE(model);
    if (!model) return;
    in_ = model->inputs()[0].name;
    sum_ = model->outputs()[0].name;
    mean_ = model->outputs()[1].name;
  }
  ~ModelLine() override { fs::remove_all(folder_); }
  /// IN, SUM and MEAN stand for the model's ports.
  std::string text(std::string model) const {
    for (const auto& [word, name] : {std::pair("IN", in_), std::pair("SUM", sum_), std::pair("MEAN", mean_)})
      for (std::size_t at = 0; (at = model.find(word, at)) != std::string::npos; at += name.size())
        model.replace(at, std::string_view(word).size(), name);
    return "bondline: line/1\nname: l\nmachines:\n  c: {sim: counter, size: 2, poll: 10 ms}\nmodels:\n  w:\n "
           "   model: " +
           (folder_ / "w.blm").string() + "\n" + model;
  }
  /// What is wrong, with lines.
  std::string problems(const std::string& model) const {
    base::MemoryFiles files;
    files.write_atomic("l.yaml", text(model));
    base::Diagnostics diagnostics;
    station::load_line(files, "l.yaml", diagnostics);
    std::string all;
    for (const auto& problem : diagnostics.all()) all += base::to_text(problem) + "\n";
    return all;
  }
  fs::path folder_;
  std::string in_, sum_, mean_;
};

constexpr const char* kGood =
    "    step: 10 ms\n    inputs: {IN: {tags: [c.n0, c.n1], window: 4, deviation: 2}}\n"
    "    outputs: {SUM: score, MEAN: [level]}\n";

}  // namespace

TEST_F(ModelLine, WhatDoesNotFitIsToldWithItsLine) {
  EXPECT_EQ(problems(kGood), "");
  const auto expect = [&](const std::string& model, const std::string& line, const std::string& what) {
    const std::string all = problems(model);
    EXPECT_NE(all.find("l.yaml:" + line), std::string::npos) << all;
    EXPECT_NE(all.find(what), std::string::npos) << all;
  };
  const std::string outputs = "    outputs: {SUM: score}\n";
  expect("    inputs: {IN: {tags: [c.n0, c.n1], window: 5}}\n" + outputs, "8:", "do not fill");
  expect("    inputs: {IN: {tags: [c.n0], window: 4}}\n" + outputs,
         "8:", "1 tags of 4 values each do not fill");
  expect("    inputs: {IN: {tags: [c.n0, c.n7], window: 4}}\n" + outputs, "8:", "there is no tag \"c.n7\"");
  expect("    inputs: {IN: {tags: [c.n0, c.fault], window: 4}}\n" + outputs, "8:", "is a text");
  expect("    inputs: {wrong: {tags: [c.n0, c.n1], window: 4}}\n" + outputs, "8:", "no input \"wrong\"");
  expect("    inputs: {IN: {tags: [c.n0, c.n1], window: 4, mean: [1, 2, 3]}}\n" + outputs,
         "8:", "3 values of mean for 2 tags");
  expect("    inputs: {IN: {tags: [c.n0, c.n1], window: 4, deviation: 0}}\n" + outputs,
         "8:", "deviation of 0");
  expect("    inputs: {IN: {tags: [c.n0, c.n1], window: 4}}\n    outputs: {SUM: [a, b]}\n",
         "9:", "has 1 elements, and 2 tags");
  expect("    inputs: {IN: {tags: [c.n0, c.n1], window: 4}}\n    outputs: {SUM: \"-\"}\n",
         "6:", "no output of the model becomes a tag");
  expect("    inputs: {IN: {tags: [c.n0, c.n1], window: 4}}\n    outputs: {other: a}\n",
         "9:", "no output \"other\"");
  expect("    step: 10 ms\n    every: 15 ms\n    inputs: {IN: {tags: [c.n0, c.n1], window: 4}}\n" + outputs,
         "9:", "whole steps");
  std::ofstream(folder_ / "w.blm", std::ios::binary) << "no model";
  expect(kGood, "7:", "w.blm");
}

TEST_F(ModelLine, RunsBesideItsMachinesAndRulesReadItsTags) {
  base::MemoryFiles files;
  files.write_atomic(
      "l.yaml",
      text(kGood) + "rules:\n  double: {emit: 2 * models.w.level}\nstore: {path: s, window: 2 ms}\n");
  base::Diagnostics diagnostics;
  auto line = station::load_line(files, "l.yaml", diagnostics);
  ASSERT_TRUE(line) << base::to_text(diagnostics.all()[0]);
  EXPECT_NE(station::plan_json(*line).find("models.w.level"), std::string::npos);
  EXPECT_NE(station::plan_text(*line).find("models.w.level"), std::string::npos);
  const auto station = station::Station::make(files, std::move(*line), diagnostics);
  ASSERT_TRUE(station);
  station->start();
  const auto newest = [&](const char* name) {
    const auto sample = station->engine().newest(*station->line().tags->find(name));
    return sample ? tags::number_of(tags::ValueType::f64, sample->bits) : -1;
  };
  for (int i = 0; i < 1000 && newest("rules.double") <= 3; ++i) std::this_thread::sleep_for(5ms);
  station->stop();
  EXPECT_GT(newest("rules.double"), 3);
  // The counters n0 and n1 rise by one each round; their mean over four times, halved, and doubled by the
  // rule.
  EXPECT_NEAR(newest("rules.double"), 2 * newest("models.w.level"), 1e-9);
  const auto report = nlohmann::json::parse(station->report());
  EXPECT_TRUE(report.at("counters").at("balanced").get<bool>()) << report.dump();
  EXPECT_GT(report.at("models").at("w").at("runs").get<int>(), 0);
  EXPECT_EQ(report.at("models").at("w").at("failed"), 0);
}
