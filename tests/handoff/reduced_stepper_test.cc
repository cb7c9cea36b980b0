#include "handoff/reduced_stepper.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "sample.h"

namespace bondline::handoff {
namespace {

/// One state of 2 s behind 3 K/W, cooled through one film that carries half of its conductance.
Handoff one_state() {
  Handoff h = sample();
  ReducedModel m;
  m.name = "thermal", m.states = 1, m.inputs = {"soc.power", "top.ambient"}, m.outputs = {"soc.junction"};
  m.input_unit = "W", m.output_unit = "K", m.input_units = {"W", "K"}, m.input_offset = {0, 300};
  m.designed = {4, 300}, m.time_constants = {2}, m.B = {std::sqrt(3.0), 1 / std::sqrt(3.0)},
  m.C = {std::sqrt(3.0)};
  m.D = {0.25, 0}, m.offset = {300}, m.shortest_time = 0.1, m.longest_time = 2;
  m.films = {{"top", "top.ambient", 10, 5, 40, 1, {std::sqrt(0.05)}}};
  m.bound = {{0.1, 1, {0.5}, {0.01, 0}, {0.2, 0.1}}};
  h.models = {m};
  return h;
}

TEST(ReducedStepper, FollowsTheExactExponentialThroughFileAndBack) {
  base::Diagnostics problems;
  const auto read_back = read(write(one_state()), "h.json", problems);
  ASSERT_TRUE(read_back);
  EXPECT_TRUE(diff(one_state(), *read_back).empty());
  ReducedStepper stepper(read_back->models[0], 0.1);
  ASSERT_EQ(stepper.problem(), "");
  std::vector<double> y(1);
  for (int n = 1; n <= 30; ++n) {
    stepper.step(std::vector<double>{4, 300}, y);
    EXPECT_NEAR(y[0], 300 + 1 + 12 * (1 - std::exp(-0.1 * n / 2)), 1e-11);
    ASSERT_EQ(stepper.bounds().size(), 1u);
    EXPECT_NEAR(stepper.bounds()[0], 0.04 + 0.8 * std::exp(-0.05 * n), 1e-12);
  }
  stepper.settle(std::vector<double>{4, 310});
  stepper.outputs(std::vector<double>{4, 310}, y);
  EXPECT_NEAR(y[0], 300 + 1 + 12 + 10, 1e-11);
}

TEST(ReducedStepper, ChangesItsFilmAndRefusesOneOutsideItsRange) {
  const auto h = one_state();
  const ReducedModel& m = h.models[0];
  ReducedStepper stepper(m, 0.1, std::vector<double>{20});
  ASSERT_EQ(stepper.problem(), "");
  EXPECT_TRUE(stepper.bounds().empty());  // carries none for another coefficient
  std::vector<double> y(1);
  stepper.settle(std::vector<double>{4, 310});
  stepper.outputs(std::vector<double>{4, 310}, y);
  EXPECT_NEAR(y[0], 300 + 1 + (12 + 2 * 10) / 1.5, 1e-11);
  EXPECT_NE(ReducedStepper(m, 0.1, std::vector<double>{41}).problem().find("outside"), std::string::npos);
  EXPECT_NE(ReducedStepper(m, 0, {}).problem(), "");
  ReducedModel broken = m;
  broken.B.pop_back();
  EXPECT_NE(ReducedStepper(broken, 0.1).problem(), "");
  broken = m;
  broken.time_constants.clear();
  broken.E = {1}, broken.A = {-1};
  EXPECT_NE(ReducedStepper(broken, 0.1).problem().find("positive definite"), std::string::npos);
}

TEST(ReducedStepper, StepsTheModelOfAVersionOneDocument) {
  std::ifstream file(BONDLINE_SOURCE_DIR "/fuzz/handoff/corpus/fuzz_handoff_read/full.json");
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_NE(text.str().find("\"handoff/1\""), std::string::npos);
  base::Diagnostics problems;
  const auto old = read(text.str(), "full.json", problems);
  ASSERT_TRUE(old);
  ASSERT_FALSE(old->models.empty());
  EXPECT_TRUE(old->models[0].films.empty());
  ReducedModel model = old->models[0];
  model.A[3] = 1;  // the sample's own matrix has no steady state
  ReducedStepper stepper(model, 0.1);
  EXPECT_EQ(stepper.problem(), "");
  EXPECT_TRUE(stepper.bounds().empty());
}

}  // namespace
}  // namespace bondline::handoff
