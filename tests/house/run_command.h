// Runs a shell command and returns what it printed on stdout, for tests of the tree and its binaries.
#pragma once
#include <array>
#include <cstdio>
#include <string>

inline std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return text;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), n);
  pclose(pipe);
  return text;
}
