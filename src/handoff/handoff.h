// The document between the wings: what the line needs of a design. Versioned ("bondline": "handoff/2";
// version 1 is read too, it only lacks what reduced models gained), hashed over its canonical JSON, later
// signed by trust/. Sections may be empty; readers must accept that. Neither wing appears here: plain
// numbers, names and SI units only. docs/formats/handoff.md is the format page.
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

/// A coefficient that a reduced model keeps free: heat transfer of one film. Another h than the designed one
/// adds (h - designed) trace' trace to A, and multiplies the column of B of its ambient by h / designed.
struct FilmParameter {
  std::string name;           ///< "environment.top"
  std::string ambient;        ///< the input that is its ambient
  double designed = 0;        ///< W/(m2 K)
  double low = 0, high = 0;   ///< the model holds between these
  int rows = 0;               ///< of trace
  std::vector<double> trace;  ///< rows x states
};

/// What bounds a reduced model's error, for inputs (less their offsets) that are constant over steps:
///   |error_o(t)| <= sum_i fixed_oi |u_i| + sum_i sum_changes |du_i| sum_m amplitude_moi exp(-rate_m age) .
struct ErrorHistory {
  double shortest_step = 0;        ///< s
  int terms = 0;                   ///< how many rates
  std::vector<double> rates;       ///< 1/s
  std::vector<double> fixed;       ///< outputs x inputs
  std::vector<double> amplitudes;  ///< (terms x outputs) x inputs
};

/// A reduced linear model  E dx/dt + A x = B (u - input_offset),  y = C x + D (u - input_offset) + offset;
/// dense, row-major. Filled by thermal reduction. Either E and A are given, or time_constants: then A = 1 and
/// E is their diagonal. Optional vectors may be empty.
struct ReducedModel {
  std::string name;  ///< "thermal"
  std::vector<std::string> inputs, outputs;
  std::string input_unit, output_unit;
  int states = 0;
  std::vector<double> E, A, B, C, offset;
  std::optional<double> error_bound;  ///< in output_unit
  // Since version 2, all optional.
  std::vector<double> time_constants;    ///< s
  std::vector<double> D;                 ///< outputs x inputs
  std::vector<std::string> input_units;  ///< per input, where they differ from input_unit
  std::vector<double> input_offset;      ///< per input
  std::vector<double> designed;          ///< per input: its value in the design
  std::optional<double> shortest_time;   ///< s, shortest step the model is meant for
  std::optional<double> longest_time;    ///< s, its longest time constant
  std::vector<FilmParameter> films;
  std::vector<ErrorHistory> bound;        ///< none or one: at the designed films
  std::vector<ErrorHistory> range_bound;  ///< none or one: anywhere in the films' ranges
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
