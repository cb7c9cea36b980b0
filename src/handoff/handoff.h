// The document between the wings: what the line needs of a design. Versioned ("bondline": "handoff/1"),
// hashed over its canonical JSON, later signed by trust/. Sections may be empty; readers must accept that.
// Neither wing appears here: plain numbers, names and SI units only. docs/formats/handoff.md is the format
// page.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"

namespace bondline::handoff {

/// The allowed band of one quantity the line will see as a tag. Unset bounds are open.
struct TagLimit {
  std::string tag;             ///< "soc.junction"
  std::string quantity, unit;  ///< "temperature", "K" (SI)
  std::optional<double> low_alarm, low_warn, high_warn, high_alarm;
  std::string why, source;
};

/// Something the line's cameras look at: outlines in metres, body coordinates, seen from above.
struct Region {
  std::string name, kind;  ///< kind: die, passive, ball, pad, mark, wire, mold, lid
  std::string side;        ///< "top" or "bottom"
  double x = 0, y = 0, width = 0, height = 0, rotation = 0;
  double z = 0;  ///< height of its visible face
  std::vector<std::string> nets;
};

/// The nominal geometry a measurement is compared with.
struct GoldenFeature {
  std::string name, kind;  ///< "ball", "bump", "via"
  double x = 0, y = 0, diameter = 0, height = 0;
};

/// A reduced linear model  E dx/dt + A x = B u,  y = C x  (+ offset); dense, row-major. Filled by thermal
/// reduction.
struct ReducedModel {
  std::string name;  ///< "thermal"
  std::vector<std::string> inputs, outputs;
  std::string input_unit, output_unit;
  int states = 0;
  std::vector<double> E, A, B, C, offset;
  std::optional<double> error_bound;  ///< in output_unit
};

struct LifeModel {
  std::string mechanism, model;  ///< "solder fatigue", "Norris-Landzberg"
  std::vector<std::pair<std::string, double>> parameters;
  std::string source;
};

struct TestStep {
  std::string name, kind, subject;  ///< "DQ0 continuity", "open/short", "nets.DQ0"
  std::string condition, limit;
};

struct Handoff {
  std::string design_name, design_hash, made_by;  ///< made_by: program and version
  std::string verdict;                            ///< of the sign-off: pass, warn, fail, unknown
  std::vector<TagLimit> limits;
  std::vector<std::string> tags;  ///< names the twin will write
  std::vector<Region> regions;
  std::vector<GoldenFeature> golden;
  std::vector<ReducedModel> models;
  std::vector<LifeModel> life;
  std::vector<TestStep> tests;
  std::string hash;  ///< SHA-256 of the canonical form without this field; set by write()
};

/// Pretty JSON with its hash filled in. Same input, same bytes.
std::string write(const Handoff& handoff);

/// Reads and checks: version, hash, shapes of the model matrices, finite numbers. nullopt with every problem
/// in `diagnostics` (file:line:column where known). Never throws, whatever the bytes.
std::optional<Handoff> read(const std::string& text, const std::string& file, base::Diagnostics& diagnostics);

/// The JSON Schema of the document.
std::string json_schema();

/// Differences in words, one per line of output; empty when equal (hash and made_by aside).
std::vector<std::string> diff(const Handoff& a, const Handoff& b);

}  // namespace bondline::handoff
