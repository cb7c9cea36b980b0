#include "line/inference/onnx/read.h"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "line/inference/graph/check.h"
#include "line/inference/onnx/raw_model.h"

namespace bondline::inference {

namespace {

constexpr std::uint64_t kMostBytes = (std::uint64_t{1} << 31) - 1;  // protobuf's own limit

constexpr const char* kMissing =
    "check the path; of a model over 2 GiB, save the weights as external data "
    "(onnx.save(model, path, save_as_external_data=True))";
constexpr const char* kTooLarge =
    "save the weights as external data (onnx.save(model, path, save_as_external_data=True))";

/// True, with an error that names what it is, for files people mistake for ONNX.
bool is_of_another_kind(std::span<const std::byte> bytes, ReadContext& context) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min<std::size_t>(bytes.size(), 8));
  if (text.size() == 8 && text.substr(4) == "TFL3") {  // the identifier of TensorFlow Lite's FlatBuffers
    context.fail(4, "this is a TensorFlow Lite model, not ONNX",
                 "convert it: python -m tf2onnx.convert --tflite MODEL --output M.onnx");
    return true;
  }
  if (text.starts_with("\x89"
                       "BLM")) {
    context.fail(0, "this model is compiled already", "use it with bondline model run, bench or profile");
    return true;
  }
  return false;
}

std::optional<Graph> read_checked(std::span<const std::byte> bytes, ReadContext& context) {
  RawModel model;
  if (bytes.size() > kMostBytes) {
    context.fail(0, "the model has " + std::to_string(bytes.size()) + " bytes; protobuf files end at 2 GiB",
                 kTooLarge);
    return std::nullopt;
  }
  if (is_of_another_kind(bytes, context)) return std::nullopt;
  if (!parse_model(context, bytes, &model)) return std::nullopt;
  if (!model.has_graph) {
    context.fail(0, "the file holds no graph", "it is empty or not an ONNX model");
    return std::nullopt;
  }
  Graph graph;
  if (!inline_functions(context, &model) || !build_graph(context, model, &graph)) return std::nullopt;
  if (const std::string broken = broken_promise(graph); !broken.empty()) {
    context.fail(0, broken);
    return std::nullopt;
  }
  return graph;
}

// Runs `body`; what the standard library throws for want of memory or from a path becomes an error.
template <class Result, class Body>
std::optional<Result> guarded(ReadContext& context, Body body) {
  try {
    return body();
  } catch (const std::exception& problem) {
    context.fail(0, std::string("the model cannot be read: ") + problem.what());
    return std::nullopt;
  }
}

}  // namespace

std::optional<Graph> read_onnx(std::span<const std::byte> bytes, const ReadOptions& options,
                               base::Diagnostics& diagnostics) {
  ReadContext context{options, diagnostics};
  return guarded<Graph>(context, [&] { return read_checked(bytes, context); });
}

std::optional<Graph> read_onnx_file(const std::string& path, base::Files& files,
                                    base::Diagnostics& diagnostics) {
  ReadOptions options;
  options.file = path;
  options.files = &files;
  options.folder = base::folder_of(path);
  ReadContext context{options, diagnostics};
  return guarded<Graph>(context, [&]() -> std::optional<Graph> {
    base::FileProblem problem;
    const auto bytes = files.read(path, &problem, kMostBytes);
    if (!bytes) {
      diagnostics.error({path, 0, 0}, "the model cannot be read: " + problem, kMissing);
      return std::nullopt;
    }
    return read_checked(std::as_bytes(std::span(*bytes)), context);
  });
}

std::optional<Tensor> read_tensor_proto(std::span<const std::byte> bytes, const ReadOptions& options,
                                        base::Diagnostics& diagnostics) {
  ReadContext context{options, diagnostics};
  return guarded<Tensor>(context, [&]() -> std::optional<Tensor> {
    Field field;
    field.type = WireType::bytes;
    field.bytes = bytes;
    auto named = decode_tensor(context, field, "");
    if (!named) return std::nullopt;
    return std::move(named->tensor);
  });
}

}  // namespace bondline::inference
