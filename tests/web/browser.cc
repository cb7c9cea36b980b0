#include "browser.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace bondline::web {
namespace {

using Steady = std::chrono::steady_clock;
constexpr int kAnswerSeconds = 120;  // a loaded machine draws by software slowly

std::string decoded(const std::string& text) {
  static const std::string kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned word = 0;
  int bits = 0;
  for (const char c : text) {
    const auto at = kLetters.find(c);
    if (at == std::string::npos) continue;
    word = word << 6 | unsigned(at);
    bits += 6;
    if (bits >= 8) out += char(word >> (bits -= 8) & 255u);
  }
  return out;
}

/// A network namespace without interfaces for the process that becomes the browser.
bool leave_the_network() {
  return geteuid() == 0 ? unshare(CLONE_NEWNET) == 0 : unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

}  // namespace

std::optional<std::string> Browser::program() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    std::istringstream folders(path ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
      const std::string full = folder + "/" + name;
      if (access(full.c_str(), X_OK) == 0) return full;
    }
  }
  return std::nullopt;
}

Browser::Browser(int width, int height, bool webgl) {
  start(width, height, webgl);
  const Json page = call("Target.createTarget", {{"url", "about:blank"}});
  session_ = call("Target.attachToTarget", {{"targetId", page["targetId"]}, {"flatten", true}})["sessionId"];
  for (const char* domain : {"Page.enable", "Runtime.enable", "Network.enable", "Log.enable"}) call(domain);
  call("Network.emulateNetworkConditions",
       {{"offline", true}, {"latency", 0}, {"downloadThroughput", 0}, {"uploadThroughput", 0}});
  resize(width, height);
}

void Browser::start(int width, int height, bool webgl) {
  const auto path = program();
  if (!path) throw std::runtime_error("no Chromium");
  std::string pattern = (std::filesystem::temp_directory_path() / "bondline-browser-XXXXXX").string();
  profile_ = mkdtemp(pattern.data());
  std::array<int, 2> in{}, out{}, said{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0 ||
      pipe2(said.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipes");
  std::vector<std::string> words{*path,
                                 "--headless=new",
                                 "--remote-debugging-pipe",
                                 "--user-data-dir=" + profile_,
                                 "--no-first-run",
                                 "--no-sandbox",  // its sandbox needs rights that test roots do not give
                                 "--disable-extensions",
                                 "--disable-background-networking",
                                 "--disable-dev-shm-usage",
                                 "--force-device-scale-factor=1",
                                 "--hide-scrollbars",
                                 "--window-size=" + std::to_string(width) + "," + std::to_string(height)};
  if (webgl) {
    for (const char* w : {"--disable-gpu", "--enable-unsafe-swiftshader"}) words.emplace_back(w);
  } else {
    for (const char* w : {"--disable-gpu", "--disable-3d-apis"}) words.emplace_back(w);
  }
  child_ = fork();
  if (child_ == 0) {
    setpgid(0, 0);
    const char alone = leave_the_network() ? 'y' : 'n';
    if (write(said[1], &alone, 1) != 1) _exit(127);
    // Away from 3 and 4 first: the pipes' own numbers may be these. dup2 clears close-on-exec.
    const int a = fcntl(in[0], F_DUPFD, 100), b = fcntl(out[1], F_DUPFD, 101);
    dup2(a, 3), dup2(b, 4), close(a), close(b);
    const int quiet = ::open("/dev/null", O_RDWR);
    dup2(quiet, STDIN_FILENO), dup2(quiet, STDOUT_FILENO), dup2(quiet, STDERR_FILENO);
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(in[0]), close(out[1]), close(said[1]);
  char alone = 'n';
  if (read(said[0], &alone, 1) == 1) isolated_ = alone == 'y';
  close(said[0]);
  to_ = in[1], from_ = out[0];
  signal(SIGPIPE, SIG_IGN);
}

Browser::~Browser() {
  if (child_ > 0) {
    close(to_), close(from_);  // it ends when its pipe does
    for (int n = 0; n < 50 && waitpid(child_, nullptr, WNOHANG) == 0; ++n)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    kill(-child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  std::error_code ignored;
  for (int n = 0; n < 20 && std::filesystem::exists(profile_); ++n) {
    std::filesystem::remove_all(profile_, ignored);
    if (ignored) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Json Browser::read_message() {
  const auto until = Steady::now() + std::chrono::seconds(kAnswerSeconds);
  for (;;) {
    const auto end = buffer_.find('\0');
    if (end != std::string::npos) {
      Json message = Json::parse(buffer_.substr(0, end));
      buffer_.erase(0, end + 1);
      return message;
    }
    pollfd wait{from_, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now()).count();
    if (left <= 0 || poll(&wait, 1, int(left)) <= 0) throw std::runtime_error("the browser does not answer");
    std::array<char, 1 << 16> part;
    const ssize_t got = ::read(from_, part.data(), part.size());
    if (got <= 0) throw std::runtime_error("the browser went away");
    buffer_.append(part.data(), std::size_t(got));
  }
}

void Browser::keep(const Json& event) {
  const std::string method = event.value("method", "");
  const Json& p = event.contains("params") ? event["params"] : Json::object();
  if (method == "Network.requestWillBeSent") asked_.push_back(p["request"]["url"]);
  if (method == "Runtime.exceptionThrown") complaints_.push_back(p["exceptionDetails"].dump());
  if (method == "Log.entryAdded" && p["entry"]["level"] == "error") complaints_.push_back(p["entry"]["text"]);
  if (method == "Runtime.consoleAPICalled" && p["type"] == "error") complaints_.push_back(p["args"].dump());
}

Json Browser::call(const std::string& method, const Json& parameters) {
  Json message = {{"id", ++next_}, {"method", method}, {"params", parameters}};
  if (!session_.empty()) message["sessionId"] = session_;
  const std::string text = message.dump() + '\0';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = write(to_, text.data() + sent, text.size() - sent);
    if (n <= 0) throw std::runtime_error("the browser went away");
    sent += std::size_t(n);
  }
  for (;;) {
    Json answer = read_message();
    if (answer.value("id", -1) != next_) {
      keep(answer);
      continue;
    }
    if (answer.contains("error")) throw std::runtime_error(method + ": " + answer["error"].dump());
    return answer["result"];
  }
}

void Browser::resize(int width, int height) {
  call("Emulation.setDeviceMetricsOverride",
       {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}});
}

void Browser::prefer_dark(bool dark) {
  call("Emulation.setEmulatedMedia",
       {{"features", {{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}}}});
}

void Browser::open(const std::filesystem::path& file) {
  opened_ = std::filesystem::absolute(file);
  asked_.clear();
  call("Page.navigate", {{"url", "file://" + opened_.string()}});
  if (!wait_for("location.href !== 'about:blank' && document.documentElement?.dataset.ready !== undefined && "
                "document.documentElement.dataset.drawn !== undefined",
                60)) {
    std::string all = "the page did not become ready:";
    for (const auto& c : complaints_) all += "\n" + c;
    throw std::runtime_error(all);
  }
}

Json Browser::evaluate(const std::string& expression) {
  const Json answer =
      call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
  if (answer.contains("exceptionDetails")) throw std::runtime_error(expression + ": " + answer.dump());
  return answer["result"].contains("value") ? answer["result"]["value"] : Json();
}

bool Browser::wait_for(const std::string& expression, double seconds) {
  const auto until = Steady::now() + std::chrono::duration<double>(seconds);
  while (Steady::now() < until) {
    if (evaluate("Boolean(" + expression + ")") == true) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

void Browser::settle() {
  evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))");
}

void Browser::click(double x, double y) {
  for (const char* type : {"mouseMoved", "mousePressed", "mouseReleased"}) {
    call("Input.dispatchMouseEvent",
         {{"type", type}, {"x", x}, {"y", y}, {"button", "left"}, {"clickCount", 1}});
  }
  settle();
}

void Browser::drag(double x0, double y0, double x1, double y1) {
  const auto mouse = [&](const char* type, double x, double y, int buttons) {
    call("Input.dispatchMouseEvent",
         {{"type", type}, {"x", x}, {"y", y}, {"button", "left"}, {"buttons", buttons}, {"clickCount", 1}});
  };
  mouse("mousePressed", x0, y0, 1);
  for (int n = 1; n <= 4; ++n) mouse("mouseMoved", x0 + (x1 - x0) * n / 4, y0 + (y1 - y0) * n / 4, 1);
  mouse("mouseReleased", x1, y1, 0);
  settle();
}

void Browser::key(const std::string& name, int code) {
  for (const char* type : {"rawKeyDown", "keyUp"})
    call("Input.dispatchKeyEvent",
         {{"type", type}, {"key", name}, {"code", name}, {"windowsVirtualKeyCode", code}});
  settle();
}

std::string Browser::screenshot() {
  return decoded(call("Page.captureScreenshot", {{"format", "png"}})["data"]);
}

std::string Browser::pdf() {
  return decoded(call("Page.printToPDF", {{"printBackground", true}, {"preferCSSPageSize", true}})["data"]);
}

std::vector<std::string> Browser::strangers() const {
  std::vector<std::string> out;
  for (const auto& url : asked_) {
    if (url == "file://" + opened_.string() || url.starts_with("data:") || url.starts_with("blob:")) continue;
    out.push_back(url);
  }
  return out;
}

std::vector<std::string> Browser::complaints() const {
  return complaints_;
}

}  // namespace bondline::web
