// bondline model bench, bondline model profile
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/cli/model_files.h"
#include "base/file.h"
#include "line/inference/kernels/kernels.h"
#include "line/inference/profile/profile.h"
#include "line/inference/profile/report.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

/// Processor, clock and load of this machine, as Linux tells them: every figure needs them beside it.
Json machine() {
  Json out;
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    if (line.starts_with("model name") && !out.contains("processor"))
      out["processor"] = line.substr(colon + 2);
    if (line.starts_with("cpu MHz") && !out.contains("clock_Hz"))
      out["clock_Hz"] = 1e6 * std::strtod(line.c_str() + colon + 1, nullptr);
  }
  double load = 0;
  std::ifstream("/proc/loadavg") >> load;
  out["load"] = load;
  return out;
}

std::string machine_text(const Json& m) {
  return fmt::format("{} at {:.2f} GHz, load {:.1f}\n", m.value("processor", "unknown processor"),
                     1e-9 * m.value("clock_Hz", 0.0), m.value("load", 0.0));
}

/// Operations per second at the peak of each step's arithmetic, weighted by its operations.
double blended_peak(const inference::Plan& plan) {
  const auto isa = inference::kernels::isa_named(plan.isa).value_or(inference::kernels::Isa::portable);
  double integer = 0, real = 0;
  for (const auto& step : plan.steps) {
    const bool is_integer =
        step.kind == inference::StepKind::conv_int8 || step.kind == inference::StepKind::conv_pair_int8;
    (is_integer ? integer : real) += 2.0 * static_cast<double>(step.macs);
  }
  const double int_peak = integer > 0 ? inference::kernels::peak_int8_ops(isa) : 1;
  const double real_peak = real > 0 ? inference::kernels::peak_f32_flops(isa) : 1;
  const double seconds = integer / int_peak + real / real_peak;
  return seconds > 0 ? (integer + real) / seconds : 0;
}

int bench_model(const ModelOptions& options, inference::BenchOptions bench, Io& io) {
  double load_ms = 0;
  const auto model = load_model(options, io, &load_ms);
  base::Diagnostics diagnostics;
  long long allocations = -1;
  {  // allocations of a hundred runs once everything is made
    const auto stream = inference::Stream::make(model, {bench.threads}, diagnostics);
    diagnostics.throw_if_errors();
    const inference::SampleBuffers buffers(*model);
    stream->run(buffers.inputs, buffers.outputs);
    const long long before = allocations_so_far();
    for (int i = 0; i < 10; ++i) stream->run(buffers.inputs, buffers.outputs);
    if (before >= 0) allocations = allocations_so_far() - before;
  }
  const auto result = inference::bench(model, bench, diagnostics);
  diagnostics.throw_if_errors();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double peak = blended_peak(model->plan());
  const double rate = 2e3 * static_cast<double>(model->plan().macs) / result->cpu_ms;
  const double percent = peak > 0 ? 100 * rate / peak : 0;
  const Json here = machine();
  const double rss = static_cast<double>(usage.ru_maxrss) * 1024;
  io.text(
      fmt::format("{}: p50 {:.3f} ms, p99 {:.3f} ms, min {:.3f} ms; {:.3f} ms of CPU per run; {:.1f} runs/s "
                  "({} threads, {} streams, {} runs)\n",
                  options.path, result->p50_ms, result->p99_ms, result->min_ms, result->cpu_ms,
                  result->throughput, bench.threads, bench.streams, result->runs));
  io.text(
      fmt::format("{:.0f} Gop/s, {:.0f} % of the {:.0f} measured here with {}; ready in {:.2f} ms; peak "
                  "memory {:.1f} MB; {} allocations in 10 runs\n",
                  1e-9 * rate, percent, 1e-9 * peak, model->plan().isa, load_ms, 1e-6 * rss, allocations));
  io.text(machine_text(here));
  Json allocated = allocations < 0 ? Json(nullptr) : Json(allocations);
  io.document({{"model", options.path},
               {"isa", model->plan().isa},
               {"threads", bench.threads},
               {"streams", bench.streams},
               {"runs", result->runs},
               {"latency_ms",
                {{"p50", result->p50_ms},
                 {"p99", result->p99_ms},
                 {"min", result->min_ms},
                 {"mean", result->mean_ms}}},
               {"cpu_ms", result->cpu_ms},
               {"throughput", result->throughput},
               {"load_ms", load_ms},
               {"peak_rss_bytes", static_cast<std::uint64_t>(rss)},
               {"allocations_after_load", allocated},
               {"gops", 1e-9 * rate},
               {"peak_gops", 1e-9 * peak},
               {"percent_of_peak", percent},
               {"arena_bytes", model->plan().arena_bytes},
               {"weights_bytes", model->weights_bytes()},
               {"machine", here}});
  return kDone;
}

int profile_model(const ModelOptions& options, double seconds, const std::string& html, int threads, Io& io) {
  double load_ms = 0;
  const auto model = load_model(options, io, &load_ms);
  base::Diagnostics diagnostics;
  const auto stream = inference::Stream::make(model, {threads}, diagnostics);
  diagnostics.throw_if_errors();
  inference::ProfileOptions profile_options;
  profile_options.seconds = seconds;
  const auto profile = inference::profile(*stream, profile_options, diagnostics);
  diagnostics.throw_if_errors();
  if (!html.empty()) {
    const auto problem = base::disk().write_atomic(html, inference::to_html(*profile, options.path));
    if (!problem.empty())
      throw base::Error(fmt::format("{} could not be written: {}", html, problem), "choose another path");
  }
  const Json here = machine();
  io.text(inference::to_table(*profile, io.terminal()) + machine_text(here));
  if (io.json()) {
    Json body = Json::parse(inference::to_json(*profile));
    body["model"] = options.path;
    body["machine"] = here;
    io.document(body);
  }
  return kDone;
}

}  // namespace

void add_model_bench(CLI::App& noun, Chosen& chosen) {
  struct Arguments {
    ModelOptions model;
    inference::BenchOptions bench;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand("bench", "time whole inferences");
  const auto common = add_common(
      *c,
      "  bondline model bench yunet.blm\n"
      "  bondline model bench yunet.blm --threads 2 --streams 2 --seconds 5 --json | jq .latency_ms",
      true);
  c->add_option("M.blm", arguments->model.path, "the compiled model, or an .onnx file")->required();
  c->add_option("--streams", arguments->bench.streams,
                "inferences at the same time, each with its own arena (default 1)")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  c->add_option("--seconds", arguments->bench.seconds, "how long (default 1)")
      ->check(number_from(0, 3600))
      ->type_name("S");
  c->add_option("--runs", arguments->bench.runs, "at least this many runs (default 10)")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  say_one_thread(*c);
  add_model_options(*c, arguments->model);
  c->callback([=, &chosen] {
    chosen = {"model bench", common->json, [=](Io& io) {
                auto bench = arguments->bench;
                bench.threads = common->threads == 0 ? 1 : common->threads;
                return bench_model(arguments->model, bench, io);
              }};
  });
}

void add_model_profile(CLI::App& noun, Chosen& chosen) {
  struct Arguments {
    ModelOptions model;
    double seconds = 1;
    std::string html;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand("profile", "time per layer against the roofs of this machine");
  const auto common =
      add_common(*c,
                 "  bondline model profile yunet.blm\n"
                 "  bondline model profile yunet.blm --html yunet.html --json | jq '.layers[0]'",
                 true);
  c->add_option("M.blm", arguments->model.path, "the compiled model, or an .onnx file")->required();
  c->add_option("--seconds", arguments->seconds, "how long (default 1)")
      ->check(number_from(0, 3600))
      ->type_name("S");
  c->add_option("--html", arguments->html, "a page with the roofline")->type_name("FILE.html");
  say_one_thread(*c);
  add_model_options(*c, arguments->model);
  c->callback([=, &chosen] {
    chosen = {"model profile", common->json, [=](Io& io) {
                return profile_model(arguments->model, arguments->seconds, arguments->html,
                                     common->threads == 0 ? 1 : common->threads, io);
              }};
  });
}

}  // namespace bondline::app
