#include "app/cli/print_pdf.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>
#include <vector>

#include "base/diagnostic.h"

namespace bondline::app {
namespace {

namespace fs = std::filesystem;

/// A folder that goes when it is left.
class Profile {
 public:
  Profile() {
    std::string pattern = (fs::temp_directory_path() / "bondline-print-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Profile() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A file's address: every byte outside the unreserved ones escaped (RFC 3986, 2.3).
std::string file_address(const std::string& path) {
  static const char* const kHex = "0123456789ABCDEF";
  std::string out = "file://";
  for (const char c : fs::absolute(path).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string("-._~/").find(c) != std::string::npos) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

[[noreturn]] void fail(const std::string& pdf, const std::string& why) {
  throw base::Error(pdf + " could not be printed: " + why,
                    "open report.html in any browser and print it there");
}

/// Exit status of the program, or nothing when it had to be stopped.
std::optional<int> run_quietly(const std::vector<std::string>& words, std::chrono::seconds patience) {
  std::vector<char*> argv;
  for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return 127;
  if (child == 0) {
    setpgid(0, 0);
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO), dup2(nothing, STDOUT_FILENO), dup2(nothing, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until) {
      kill(-child, SIGKILL);
      waitpid(child, nullptr, 0);
      return std::nullopt;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

std::optional<std::string> find_browser() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}) {
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
      const std::string full = folder + "/" + name;
      if (access(full.c_str(), X_OK) == 0) return full;
    }
  }
  return std::nullopt;
}

void print_pdf(const std::string& browser, const std::string& page, const std::string& pdf) {
  const Profile profile;
  if (profile.path().empty()) fail(pdf, "no temporary folder");
  const std::string out = fs::absolute(pdf).string();
  std::vector<std::string> words{browser,
                                 "--headless",
                                 "--disable-gpu",
                                 "--enable-unsafe-swiftshader",  // WebGL by software, for the 3D view
                                 "--disable-extensions",
                                 "--disable-dev-shm-usage",
                                 "--no-first-run",
                                 "--user-data-dir=" + profile.path(),
                                 "--window-size=1280,900",
                                 "--virtual-time-budget=10000",  // lets the page draw before it is printed
                                 "--no-pdf-header-footer",
                                 "--print-to-pdf=" + out};
  if (geteuid() == 0) words.emplace_back("--no-sandbox");  // Chromium does not run as root otherwise
  words.push_back(file_address(page));
  std::error_code ignored;
  fs::remove(out, ignored);
  const auto status = run_quietly(words, std::chrono::seconds(180));
  if (!status) fail(pdf, browser + " took too long");
  if (*status != 0 || !fs::exists(out)) fail(pdf, browser + " ended with status " + std::to_string(*status));
}

}  // namespace bondline::app
