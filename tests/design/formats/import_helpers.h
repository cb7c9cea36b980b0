// Ways to import from memory or from fixtures, and to look at what was said.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "design/formats/formats.h"

namespace bondline::formats {

using Named = std::vector<std::pair<std::string, std::string>>;

/// Imports texts from memory; the first `listed` are named in the call (0: all).
inline ImportResult import_texts(const Named& texts, std::size_t listed = 0) {
  base::MemoryFiles files;
  std::vector<std::string> paths;
  for (const auto& [name, text] : texts) {
    files.write_atomic(name, text);
    if (listed == 0 || paths.size() < listed) paths.push_back(name);
  }
  return import_files(paths, files);
}

inline std::string fixture(const std::string& name) {
  return std::string(BONDLINE_SOURCE_DIR) + "/tests/design/formats/fixtures/" + name;
}

inline std::string read_fixture(const std::string& name) {
  base::FileProblem problem;
  return base::disk().read(fixture(name), &problem, 1 << 20).value_or("");
}

inline ImportResult import_fixtures(const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  for (const auto& n : names) paths.push_back(fixture(n));
  return import_files(paths, base::disk());
}

/// Everything said, a line each.
inline std::string said(const ImportResult& result) {
  std::string out;
  for (const auto& d : result.diagnostics.all()) out += base::to_text(d) + "\n";
  return out;
}

inline const package::BlockLayer* layer(const ImportResult& result, const std::string& name) {
  if (!result.design || !result.design->block) return nullptr;
  for (const auto& l : result.design->block->layers)
    if (l.name == name) return &l;
  return nullptr;
}

/// The folder of shared data, or "" when this machine has none.
inline std::string data_folder() {
  const char* set = std::getenv("BONDLINE_DATA");
  const std::string folder = set ? set : std::string(BONDLINE_SOURCE_DIR) + "/../shared/data";
  return std::filesystem::is_directory(folder + "/thermal") ? folder + "/thermal/" : "";
}

}  // namespace bondline::formats
