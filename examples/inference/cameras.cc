// Two cameras, one model: streams share the weights, each has its own arena and thread.
//   cmake --build build/release --target example_cameras
//   build/release/bin/example_cameras model.blm
#include <cstdio>
#include <thread>
#include <vector>

#include "line/inference/runtime/runtime.h"

using namespace bondline::inference;

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s model.blm\n", argv[0]), 2;
  bondline::base::Diagnostics problems;
  // 1. Map and check the compiled model, once for all streams.
  const auto model = Model::load(argv[1], {}, problems);
  const auto camera = [&](int number) {
    bondline::base::Diagnostics own;
    // 2. An arena per stream. From here on nothing is allocated.
    const auto stream = Stream::make(model, {.threads = 1}, own);
    std::vector<std::vector<std::byte>> memory;
    std::vector<const void*> inputs;
    std::vector<void*> outputs;
    for (const Port& port : model->inputs()) inputs.push_back(memory.emplace_back(port.bytes()).data());
    for (const Port& port : model->outputs()) outputs.push_back(memory.emplace_back(port.bytes()).data());
    // 3. Frames: one that could only be late is dropped, and counted.
    for (int frame = 0; frame < 100; ++frame) {
      stream->run(inputs, outputs, Stream::Clock::now() + std::chrono::milliseconds(40));
    }
    const StreamCounters& c = stream->counters();
    std::printf("camera %d: %llu frames, %llu late, %llu dropped\n", number,
                static_cast<unsigned long long>(c.runs), static_cast<unsigned long long>(c.late),
                static_cast<unsigned long long>(c.dropped));
  };
  if (model == nullptr) {
    for (const auto& d : problems.all()) std::fprintf(stderr, "%s\n", bondline::base::to_text(d).c_str());
    return 2;
  }
  std::thread first(camera, 1), second(camera, 2);
  first.join();
  second.join();
}
