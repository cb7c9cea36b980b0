// A file mapped read-only: its pages are shared between streams and processes.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/diagnostic.h"

namespace bondline::inference {

class MappedFile {
 public:
  /// Null with an error in words when the file cannot be opened, is empty or is no regular file.
  static std::unique_ptr<MappedFile> open(const std::string& path, base::Diagnostics& diagnostics);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(address_), size_}; }

 private:
  MappedFile(void* address, std::size_t size) : address_(address), size_(size) {}
  void* address_;
  std::size_t size_;
};

}  // namespace bondline::inference
