// What the model commands share: reading and compiling models, tensors from .npy files, how much was
// allocated.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "line/inference/compiler/compile.h"
#include "line/inference/runtime/runtime.h"

namespace bondline::app {

/// Options that make a compiled model out of an ONNX file.
struct ModelOptions {
  std::string path;
  std::string isa;                  ///< empty: the best of this machine
  std::vector<std::string> shapes;  ///< "input=1,3,224,224"
  bool tune = false;
};

/// Adds --isa, --shape and --tune.
void add_model_options(CLI::App& command, ModelOptions& options);
/// Says in the help that --threads is 1 here unless given.
void say_one_thread(CLI::App& command);

/// Throws base::Error on anything wrong with the file or the options.
inference::Compiled compile_file(const ModelOptions& options, const Io& io);

/// Loads a .blm; an .onnx is compiled first. *load_ms: time until the model is ready.
std::shared_ptr<const inference::Model> load_model(const ModelOptions& options, const Io& io,
                                                   double* load_ms);

/// A tensor from a .npy file.
inference::Tensor load_npy(const std::string& path);

/// Tensors of a folder ("input_0.npy", "input_1.npy" ... or NAME.npy per input) or of a comma-separated list,
/// in the order of the ports; checked for type and shape.
std::vector<inference::Tensor> load_inputs(const std::vector<inference::Port>& ports,
                                           const std::string& where);

/// Runs once; outputs in the order of the ports.
std::vector<inference::Tensor> run_once(inference::Stream& stream,
                                        const std::vector<inference::Tensor>& inputs);

/// Calls of malloc, calloc, realloc and aligned_alloc in this process so far; -1 where they are not counted
/// (sanitizers).
long long allocations_so_far();

void add_model_compile(CLI::App& noun, Chosen& chosen);
void add_model_run(CLI::App& noun, Chosen& chosen);
void add_model_bench(CLI::App& noun, Chosen& chosen);
void add_model_profile(CLI::App& noun, Chosen& chosen);
void add_model_compare(CLI::App& noun, Chosen& chosen);

}  // namespace bondline::app
