// bondline model compare: the compiled model beside the reference evaluation of the ONNX file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/cli/model_files.h"
#include "base/file.h"
#include "line/inference/onnx/read.h"
#include "line/inference/ops/evaluate.h"
#include "line/inference/ops/prepare.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

std::vector<double> numbers(const inference::Tensor& t) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < t.elements(); ++i) {
    switch (t.dtype) {
      case inference::DType::f32:
        out.push_back(t.data<float>()[i]);
        break;
      case inference::DType::f64:
        out.push_back(t.data<double>()[i]);
        break;
      case inference::DType::i64:
        out.push_back(static_cast<double>(t.data<std::int64_t>()[i]));
        break;
      case inference::DType::i32:
        out.push_back(t.data<std::int32_t>()[i]);
        break;
      case inference::DType::u8:
        out.push_back(t.data<std::uint8_t>()[i]);
        break;
      case inference::DType::i8:
        out.push_back(t.data<std::int8_t>()[i]);
        break;
      default:
        throw base::Error("outputs of type " + std::string(name_of(t.dtype)) + " are not compared",
                          "compare models with float outputs");
    }
  }
  return out;
}

/// Places that are equal, infinite or not numbers on both sides count as equal; those that are only on one
/// side are counted apart, for they have no distance.
Json difference(const inference::Tensor& reference, const inference::Tensor& ours) {
  const auto a = numbers(reference), b = numbers(ours);
  double signal = 0, noise = 0, largest = 0, dot = 0, bb = 0;
  std::size_t not_numbers = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) {
      not_numbers += a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ? 0 : 1;
      continue;
    }
    const double d = b[i] - a[i];
    signal += a[i] * a[i];
    noise += d * d;
    dot += a[i] * b[i];
    bb += b[i] * b[i];
    largest = std::max(largest, std::abs(d));
  }
  const double cosine = signal > 0 && bb > 0 ? dot / std::sqrt(signal * bb) : (signal == bb ? 1 : 0);
  constexpr double kLeast = 1e-300;  // a reference of zeros: some thousand dB below
  Json sqnr = noise > 0 ? Json(10 * std::log10(std::max(signal, kLeast) / noise)) : Json(nullptr);
  return {{"sqnr_db", sqnr}, {"cosine", cosine}, {"max_abs", largest}, {"not_numbers", not_numbers}};
}

int compare(const std::string& onnx, const ModelOptions& options, const std::string& where, Io& io) {
  double load_ms = 0;
  const auto model = load_model(options, io, &load_ms);
  const auto inputs = load_inputs(model->inputs(), where);
  base::Diagnostics diagnostics;
  auto graph = inference::read_onnx_file(onnx, base::disk(), diagnostics);
  diagnostics.throw_if_errors();
  inference::PrepareOptions prepare;
  prepare.file = onnx;
  for (const auto& port : model->inputs()) prepare.input_shapes[port.name] = port.shape;
  if (!inference::prepare(*graph, prepare, diagnostics)) diagnostics.throw_if_errors();
  const auto reference = inference::evaluate(*graph, std::span<const inference::Tensor>(inputs), diagnostics);
  diagnostics.throw_if_errors();
  const auto stream = inference::Stream::make(model, {1}, diagnostics);
  diagnostics.throw_if_errors();
  const auto ours = run_once(*stream, inputs);
  if (reference->size() != ours.size())
    throw base::Error("the two have different numbers of outputs", "compile the same file");
  Json outputs = Json::object();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const std::string& name = model->outputs()[i].name;
    if ((*reference)[i].shape != ours[i].shape)
      throw base::Error(fmt::format("output \"{}\" has another shape in the two", name),
                        "compile the same file");
    outputs[name] = difference((*reference)[i], ours[i]);
    const auto& d = outputs[name];
    const auto strange = d["not_numbers"].get<std::size_t>();
    io.text(fmt::format(
        "{}: largest difference {:.3g}, cosine {:.6f}, SQNR {}{}\n", name, d["max_abs"].get<double>(),
        d["cosine"].get<double>(),
        d["sqnr_db"].is_null() ? "no difference" : fmt::format("{:.1f} dB", d["sqnr_db"].get<double>()),
        strange == 0 ? "" : fmt::format(", {} NaN or infinite on one side only", strange)));
  }
  io.document(
      {{"reference", onnx}, {"model", options.path}, {"outputs", outputs}, {"layers", Json::array()}});
  return kDone;
}

}  // namespace

void add_model_compare(CLI::App& noun, Chosen& chosen) {
  struct Arguments {
    std::string onnx, inputs;
    ModelOptions model;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand(
      "compare", "how far a compiled model is from a reference evaluation of an ONNX file");
  const auto common =
      add_common(*c,
                 "  bondline model compare yunet.onnx yunet.blm --inputs folder\n"
                 "  bondline model compare float.onnx int8.blm --inputs image.npy --json | jq .outputs",
                 false);
  c->add_option("M.onnx", arguments->onnx, "the reference")->required();
  c->add_option("M.blm", arguments->model.path, "the compiled model, or an .onnx file")->required();
  c->add_option("--inputs,--input", arguments->inputs,
                "folder with input_0.npy ... or .npy files separated by commas")
      ->required()
      ->type_name("DIR");
  c->callback([=, &chosen] {
    chosen = {"model compare", common->json,
              [=](Io& io) { return compare(arguments->onnx, arguments->model, arguments->inputs, io); }};
  });
}

}  // namespace bondline::app
