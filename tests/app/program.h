// Runs the built program as a user does and keeps what it said.
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace bondline::app {

/// A folder of its own for one test, removed afterwards.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bondline-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Said {
  int status = -1;
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
  bool says(const std::string& what) const { return out.find(what) != std::string::npos; }
  bool complains(const std::string& what) const { return err.find(what) != std::string::npos; }
};

inline Said run(const std::vector<std::string>& arguments) {
  const Folder folder;
  const std::string out = folder / "out", err = folder / "err";
  const pid_t child = fork();
  if (child == 0) {
    const auto redirect = [](const std::string& path, int to) {
      dup2(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), to);
    };
    redirect(out, STDOUT_FILENO);
    redirect(err, STDERR_FILENO);
    std::vector<char*> argv{const_cast<char*>(BONDLINE_BINARY)};
    for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, slurp(out), slurp(err)};
}

/// A layered block with an exact answer: 1 mm of k = 100 W/(m K), 10 x 10 mm, 10 W in its bottom face, h =
/// 1e4 on top to 25 degC. T(bottom) = 25 + 10 (1e-3 / (100 * 1e-4) + 1 / (1e4 * 1e-4)) = 36 degC.
inline std::string block_text(const std::string& limit = "") {
  return R"(bondline: design/1
name: slab
block:
  size: [10 mm, 10 mm]
  layers:
    - {name: die, material: plain, thickness: 1 mm, power: {uniform: 10 W, place: bottom})" +
         limit + R"(}
environment: {ambient: 25 degC, films: {top: 1e4 W/(m2 K), bottom: 0, sides: 0}}
materials:
  plain: {k: 100 W/(m K), source: made for this test, confidence: high}
)";
}

}  // namespace bondline::app
