// bondline model compile, bondline model run
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "app/cli/model_files.h"
#include "base/file.h"
#include "line/inference/artefact/artefact.h"
#include "line/inference/artefact/npy.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

void must_write(const std::string& path, std::span<const std::byte> bytes) {
  const auto problem =
      base::disk().write_atomic(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!problem.empty())
    throw base::Error(fmt::format("{} could not be written: {}", path, problem), "choose another path");
}

Json ports_json(const std::vector<inference::Port>& ports) {
  Json out = Json::array();
  for (const auto& p : ports)
    out.push_back(
        {{"name", p.name}, {"shape", p.shape}, {"dtype", std::string(inference::name_of(p.dtype))}});
  return out;
}

/// The nodes that cannot be compiled, each with the place to cut the model.
Json unsupported_nodes(const base::Diagnostics& diagnostics) {
  Json out = Json::array();
  for (const auto& d : diagnostics.all()) {
    if (d.severity == base::Severity::error && d.what.starts_with("node "))
      out.push_back({{"what", d.what}, {"mend", d.mend}});
  }
  return out;
}

int compile_model(const ModelOptions& options, const std::string& out, Io& io) try {
  const auto compiled = compile_file(options, io);
  const auto& plan = compiled.plan;
  const auto bytes = inference::write_artefact(plan, compiled.weights);
  if (!out.empty()) must_write(out, bytes);
  std::map<std::string, int> kinds;
  for (const auto& step : plan.steps) ++kinds[std::string(inference::name_of(step.kind))];
  std::string steps;
  for (const auto& [kind, count] : kinds)
    steps += fmt::format("{}{} {}", steps.empty() ? "" : ", ", count, kind);
  const double ratio = plan.lower_bound_bytes > 0 ? static_cast<double>(plan.arena_bytes) /
                                                        static_cast<double>(plan.lower_bound_bytes)
                                                  : 1;
  io.text(fmt::format(
      "{} nodes became {} steps for {}: {}\n{:.3f} GMAC, weights {:.2f} MB, arena {:.2f} MB ({:.3f} of the "
      "lower bound), scratch {:.2f} MB per thread\n",
      plan.nodes, plan.steps.size(), plan.isa, steps, 1e-9 * static_cast<double>(plan.macs),
      1e-6 * static_cast<double>(compiled.weights.size()), 1e-6 * static_cast<double>(plan.arena_bytes),
      ratio, 1e-6 * static_cast<double>(plan.scratch_bytes)));
  if (!out.empty()) io.text(fmt::format("wrote {} ({} bytes)\n", out, bytes.size()));
  io.document({{"file", out},
               {"nodes", plan.nodes},
               {"fused", plan.fused},
               {"steps", plan.steps.size()},
               {"kinds", kinds},
               {"isa", plan.isa},
               {"macs", plan.macs},
               {"weights_bytes", compiled.weights.size()},
               {"arena_bytes", plan.arena_bytes},
               {"arena_lower_bound_bytes", plan.lower_bound_bytes},
               {"scratch_bytes", plan.scratch_bytes},
               {"artefact_bytes", bytes.size()},
               {"inputs", ports_json(plan.inputs)},
               {"outputs", ports_json(plan.outputs)},
               {"unsupported", Json::array()}});
  return kDone;
} catch (const base::Error& e) {
  io.errors(e.diagnostics(), "unsupported", unsupported_nodes(e.diagnostics()));
  return kBadInput;
}

/// A port's name as a file name: what is no letter, digit, dot, dash or underscore becomes an underscore; a
/// name that is too long, hidden or `taken` already becomes its number.
std::string file_name(const std::string& port, std::size_t i, std::set<std::string>& taken) {
  constexpr std::size_t kLongest = 200;  // file systems take 255 bytes, a temporary name's ending among them
  std::string out;
  for (const char c : port)
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ? c : '_';
  if (out.empty() || out[0] == '.' || out.size() > kLongest || taken.contains(out))
    out = fmt::format("output_{}", i);
  while (!taken.insert(out).second) out += "_";
  return out + ".npy";
}

int run_model(const ModelOptions& options, const std::string& input, const std::string& folder, int threads,
              Io& io) {
  double load_ms = 0;
  const auto model = load_model(options, io, &load_ms);
  const auto inputs = load_inputs(model->inputs(), input);
  base::Diagnostics diagnostics;
  const auto stream = inference::Stream::make(model, {threads == 0 ? 1 : threads}, diagnostics);
  diagnostics.throw_if_errors();
  const auto outputs = run_once(*stream, inputs);
  if (!folder.empty()) {
    const auto problem = base::disk().make_folder(folder);
    if (!problem.empty()) throw base::Error(fmt::format("{}: {}", folder, problem), "choose another folder");
  }
  Json list = Json::array();
  std::set<std::string> taken;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& port = model->outputs()[i];
    std::string path;
    if (!folder.empty()) {
      path = base::join_path(folder, file_name(port.name, i, taken));
      must_write(path, inference::write_npy(port.dtype, port.shape, *outputs[i].bytes));
    }
    io.text(fmt::format("{} {} {} {}\n", port.name, inference::name_of(port.dtype),
                        inference::to_string(port.shape), path));
    list.push_back({{"name", port.name},
                    {"shape", port.shape},
                    {"dtype", std::string(inference::name_of(port.dtype))},
                    {"file", path}});
  }
  io.document({{"model", options.path}, {"outputs", list}});
  return kDone;
}

}  // namespace

void add_model_compile(CLI::App& noun, Chosen& chosen) {
  struct Arguments {
    ModelOptions model;
    std::string out;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand("compile", "turn an ONNX model into a compiled one");
  const auto common = add_common(
      *c,
      "  bondline model compile yunet.onnx --out yunet.blm\n"
      "  bondline model compile net.onnx --shape input=8,3,224,224 --isa avx2 --out net.blm --json",
      false);
  c->add_option("M.onnx", arguments->model.path, "the model")->required();
  c->add_option("--out", arguments->out, "where the compiled model goes")->type_name("M.blm");
  add_model_options(*c, arguments->model);
  c->callback([=, &chosen] {
    chosen = {"model compile", common->json,
              [=](Io& io) { return compile_model(arguments->model, arguments->out, io); }};
  });
}

void add_model_run(CLI::App& noun, Chosen& chosen) {
  struct Arguments {
    ModelOptions model;
    std::string input, out;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand("run", "one inference on .npy files");
  const auto common =
      add_common(*c,
                 "  bondline model run yunet.blm --input image.npy --out result\n"
                 "  bondline model run net.blm --input a.npy,b.npy --out result --json | jq .outputs",
                 true);
  c->add_option("M.blm", arguments->model.path, "the compiled model, or an .onnx file")->required();
  c->add_option("--input,--inputs", arguments->input,
                ".npy files in the order of the inputs, or a folder of them")
      ->required()
      ->type_name("a.npy[,b.npy]");
  c->add_option("--out", arguments->out, "folder for the outputs, one .npy each")->type_name("DIR");
  say_one_thread(*c);
  add_model_options(*c, arguments->model);
  c->callback([=, &chosen] {
    chosen = {"model run", common->json, [=](Io& io) {
                return run_model(arguments->model, arguments->input, arguments->out, common->threads, io);
              }};
  });
}

}  // namespace bondline::app
