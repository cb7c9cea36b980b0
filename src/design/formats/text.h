// What every reader of foreign text needs: files read once and within bounds, lines cut into words with their
// places, numbers read whole, and a report that stays short whatever the input is.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"

namespace bondline::formats {

using base::Where;

// Bounds on input. HotSpot's own are 8192 blocks and 65,536 characters a line; the rest keep memory in hand.
inline constexpr std::uint64_t kMaxFileBytes = 64ull << 20;
inline constexpr std::uint64_t kMaxAllBytes = 256ull << 20;
inline constexpr std::size_t kMaxFiles = 512;
inline constexpr std::size_t kMaxBlocks = 8192;       // of one floorplan (HotSpot's limit)
inline constexpr std::size_t kMaxDeckBlocks = 65536;  // of all layers together
inline constexpr std::size_t kMaxLayers = 1024;
inline constexpr std::size_t kMaxTraceValues = 8u << 20;
inline constexpr std::size_t kMaxName = 512;  // HotSpot's limit

/// Diagnostics that stop growing: after 100 messages of a severity one says that more were found.
class Report {
 public:
  explicit Report(base::Diagnostics& diagnostics) : diagnostics_(diagnostics) {}
  void error(Where where, std::string what, std::string mend = "");
  void warning(Where where, std::string what, std::string mend = "");
  void note(Where where, std::string what, std::string mend = "");
  bool failed() const { return count_[2] > 0; }
  std::size_t errors() const { return count_[2]; }

 private:
  void add(base::Severity severity, Where where, std::string what, std::string mend);
  base::Diagnostics& diagnostics_;
  std::size_t count_[3] = {0, 0, 0};
};

/// The files of one import, each read once. Keeps count of bytes and files; the order of reading decides the
/// hash.
class Sources {
 public:
  Sources(base::Files& files, Report& report) : files_(files), report_(report) {}
  /// The text of `path`, or null (reported at `from`).
  const std::string* read(const std::string& path, const Where& from);
  /// Finds `name`, written in the file `beside`: as it stands, in that file's folder, or among `given` by its
  /// last part. Empty when there is none.
  std::string find(const std::string& name, const std::string& beside, const std::vector<std::string>& given);
  /// SHA-256 over everything read, in order of path.
  std::string hash() const;

 private:
  base::Files& files_;
  Report& report_;
  std::map<std::string, std::string> texts_;
  std::uint64_t bytes_ = 0;
};

struct Word {
  std::string_view text;
  int column = 0;
};

struct Line {
  int number = 0;
  std::vector<Word> words;
};

/// Lines that hold words (cut at space, tab, CR), with `#` lines left out if asked. A last line without a
/// newline counts. Lines are cut off after 65,537 words.
std::vector<Line> lines_of(std::string_view text, bool hash_comments);

/// A finite decimal number that is the whole text ("1e-3", "+.5", "7."), else nothing.
std::optional<double> number_of(std::string_view text);
/// A whole number in [lowest, highest], else nothing.
std::optional<long> whole_of(std::string_view text, long lowest, long highest);

/// The value to twelve digits: 800 um stay 0.0008 m through a change of unit, so that a design file shows
/// what the deck showed.
double twelve_digits(double value);

/// A name a design file accepts: characters outside letters, digits and _ - . / + ( ) become '_'; never
/// empty.
std::string clean_name(std::string_view name);
/// The text for a message: control characters and all but the first 60 characters replaced.
std::string shown(std::string_view text);

std::string last_part(const std::string& path);  ///< "a/b.flp" -> "b.flp"
std::string stem(const std::string& path);       ///< "a/b.flp" -> "b"
std::string suffix_of(const std::string& path);  ///< "a/b.FLP" -> ".flp"
std::string lower(std::string_view text);

}  // namespace bondline::formats
