// What a person is told when something is wrong: where, what, and how to mend it. Diagnostics are gathered,
// never thrown one by one; an Error carries all of them across a call that cannot go on.
#pragma once
#include <exception>
#include <string>
#include <vector>

namespace bondline::base {

/// A place in a text a user wrote. line and column count from 1; 0 means "the file as a whole".
struct Where {
  std::string file;
  int line = 0;
  int column = 0;
};

enum class Severity { note, warning, error };

/// One message. `what` states the problem with its numbers; `mend` says what to do (may be empty for notes).
struct Diagnostic {
  Severity severity = Severity::error;
  Where where;
  std::string what;
  std::string mend;
};

/// "FILE:LINE:COL: what is wrong; how to mend it" (parts that are unknown are left out; warnings and notes
/// are marked).
std::string to_text(const Diagnostic& diagnostic);
std::string to_text(const Where& where);

/// A growing list of messages, in the order found.
class Diagnostics {
 public:
  void error(Where where, std::string what, std::string mend = "");
  void warning(Where where, std::string what, std::string mend = "");
  void note(Where where, std::string what, std::string mend = "");
  void add(Diagnostic diagnostic) { all_.push_back(std::move(diagnostic)); }
  void add(const Diagnostics& others) { all_.insert(all_.end(), others.all_.begin(), others.all_.end()); }
  bool has_errors() const;
  bool empty() const { return all_.empty(); }
  const std::vector<Diagnostic>& all() const { return all_; }
  /// Throws Error with everything gathered so far if any of it is an error.
  void throw_if_errors() const;

 private:
  std::vector<Diagnostic> all_;
};

/// Thrown by the design wing for what a person can mend. what() is every message, a line each.
class Error : public std::exception {
 public:
  explicit Error(Diagnostics diagnostics);
  /// A single message without a place in a file.
  Error(std::string what, std::string mend);
  const char* what() const noexcept override { return text_.c_str(); }
  const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  Diagnostics diagnostics_;
  std::string text_;
};

}  // namespace bondline::base
