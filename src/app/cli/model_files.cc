#include "app/cli/model_files.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "base/file.h"
#include "line/inference/artefact/artefact.h"
#include "line/inference/artefact/npy.h"
#include "line/inference/onnx/read.h"

namespace bondline::app {
namespace {

inference::kernels::Isa isa_of(const std::string& name) {
  using namespace inference::kernels;
  if (name.empty() || name == "native") return best_isa();
  if (const auto isa = isa_named(name)) return *isa;
  std::string all;
  for (int i = 0; i < kIsas; ++i) all += (i == 0 ? "" : ", ") + std::string(name_of(static_cast<Isa>(i)));
  throw base::Error(fmt::format("--isa \"{}\" is no instruction set", name), "use one of " + all);
}

std::pair<std::string, inference::Shape> parse_shape(const std::string& text) {
  const auto bad = [&]() -> base::Error {
    return {fmt::format("--shape \"{}\" is not understood", text), "write --shape NAME=1,3,224,224"};
  };
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) throw bad();
  inference::Shape shape;
  std::size_t at = equals + 1;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string number = text.substr(at, end - at);
    if (number.empty() || number.size() > 9 || number.find_first_not_of("0123456789") != std::string::npos)
      throw bad();
    shape.push_back(std::stoll(number));
    at = end + 1;
  }
  return {text.substr(0, equals), shape};
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& options) {
  command
      .add_option("--isa,--target", options.isa,
                  "instruction set to compile for: portable, avx2, avx-vnni, avx512-vnni, neon-dot (default: "
                  "the best here)")
      ->type_name("SET");
  command.add_option("--shape", options.shapes, "fix the shape of an input; may be repeated")
      ->type_name("NAME=1,3,224,224");
  command.add_flag("--tune", options.tune,
                   "choose kernels by timing them here (some seconds) instead of by a model");
}

void say_one_thread(CLI::App& command) {
  command.get_option("--threads")->description("threads to use, at most the usable cores (default: 1)");
}

inference::Compiled compile_file(const ModelOptions& options, const Io& io) {
  inference::CompileOptions compile;
  compile.file = options.path;
  compile.isa = isa_of(options.isa);
  compile.tune = options.tune;
  for (const auto& text : options.shapes) compile.input_shapes.insert(parse_shape(text));
  if (options.tune && !inference::kernels::runs_here(compile.isa)) {
    throw base::Error(fmt::format("this processor cannot time kernels for {}", options.isa),
                      "leave --tune or --isa away");
  }
  base::Diagnostics diagnostics;
  auto graph = inference::read_onnx_file(options.path, base::disk(), diagnostics);
  if (!graph) diagnostics.throw_if_errors();
  for (const auto& [name, shape] : compile.input_shapes) {
    bool found = false;
    std::string names;
    for (const auto id : graph->inputs) {
      found = found || graph->value(id).name == name;
      names += (names.empty() ? "" : ", ") + graph->value(id).name;
    }
    if (!found)
      throw base::Error(fmt::format("--shape: the model has no input \"{}\"", name),
                        "its inputs are " + names);
  }
  auto compiled = inference::compile(std::move(*graph), compile, diagnostics);
  diagnostics.throw_if_errors();
  if (!compiled) throw base::Error(options.path + " could not be compiled", "");
  io.say(diagnostics);
  return std::move(*compiled);
}

std::shared_ptr<const inference::Model> load_model(const ModelOptions& options, const Io& io,
                                                   double* load_ms) {
  base::Diagnostics diagnostics;
  std::shared_ptr<const inference::Model> model;
  if (options.path.ends_with(".onnx")) {
    const auto compiled = compile_file(options, io);
    const auto bytes = inference::write_artefact(compiled.plan, compiled.weights);
    const auto start = std::chrono::steady_clock::now();
    model = inference::Model::load(bytes, options.path, {}, diagnostics);
    *load_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  } else {
    if (!options.isa.empty() || !options.shapes.empty() || options.tune) {
      throw base::Error("--isa, --shape and --tune are decided when a model is compiled",
                        "name the .onnx file, or compile it again");
    }
    const auto start = std::chrono::steady_clock::now();
    model = inference::Model::load(options.path, {}, diagnostics);
    *load_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  diagnostics.throw_if_errors();
  return model;
}

inference::Tensor load_npy(const std::string& path) {
  base::FileProblem problem;
  const auto bytes = base::disk().read(path, &problem, std::uint64_t{1} << 33);
  if (!bytes) throw base::Error(fmt::format("{}: {}", path, problem), "name a .npy file");
  base::Diagnostics diagnostics;
  auto tensor =
      inference::read_npy(std::as_bytes(std::span(bytes->data(), bytes->size())), path, diagnostics);
  diagnostics.throw_if_errors();
  return std::move(*tensor);
}

std::vector<inference::Tensor> load_inputs(const std::vector<inference::Port>& ports,
                                           const std::string& where) {
  std::vector<std::string> files;
  if (where.ends_with(".npy")) {
    for (std::size_t at = 0; at <= where.size();) {
      const std::size_t end = std::min(where.find(',', at), where.size());
      files.push_back(where.substr(at, end - at));
      at = end + 1;
    }
    if (files.size() != ports.size()) {
      throw base::Error(fmt::format("{} input files for a model with {} inputs", files.size(), ports.size()),
                        "name one .npy file per input, separated by commas");
    }
  } else {
    for (std::size_t i = 0; i < ports.size(); ++i) {
      const std::string numbered = base::join_path(where, fmt::format("input_{}.npy", i));
      const std::string named = base::join_path(where, ports[i].name + ".npy");
      files.push_back(base::disk().exists(named) ? named : numbered);
    }
  }
  std::vector<inference::Tensor> out;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    out.push_back(load_npy(files[i]));
    if (out[i].dtype != ports[i].dtype || out[i].shape != ports[i].shape) {
      throw base::Error(
          fmt::format("{} holds {} {}; input \"{}\" is {} {}", files[i], inference::name_of(out[i].dtype),
                      inference::to_string(out[i].shape), ports[i].name, inference::name_of(ports[i].dtype),
                      inference::to_string(ports[i].shape)),
          "convert it, or compile the model with --shape");
    }
  }
  return out;
}

std::vector<inference::Tensor> run_once(inference::Stream& stream,
                                        const std::vector<inference::Tensor>& inputs) {
  std::vector<const void*> in;
  for (const auto& t : inputs) in.push_back(t.bytes->data());
  std::vector<std::shared_ptr<std::vector<std::byte>>> memory;
  std::vector<void*> out;
  for (const auto& port : stream.model().outputs()) {
    memory.push_back(std::make_shared<std::vector<std::byte>>(port.bytes()));
    out.push_back(memory.back()->data());
  }
  if (stream.run(in, out) == inference::RunStatus::failed)
    throw base::Error("the run failed: " + stream.problem(), "give the model inputs it can work on");
  std::vector<inference::Tensor> tensors;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const auto& port = stream.model().outputs()[i];
    tensors.push_back({port.dtype, port.shape, memory[i], {}});
  }
  return tensors;
}

void add_model_commands(CLI::App& program, Chosen& chosen) {
  CLI::App* noun =
      program.add_subcommand("model", "neural networks: from ONNX to a compiled model and its inferences");
  noun->footer(
      "Examples:\n  bondline model compile yunet.onnx --out yunet.blm\n"
      "  bondline model bench yunet.blm --threads 2");
  add_model_compile(*noun, chosen);
  add_model_run(*noun, chosen);
  add_model_bench(*noun, chosen);
  add_model_profile(*noun, chosen);
  add_model_compare(*noun, chosen);
}

}  // namespace bondline::app
