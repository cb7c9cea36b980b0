// A page that is one file: text, data, pictures and scripts inside, nothing fetched. What a stranger wrote
// (names, comments, materials) enters a page only as JSON inside a data block or through escape_html(), so it
// can never become markup or script. The page's content security policy forbids every connection besides.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bondline::show {

/// `text` as HTML content or attribute value: & < > " ' become entities, invalid UTF-8 and control characters
/// never pass.
std::string escape_html(std::string_view text);

/// JSON that may stand inside <script type="application/json">: "<" becomes <, so that neither </script>
/// nor <!-- can occur (both are meaningful there), U+2028 and U+2029 likewise.
std::string script_safe(std::string_view json);

/// RFC 4648, with padding.
std::string base64(std::span<const std::uint8_t> bytes);

struct Page {
  std::string title;
  std::string body;                       ///< HTML of the skeleton, trusted
  std::vector<std::string_view> styles;   ///< CSS, trusted
  std::vector<std::string_view> scripts;  ///< JavaScript, trusted, run in this order after the body
  std::string data;                       ///< JSON for the scripts, found as document.getElementById("data")
  std::string_view without_scripts;       ///< HTML shown where scripts are off, trusted
};

/// The document. Throws base::Error where a script or style holds what would end its own element.
std::string to_html(const Page& page);

}  // namespace bondline::show
