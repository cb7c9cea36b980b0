#include "line/gateway/inference/runner.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

namespace bondline::gateway {

using inference::DType;

namespace {

/// Models give way to polls where there are not cores enough for both.
constexpr int kNiceness = 10;

template <class T>
double read(const std::vector<std::byte>& bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

}  // namespace

std::unique_ptr<ModelRunner> ModelRunner::make(const ModelSpec& spec, base::Diagnostics& diagnostics) {
  auto stream = inference::Stream::make(spec.model, {.threads = spec.threads}, diagnostics);
  if (!stream) return nullptr;
  return std::unique_ptr<ModelRunner>(new ModelRunner(std::move(stream)));
}

ModelRunner::ModelRunner(std::unique_ptr<inference::Stream> stream) : stream_(std::move(stream)) {
  for (const inference::Port& port : stream_->model().inputs()) inputs_.emplace_back(port.bytes());
  for (const inference::Port& port : stream_->model().outputs()) outputs_.emplace_back(port.bytes());
  for (const auto& bytes : inputs_) input_pointers_.push_back(bytes.data());
  for (auto& bytes : outputs_) output_pointers_.push_back(bytes.data());
  thread_ = std::thread([this] { work(); });
}

ModelRunner::~ModelRunner() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void ModelRunner::work() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return ending_ || wanted_; });
    if (ending_) return;
    wanted_ = false;
    lock.unlock();
    const auto begun = std::chrono::steady_clock::now();
    failed_ = stream_->run(input_pointers_, output_pointers_) == inference::RunStatus::failed;
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    state_ = State::done;
    lock.lock();
  }
}

void ModelRunner::put(std::size_t port, std::size_t element, double value) {
  std::byte* const to = inputs_[port].data();
  if (stream_->model().inputs()[port].dtype == DType::f32) {
    const auto single = static_cast<float>(value);
    std::memcpy(to + element * sizeof single, &single, sizeof single);
  } else {
    std::memcpy(to + element * sizeof value, &value, sizeof value);
  }
}

void ModelRunner::start() {
  state_ = State::running;
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_one();
}

double ModelRunner::element(std::size_t port, std::size_t index) const {
  const std::vector<std::byte>& bytes = outputs_[port];
  switch (stream_->model().outputs()[port].dtype) {
    case DType::f32:
      return read<float>(bytes, index);
    case DType::f64:
      return read<double>(bytes, index);
    case DType::i64:
      return read<std::int64_t>(bytes, index);
    case DType::i32:
      return read<std::int32_t>(bytes, index);
    case DType::i8:
      return read<std::int8_t>(bytes, index);
    default:
      return read<std::uint8_t>(bytes, index);
  }
}

}  // namespace bondline::gateway
