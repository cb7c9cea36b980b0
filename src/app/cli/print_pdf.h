// Prints a page to PDF with the browser of the machine, run as a program of its own: Chromium or Chrome,
// without a window and with a profile that is thrown away.
#pragma once
#include <optional>
#include <string>

namespace bondline::app {

/// The first of chromium, chromium-browser, google-chrome, google-chrome-stable in PATH.
std::optional<std::string> find_browser();

/// Prints the file `page` to `pdf` by the page's own print style. Throws base::Error when the browser fails
/// or takes longer than three minutes.
void print_pdf(const std::string& browser, const std::string& page, const std::string& pdf);

}  // namespace bondline::app
