#include "design/signoff/page.h"

#include <nlohmann/json.hpp>

#include "design/signoff/page_files.h"
#include "design/signoff/report_json.h"
#include "show/page.h"

namespace bondline::signoff {
namespace {

using Json = nlohmann::ordered_json;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

constexpr const char* kWithoutScripts =
    "<p class=\"alone\">This report draws itself with scripts, and scripts are switched off. The same facts "
    "are in "
    "<a href=\"report.json\">report.json</a> and in the pictures beside it.</p>\n";

}  // namespace

std::string to_html(const package::Design& design, const package::Assembly& assembly, const SignOff& result,
                    const Options& options) {
  Json data;
  data["report"] = Json::parse(to_json(design, result));
  data["view"] = view_json(design, assembly);
  data["fields"] = Json::array();
  for (const auto& field : result.content.fields) {
    if (int(data["fields"].size()) >= options.fields) break;
    data["fields"].push_back(field_json(field, options.field_cells));
  }
  show::Page page;
  page.title = design.name + ": sign-off";
  page.without_scripts = kWithoutScripts;
  for (const auto& file : page_files()) {
    if (ends_with(file.name, ".css")) page.styles.push_back(file.text);
    if (ends_with(file.name, ".js")) page.scripts.push_back(file.text);
    if (ends_with(file.name, ".html")) page.body += file.text;
  }
  page.data = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  return show::to_html(page);
}

}  // namespace bondline::signoff
