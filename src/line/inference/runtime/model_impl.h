// What a loaded model is made of; internal to the runtime.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "line/inference/artefact/artefact.h"
#include "line/inference/artefact/mapped_file.h"
#include "line/inference/runtime/delegate.h"
#include "line/inference/runtime/execute.h"
#include "line/inference/runtime/runtime.h"

namespace bondline::inference {
namespace runtime {

/// Anonymous pages, all of them touched: no fault is left for later. Throws std::bad_alloc, also where the
/// system would grant them and then end the program that touches them.
class Pages {
 public:
  explicit Pages(std::size_t bytes = 0);
  ~Pages();
  Pages(Pages&& other) noexcept { *this = std::move(other); }
  Pages& operator=(Pages&& other) noexcept;
  std::byte* data() const { return static_cast<std::byte*>(address_); }

 private:
  void* address_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A run of steps that a delegate took.
struct Taken {
  std::string name;
  std::unique_ptr<DelegateProgram> program;
  std::size_t first = 0, last = 0;
};

}  // namespace runtime

struct Model::Impl {
  std::unique_ptr<MappedFile> file;  ///< or
  runtime::Pages copy;
  Artefact artefact;
  std::vector<runtime::Bound> bound;
  std::vector<int> taken;  ///< per step: index into programs, -1: the processor
  std::vector<runtime::Taken> programs;
};

}  // namespace bondline::inference
