#include "base/diagnostic.h"

#include <algorithm>
#include <utility>

namespace bondline::base {

std::string to_text(const Where& where) {
  std::string text = where.file;
  if (where.line > 0) {
    if (!text.empty()) text += ':';
    text += std::to_string(where.line);
    if (where.column > 0) text += ':' + std::to_string(where.column);
  }
  return text;
}

std::string to_text(const Diagnostic& diagnostic) {
  std::string text = to_text(diagnostic.where);
  if (!text.empty()) text += ": ";
  if (diagnostic.severity == Severity::warning) text += "warning: ";
  if (diagnostic.severity == Severity::note) text += "note: ";
  text += diagnostic.what;
  if (!diagnostic.mend.empty()) text += "; " + diagnostic.mend;
  return text;
}

void Diagnostics::error(Where where, std::string what, std::string mend) {
  all_.push_back({Severity::error, std::move(where), std::move(what), std::move(mend)});
}

void Diagnostics::warning(Where where, std::string what, std::string mend) {
  all_.push_back({Severity::warning, std::move(where), std::move(what), std::move(mend)});
}

void Diagnostics::note(Where where, std::string what, std::string mend) {
  all_.push_back({Severity::note, std::move(where), std::move(what), std::move(mend)});
}

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Diagnostic& one) { return one.severity == Severity::error; });
}

void Diagnostics::throw_if_errors() const {
  if (has_errors()) throw Error(*this);
}

Error::Error(Diagnostics diagnostics) : diagnostics_(std::move(diagnostics)) {
  for (const Diagnostic& one : diagnostics_.all()) {
    if (!text_.empty()) text_ += '\n';
    text_ += to_text(one);
  }
}

Error::Error(std::string what, std::string mend) {
  diagnostics_.error({}, std::move(what), std::move(mend));
  text_ = to_text(diagnostics_.all().front());
}

}  // namespace bondline::base
