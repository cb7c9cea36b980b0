#include "line/inference/runtime/delegate.h"

#include <gtest/gtest.h>

#include <atomic>

#include "compiled.h"
#include "networks.h"

namespace bondline::inference::testing {
namespace {

/// An accelerator in software: takes convolutions, runs them by the processor's reference, counts and fails
/// on demand.
class Double : public Delegate {
 public:
  explicit Double(std::span<const std::byte> weights) : weights_(weights) {}
  std::string_view name() const override { return "double"; }
  bool supports(const Step& step) const override {
    return step.kind == StepKind::conv_int8 || step.kind == StepKind::conv_pair_int8;
  }
  std::unique_ptr<DelegateProgram> take(std::span<const Step> steps) override {
    if (take_nothing) return nullptr;
    std::string problem;
    auto inner = make_cpu_program(steps, weights_, &problem);
    EXPECT_NE(inner, nullptr) << problem;
    taken += steps.size();
    return std::make_unique<Program>(*this, std::move(inner));
  }
  std::size_t taken = 0;
  bool take_nothing = false;
  std::atomic<int> runs{0};
  std::atomic<bool> broken{false};

 private:
  class Program : public DelegateProgram {
   public:
    Program(Double& owner, std::unique_ptr<DelegateProgram> inner)
        : owner_(owner), inner_(std::move(inner)) {}
    bool run(const RunMemory& memory) noexcept override {
      ++owner_.runs;
      return !owner_.broken && inner_->run(memory);
    }

   private:
    Double& owner_;
    std::unique_ptr<DelegateProgram> inner_;
  };
  std::span<const std::byte> weights_;
};

class Delegates : public ::testing::Test {
 protected:
  void SetUp() override {
    net = quantised_network(8, {});
    CompileOptions options;
    options.isa = kernels::best_isa();
    bytes = artefact_of(net.graph, options);
    base::Diagnostics diagnostics;
    made = compile(net.graph, options, diagnostics);
    ASSERT_TRUE(made);
    wanted = run(load(bytes), net.inputs);
  }
  Network net;
  std::vector<std::byte> bytes;
  std::optional<Compiled> made;
  std::vector<Tensor> wanted;
};

TEST_F(Delegates, TakeWhatTheySupportAndChangeNoBit) {
  Double accelerator(made->weights);
  const auto model = load(bytes, nullptr, {{&accelerator}});
  ASSERT_NE(model, nullptr);
  std::size_t supported = 0;
  for (std::size_t i = 0; i < model->plan().steps.size(); ++i) {
    const bool its = accelerator.supports(model->plan().steps[i]);
    supported += its ? 1 : 0;
    EXPECT_EQ(model->runner_of(i), its ? "double" : "cpu");
  }
  EXPECT_GT(supported, 2u);
  EXPECT_EQ(accelerator.taken, supported);
  EXPECT_TRUE(same_bits(run(model, net.inputs), wanted));
  EXPECT_GT(accelerator.runs, 0);
}

TEST_F(Delegates, ThatTakeNothingLeaveAllToTheProcessor) {
  Double accelerator(made->weights);
  accelerator.take_nothing = true;
  const auto model = load(bytes, nullptr, {{&accelerator}});
  ASSERT_NE(model, nullptr);
  EXPECT_TRUE(same_bits(run(model, net.inputs), wanted));
  EXPECT_EQ(accelerator.runs, 0);
}

TEST_F(Delegates, ThatFailFailTheRunAndMayRecover) {
  Double accelerator(made->weights);
  const auto model = load(bytes, nullptr, {{&accelerator}});
  base::Diagnostics diagnostics;
  const auto stream = Stream::make(model, {}, diagnostics);
  accelerator.broken = true;
  std::string why;
  EXPECT_TRUE(run(*stream, net.inputs, &why).empty());
  EXPECT_EQ(stream->counters().failed, 1u);
  accelerator.broken = false;
  EXPECT_TRUE(same_bits(run(*stream, net.inputs), wanted));
}

TEST_F(Delegates, TheProcessorsProgramRefusesStepsItCannotRun) {
  std::vector<Step> steps = made->plan.steps;
  steps[0].description.resize(1);
  std::string problem;
  EXPECT_EQ(make_cpu_program(steps, made->weights, &problem), nullptr);
  EXPECT_NE(problem, "");
}

}  // namespace
}  // namespace bondline::inference::testing
