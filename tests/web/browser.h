// Drives the Chromium of this machine for tests: opens a page without a network, clicks, turns, takes
// pictures, prints. It speaks the Chrome DevTools Protocol over two pipes (--remote-debugging-pipe: file
// descriptors 3 and 4, JSON documents that end with a zero byte), so neither a port nor another program is
// needed. WebGL is drawn by SwiftShader on the processor.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bondline::web {

using Json = nlohmann::json;

class Browser {
 public:
  /// The first of chromium, chromium-browser, google-chrome in PATH.
  static std::optional<std::string> program();

  /// Starts it with a profile of its own, removed afterwards. Where the system allows, it runs in a network
  /// namespace with no interface at all; everywhere its pages are told that they are offline.
  Browser(int width, int height, bool webgl = true);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  void resize(int width, int height);
  void prefer_dark(bool dark);

  /// Opens a file and waits until the page says that it is ready and has drawn (data-ready, data-drawn of its
  /// root element). Throws std::runtime_error after a minute.
  void open(const std::filesystem::path& file);

  /// The value of an expression in the page; promises are awaited. Throws what the page throws.
  Json evaluate(const std::string& expression);

  /// Waits until the expression is true; false after `seconds`.
  bool wait_for(const std::string& expression, double seconds = 20);

  /// Waits until two more frames were drawn.
  void settle();

  void click(double x, double y);
  void drag(double x0, double y0, double x1, double y1);
  void key(const std::string& name, int code);

  /// PNG of what the window shows.
  std::string screenshot();

  /// The page on paper, by its own page size.
  std::string pdf();

  /// Addresses the page asked for that are neither the file itself nor made by it (data:, blob:).
  std::vector<std::string> strangers() const;
  /// Exceptions, console errors, refused requests.
  std::vector<std::string> complaints() const;
  bool without_interfaces() const { return isolated_; }

  Json call(const std::string& method, const Json& parameters = Json::object());

 private:
  void start(int width, int height, bool webgl);
  Json read_message();
  void keep(const Json& event);

  pid_t child_ = -1;
  int to_ = -1, from_ = -1, next_ = 0;
  bool isolated_ = false;
  std::string session_, profile_, buffer_;
  std::filesystem::path opened_;
  std::vector<std::string> asked_, complaints_;
};

}  // namespace bondline::web
