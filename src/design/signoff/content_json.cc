#include <cmath>
#include <nlohmann/json.hpp>

#include "design/signoff/content.h"

namespace bondline::signoff {
namespace {

using Json = nlohmann::ordered_json;

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (double v : values) out.push_back(std::isfinite(v) ? Json(v) : Json(nullptr));
  return out;
}

Json cell_json(const TableCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double number = std::get<double>(cell);
  return std::isfinite(number) ? Json(number) : Json(nullptr);
}

}  // namespace

Json curves_json(const std::vector<Curve>& curves) {
  Json out = Json::array();
  for (const auto& curve : curves) {
    Json item = {{"analysis", curve.analysis},
                 {"title", curve.title},
                 {"x", {{"label", curve.x_label}, {"unit", curve.x_unit}, {"log", curve.log_x}}},
                 {"y", {{"label", curve.y_label}, {"unit", curve.y_unit}, {"log", curve.log_y}}},
                 {"note", curve.note},
                 {"series", Json::array()}};
    for (const auto& series : curve.series) {
      Json line = {{"name", series.name}, {"x", numbers(series.x)}, {"y", numbers(series.y)}};
      if (series.steps) line["steps"] = true;
      if (series.dashed) line["dashed"] = true;
      item["series"].push_back(std::move(line));
    }
    out.push_back(std::move(item));
  }
  return out;
}

Json tables_json(const std::vector<Table>& tables) {
  Json out = Json::array();
  for (const auto& table : tables) {
    Json item = {{"analysis", table.analysis}, {"title", table.title}, {"note", table.note}};
    item["columns"] = Json::array();
    for (const auto& column : table.columns) {
      item["columns"].push_back({{"title", column.title}, {"unit", column.unit}, {"digits", column.digits}});
    }
    item["rows"] = Json::array();
    for (const auto& row : table.rows) {
      Json cells = Json::array();
      for (const auto& cell : row) cells.push_back(cell_json(cell));
      item["rows"].push_back(std::move(cells));
    }
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace bondline::signoff
