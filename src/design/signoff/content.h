// What an analysis brings to the report beside its Findings: curves, tables and fields. Each names the
// analysis it belongs to, so that the report shows it in that analysis' chapter; the page that people look at
// (web/report) and report.json draw and write any of them without knowing which analysis made it. Numbers are
// in the unit that stands beside them, as a reader wants to see them (degC, mm, ms), not necessarily SI.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "numerics/column_grid.h"

namespace bondline::signoff {

/// One line of a curve. Points that are not finite break it.
struct Series {
  std::string name;          ///< in the legend; empty: no entry
  std::vector<double> x, y;  ///< same length
  bool steps = false;        ///< y holds from its x to the next (a power trace)
  bool dashed = false;       ///< a limit, a bound, a comparison
};

struct Curve {
  std::string analysis;  ///< "thermal.transient": the chapter it stands in
  std::string title;     ///< "Temperature of the dies over time"
  std::string x_label, x_unit;
  std::string y_label, y_unit;
  std::vector<Series> series;
  bool log_x = false, log_y = false;  ///< points <= 0 on a logarithmic axis are left out
  std::string note;                   ///< a sentence below it: how it was made, how far to trust it
};

struct TableColumn {
  std::string title, unit;  ///< unit "" for words and pure numbers
  int digits = 4;           ///< significant digits shown; report.json keeps all
};

/// A word or a number; a number that is not finite is shown as a dash (null in report.json).
using TableCell = std::variant<std::string, double>;

struct Table {
  std::string analysis;  ///< the chapter it stands in
  std::string title;
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows;  ///< a short row leaves its last cells empty
  std::string note;                          ///< a sentence below it
};

/// A value per cell of a tensor grid, painted on the package in 3D and cut into slices. Kept as it was
/// solved; the page gets it at the resolution that Options::field_cells allows.
struct Field {
  std::string analysis;       ///< who made it
  std::string title;          ///< "Temperature, steady", "Temperature after 30 s"
  std::string unit;           ///< "degC"
  numerics::TensorGrid grid;  ///< m, the design's coordinates
  std::vector<double> value;  ///< grid.cells() of them, by grid.index(); NaN in the void
};

struct Content {
  std::vector<Curve> curves;
  std::vector<Table> tables;
  std::vector<Field> fields;
};

nlohmann::ordered_json curves_json(const std::vector<Curve>& curves);
nlohmann::ordered_json tables_json(const std::vector<Table>& tables);

}  // namespace bondline::signoff
