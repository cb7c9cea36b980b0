// report.html: the report people look at. One file that opens from a disk without a network: report.json, the
// package's solids and the fields inside, web/report's scripts around them (docs/report.md).
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "design/package/solids.h"
#include "design/signoff/signoff.h"

namespace bondline::signoff {

/// The package as the page draws it: every solid with its place, names and material; cylinders' places where
/// they are few enough to be drawn one by one; the powers.
nlohmann::ordered_json view_json(const package::Design& design, const package::Assembly& assembly);

/// A field packed for the page: 16-bit steps between its lowest and highest value (65535: void), by
/// TensorGrid::index(), base64. Neighbouring cells across are merged by area until at most `cells` are left.
nlohmann::ordered_json field_json(const Field& field, double cells);

/// Averages neighbouring columns, in x and y by turns, until at most `cells` are left. Layers stay.
Field thinned(const Field& field, double cells);

/// The whole document. At most options.fields fields enter, in their order.
std::string to_html(const package::Design& design, const package::Assembly& assembly, const SignOff& result,
                    const Options& options);

}  // namespace bondline::signoff
