#include "line/inference/runtime/bondline_inference.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "line/inference/runtime/runtime.h"

using bondline::inference::Model;
using bondline::inference::Port;
using bondline::inference::Stream;

struct bl_model {
  std::shared_ptr<const Model> model;
};
struct bl_stream {
  std::unique_ptr<Stream> stream;
};

namespace {

void tell(const std::string& what, char* why, size_t bytes) {
  if (why == nullptr || bytes == 0) return;
  const size_t n = std::min(what.size(), bytes - 1);
  std::memcpy(why, what.data(), n);
  why[n] = '\0';
}

void tell(const bondline::base::Diagnostics& diagnostics, char* why, size_t bytes) {
  std::string text;
  for (const auto& d : diagnostics.all()) text += (text.empty() ? "" : "\n") + bondline::base::to_text(d);
  tell(text, why, bytes);
}

bl_port port(const std::vector<Port>& ports, size_t i) {
  if (i >= ports.size()) return {};
  const Port& p = ports[i];
  return {p.name.c_str(), bondline::inference::name_of(p.dtype).data(), p.shape.data(), p.shape.size(),
          static_cast<size_t>(p.bytes())};
}

bl_status run(bl_stream* stream, const void* const* inputs, void* const* outputs,
              std::optional<Stream::Clock::time_point> deadline) {
  if (stream == nullptr) return BL_FAILED;
  const Model& model = stream->stream->model();
  return static_cast<bl_status>(
      stream->stream->run({inputs, model.inputs().size()}, {outputs, model.outputs().size()}, deadline));
}

}  // namespace

extern "C" {

bl_model* bl_model_load(const char* path, char* why, size_t why_bytes) try {
  if (path == nullptr) {
    tell("no path: a null pointer", why, why_bytes);
    return nullptr;
  }
  bondline::base::Diagnostics diagnostics;
  auto model = Model::load(path, {}, diagnostics);
  if (model != nullptr) return new bl_model{std::move(model)};
  tell(diagnostics, why, why_bytes);
  return nullptr;
} catch (const std::exception& e) {
  tell(e.what(), why, why_bytes);
  return nullptr;
}

void bl_model_free(bl_model* model) {
  delete model;
}
size_t bl_model_inputs(const bl_model* model) {
  return model == nullptr ? 0 : model->model->inputs().size();
}
size_t bl_model_outputs(const bl_model* model) {
  return model == nullptr ? 0 : model->model->outputs().size();
}
bl_port bl_model_input(const bl_model* model, size_t i) {
  return model == nullptr ? bl_port{} : port(model->model->inputs(), i);
}
bl_port bl_model_output(const bl_model* model, size_t i) {
  return model == nullptr ? bl_port{} : port(model->model->outputs(), i);
}

bl_stream* bl_stream_make(const bl_model* model, int threads, char* why, size_t why_bytes) try {
  if (model == nullptr) {
    tell("no model: bl_model_load did not give one", why, why_bytes);
    return nullptr;
  }
  bondline::base::Diagnostics diagnostics;
  auto stream = Stream::make(model->model, {threads}, diagnostics);
  if (stream != nullptr) return new bl_stream{std::move(stream)};
  tell(diagnostics, why, why_bytes);
  return nullptr;
} catch (const std::exception& e) {
  tell(e.what(), why, why_bytes);
  return nullptr;
}

void bl_stream_free(bl_stream* stream) {
  delete stream;
}

bl_status bl_stream_run(bl_stream* stream, const void* const* inputs, void* const* outputs) {
  return run(stream, inputs, outputs, std::nullopt);
}

bl_status bl_stream_run_within(bl_stream* stream, const void* const* inputs, void* const* outputs,
                               int64_t nanoseconds) {
  // INT64_MAX, which means "take your time", must not run over when the clock's time is added.
  constexpr std::int64_t kYear = 366 * std::int64_t{86'400'000'000'000};
  const auto within = std::chrono::nanoseconds(std::clamp<std::int64_t>(nanoseconds, -1, kYear));
  return run(stream, inputs, outputs, Stream::Clock::now() + within);
}

bl_counters bl_stream_counters(const bl_stream* stream) {
  if (stream == nullptr) return {};
  const auto& c = stream->stream->counters();
  return {c.runs, c.late, c.dropped, c.failed};
}

}  // extern "C"
