#include "compiled.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "line/inference/artefact/artefact.h"
#include "line/inference/ops/evaluate.h"

namespace bondline::inference::testing {
namespace {

std::string first_of(const base::Diagnostics& diagnostics) {
  return diagnostics.all().empty() ? "" : base::to_text(diagnostics.all().at(0));
}

}  // namespace

std::vector<kernels::Isa> sets_here() {
  std::vector<kernels::Isa> out;
  for (int i = 0; i < kernels::kIsas; ++i) {
    if (kernels::runs_here(static_cast<kernels::Isa>(i))) out.push_back(static_cast<kernels::Isa>(i));
  }
  return out;
}

std::vector<std::byte> artefact_of(const Graph& graph, const CompileOptions& options, std::string* why) {
  base::Diagnostics diagnostics;
  const auto compiled = compile(graph, options, diagnostics);
  if (compiled) return write_artefact(compiled->plan, compiled->weights);
  if (why != nullptr) *why = first_of(diagnostics);
  return {};
}

std::shared_ptr<const Model> load(std::span<const std::byte> bytes, std::string* why,
                                  const LoadOptions& options) {
  base::Diagnostics diagnostics;
  auto model = Model::load(bytes, "test.blm", options, diagnostics);
  if (why != nullptr) *why = first_of(diagnostics);
  return model;
}

std::shared_ptr<const Model> model_of(const Graph& graph, const CompileOptions& options) {
  std::string why;
  const auto bytes = artefact_of(graph, options, &why);
  EXPECT_EQ(why, "");
  auto model = bytes.empty() ? nullptr : load(bytes, &why);
  EXPECT_EQ(why, "");
  return model;
}

std::vector<Tensor> run(Stream& stream, std::span<const Tensor> inputs, std::string* why) {
  std::vector<const void*> in;
  std::vector<void*> out;
  for (const Tensor& t : inputs) in.push_back(t.bytes->data());
  std::vector<std::vector<std::byte>> memory;
  for (const Port& port : stream.model().outputs()) memory.emplace_back(port.bytes());
  for (auto& m : memory) out.push_back(m.data());
  if (stream.run(in, out) == RunStatus::failed) {
    if (why != nullptr) *why = stream.problem();
    return {};
  }
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const Port& port = stream.model().outputs()[i];
    Tensor t;
    t.dtype = port.dtype;
    t.shape = port.shape;
    t.bytes = std::make_shared<const std::vector<std::byte>>(std::move(memory[i]));
    outputs.push_back(std::move(t));
  }
  return outputs;
}

std::vector<Tensor> run(const std::shared_ptr<const Model>& model, std::span<const Tensor> inputs,
                        int threads) {
  base::Diagnostics diagnostics;
  if (model == nullptr) return {};
  const auto stream = Stream::make(model, {threads}, diagnostics);
  EXPECT_NE(stream, nullptr);
  return stream == nullptr ? std::vector<Tensor>{} : run(*stream, inputs);
}

std::vector<Tensor> reference(const Graph& graph, std::span<const Tensor> inputs) {
  base::Diagnostics diagnostics;
  auto out = evaluate(graph, inputs, diagnostics);
  EXPECT_TRUE(out.has_value()) << first_of(diagnostics);
  return out.value_or(std::vector<Tensor>{});
}

Gap gap(std::span<const Tensor> a, std::span<const Tensor> b) {
  Gap out;
  double sum = 0, count = 0;
  EXPECT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    EXPECT_EQ(a[i].shape, b[i].shape);
    EXPECT_EQ(a[i].dtype, b[i].dtype);
    if (a[i].dtype != DType::f32 || a[i].shape != b[i].shape) continue;
    for (std::int64_t j = 0; j < a[i].elements(); ++j) {
      const double x = a[i].data<float>()[j], y = b[i].data<float>()[j];
      if (std::isnan(x) != std::isnan(y)) out.error = INFINITY;
      if (std::isnan(x) || std::isnan(y)) continue;
      out.error = std::max(out.error, std::abs(x - y));
      out.largest = std::max(out.largest, std::abs(y));
      sum += std::abs(x - y);
      count += 1;
    }
  }
  out.mean = sum / std::max(1.0, count);
  return out;
}

bool same_bits(std::span<const Tensor> a, std::span<const Tensor> b) {
  if (a.size() != b.size() || a.empty()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].shape != b[i].shape || *a[i].bytes != *b[i].bytes) return false;
  }
  return true;
}

}  // namespace bondline::inference::testing
