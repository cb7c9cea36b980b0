// External data of tensors: a file beside the model. Its path is refused when absolute, when it climbs with
// "..", or when a symbolic link leads out of the model's folder; its bounds are checked before a byte is
// copied.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "line/inference/onnx/tensor_proto.h"

namespace bondline::inference {

namespace {

namespace fs = std::filesystem;

bool plain_relative(const std::string& location) {
  if (location.empty() || location.size() > 4096 || location.front() == '/') return false;
  for (const char c : location)
    if (c == '\0' || c == '\\' || c == ':') return false;
  const fs::path path(location);
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

// True when the path, links followed as far as they exist, lies in the folder.
bool stays_inside(const std::string& folder, const std::string& location) {
  std::error_code wrong;
  const fs::path top = fs::weakly_canonical(fs::path(folder), wrong);
  if (wrong) return false;
  const fs::path full = fs::weakly_canonical(fs::path(folder) / location, wrong);
  if (wrong) return false;
  return std::mismatch(top.begin(), top.end(), full.begin(), full.end()).first == top.end();
}

/// A pipe or a device would be waited for.
bool is_special(const std::string& folder, const std::string& location) {
  std::error_code wrong;
  const fs::file_status status = fs::status(fs::path(folder) / location, wrong);
  return !wrong && fs::is_other(status);
}

bool number(const std::string& text, std::uint64_t otherwise, std::uint64_t* value) {
  if (text.empty()) {
    *value = otherwise;
    return true;
  }
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return wrong == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<std::shared_ptr<const std::vector<std::byte>>> read_external(ReadContext& context,
                                                                           std::size_t at,
                                                                           const std::string& tensor,
                                                                           const ExternalPlace& place,
                                                                           std::uint64_t expected) {
  const auto refuse = [&](std::string what, std::string mend = "") {
    context.fail(at, tensor + ": " + std::move(what), std::move(mend));
    return std::nullopt;
  };
  const std::string mend = "keep the model and its data files together in one folder";
  if (context.options.files == nullptr)
    return refuse("its data is in another file, \"" + place.location + "\"",
                  "read the model from its folder");
  if (!plain_relative(place.location) || !stays_inside(context.options.folder, place.location))
    return refuse("external data at \"" + place.location + "\" does not lie in the model's folder", mend);
  if (is_special(context.options.folder, place.location))
    return refuse("external data \"" + place.location + "\" is a pipe or a device, not a file", mend);
  std::uint64_t offset = 0, length = 0;
  if (!number(place.offset, 0, &offset) || !number(place.length, expected, &length))
    return refuse("offset \"" + place.offset + "\" or length \"" + place.length +
                  "\" of its external data is not a number");
  if (length != expected)
    return refuse("external data of " + std::to_string(length) + " bytes where shape and type need " +
                  std::to_string(expected));
  // Many tensors may point at the same bytes of a small file: what is copied counts, not only what is read.
  if (expected > context.options.max_external_bytes - context.external_copied)
    return refuse("external data of more than " + std::to_string(context.options.max_external_bytes) +
                  " bytes in all");
  context.external_copied += expected;
  auto& file = context.external_files[place.location];
  if (!file) {
    const std::uint64_t left = context.options.max_external_bytes - context.external_bytes;
    base::FileProblem problem;
    auto bytes =
        context.options.files->read(base::join_path(context.options.folder, place.location), &problem, left);
    if (!bytes) {
      context.external_files.erase(place.location);
      return refuse("external data \"" + place.location + "\" cannot be read: " + problem, mend);
    }
    context.external_bytes += bytes->size();
    file = std::make_shared<const std::string>(std::move(*bytes));
  }
  if (offset > file->size() || length > file->size() - offset)
    return refuse("bytes " + std::to_string(offset) + " to " + std::to_string(offset) + " + " +
                  std::to_string(length) + " reach beyond the end of \"" + place.location + "\" (" +
                  std::to_string(file->size()) + " bytes)");
  const auto* begin = reinterpret_cast<const std::byte*>(file->data()) + offset;
  return std::make_shared<const std::vector<std::byte>>(begin, begin + length);
}

}  // namespace bondline::inference
