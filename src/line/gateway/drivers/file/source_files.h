// The files of somebody else, read only (but for moving them away). Calls may block: a network share.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::gateway {

struct FileFacts {
  std::uint64_t number = 0;  ///< stays with a file that is renamed (inode)
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  ///< since 1970
};

/// Names, sorted. Nullopt with *problem when the folder can't be read.
std::optional<std::vector<std::string>> list_folder(const std::string& folder, std::string* problem);
/// Nullopt: no plain file of that name.
std::optional<FileFacts> facts_of(const std::string& path);
/// Appends up to `count` bytes from `offset`; "" or what is wrong.
std::string read_file(const std::string& path, std::uint64_t offset, std::size_t count, std::string& to);
/// Moves a file into a folder (made if it is not there) under its name, or NAME.1, .2 ... if that is taken,
/// and waits until the move would survive a loss of power. "" or what is wrong.
std::string move_into(const std::string& path, const std::string& folder);
/// * stands for any characters, ? for one.
bool fits_pattern(std::string_view pattern, std::string_view name);

}  // namespace bondline::gateway
