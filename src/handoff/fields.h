// The format, said once: every section's keys in the order they are written, with what they mean. Writer,
// reader and schema are visitors of these functions. A visitor offers
//   text(key, string, help)            must be there, may be empty      name(key, string, help)    not empty
//   choice(key, string, values, help)  one of the values                number(key, double, help)  finite
//   size(key, double, help)            finite, >= 0                     maybe(key, optional<double>, help)
//   count(key, int, help)              >= 0                             names(key, vector<string>, help)
//   rows(key, vector<double>, r, c, help)   r lists of c numbers        numbers(key, vector<double>, n, help)
//   pairs(key, vector<pair<string, double>>, help)         list(key, vector<Item>, fields-of-item, help)
//   maybe_rows, maybe_numbers, maybe_names, maybe_list: the same, left out when empty
#pragma once
#include <array>

#include "handoff/handoff.h"

namespace bondline::handoff {

inline constexpr const char* kVersion = "handoff/2";
inline constexpr const char* kOlderVersion = "handoff/1";  // read, no longer written
inline constexpr std::array kVerdicts{"pass", "info", "warn", "unknown", "fail"};
inline constexpr std::array kRegionKinds{"die", "passive", "ball", "pad", "mark", "wire", "mold", "lid"};
inline constexpr std::array kSides{"top", "bottom"};

// The item types are template parameters so that the same text serves const (write) and mutable (read)
// values.
inline constexpr auto tag_limit_fields = [](auto& v, auto& t) {
  v.name("tag", t.tag, "the tag the limits hold for, \"soc.junction\"");
  v.name("quantity", t.quantity, "what it measures, \"temperature\"");
  v.text("unit", t.unit, "SI unit of the limits, \"K\"");
  v.maybe("low_alarm", t.low_alarm, "alarm below this");
  v.maybe("low_warn", t.low_warn, "warning below this");
  v.maybe("high_warn", t.high_warn, "warning above this");
  v.maybe("high_alarm", t.high_alarm, "alarm above this");
  v.text("why", t.why, "a sentence for the operator");
  v.text("source", t.source, "where the limit comes from");
};

inline constexpr auto region_fields = [](auto& v, auto& r) {
  v.name("name", r.name, "the part, unique among regions");
  v.choice("kind", r.kind, kRegionKinds, "what stands there");
  v.choice("side", r.side, kSides, "the side of the body it is seen from");
  v.number("x", r.x, "m, centre, body coordinates");
  v.number("y", r.y, "m, centre, body coordinates");
  v.size("width", r.width, "m, before rotation");
  v.size("height", r.height, "m, before rotation");
  v.number("rotation", r.rotation, "rad, counter-clockwise, seen from above");
  v.number("z", r.z, "m, height of its visible face above the substrate's bottom face");
  v.names("nets", r.nets, "nets that end here");
};

inline constexpr auto golden_fields = [](auto& v, auto& g) {
  v.name("name", g.name, "\"ball.17\"");
  v.name("kind", g.kind, "\"ball\", \"bump\", \"via\"");
  v.number("x", g.x, "m, centre, body coordinates");
  v.number("y", g.y, "m, centre, body coordinates");
  v.size("diameter", g.diameter, "m");
  v.size("height", g.height, "m");
};

/// For a model of n states, p inputs, q outputs.
inline constexpr auto film_fields = [](std::size_t n) {
  return [n](auto& v, auto& f) {
    v.name("name", f.name, "the film, \"environment.top\"");
    v.name("ambient", f.ambient, "the input that is its ambient");
    v.size("designed", f.designed, "W/(m2 K), in the design");
    v.size("low", f.low, "W/(m2 K), the model holds from here");
    v.size("high", f.high, "W/(m2 K), to here");
    v.count("rows", f.rows, "rows of trace");
    v.rows("trace", f.trace, static_cast<std::size_t>(f.rows < 0 ? 0 : f.rows), n,
           "rows x states: another h adds (h - designed) trace' trace to A");
  };
};

inline constexpr auto history_fields = [](std::size_t p, std::size_t q) {
  return [p, q](auto& v, auto& b) {
    v.size("shortest_step", b.shortest_step, "s, inputs are constant at least so long");
    v.count("terms", b.terms, "number of rates");
    const auto m = static_cast<std::size_t>(b.terms < 0 ? 0 : b.terms);
    v.numbers("rates", b.rates, m, "1/s, at which what a change leaves fades");
    v.rows("fixed", b.fixed, q, p, "outputs x inputs, per unit of the input");
    v.rows("amplitudes", b.amplitudes, m * q, p, "terms x outputs rows of inputs, per unit of a change");
  };
};

inline constexpr auto model_fields = [](auto& v, auto& m) {
  v.name("name", m.name, "\"thermal\"");
  v.count("states", m.states, "order of the model");
  v.names("inputs", m.inputs, "names of u");
  v.names("outputs", m.outputs, "names of y");
  v.text("input_unit", m.input_unit, "SI unit of u");
  v.text("output_unit", m.output_unit, "SI unit of y");
  const auto n = static_cast<std::size_t>(m.states < 0 ? 0 : m.states);
  const std::size_t p = m.inputs.size(), q = m.outputs.size();
  v.maybe_rows("E", m.E, n, n, "states x states; left out where time_constants are given");
  v.maybe_rows("A", m.A, n, n, "states x states; left out where time_constants are given");
  v.maybe_numbers("time_constants", m.time_constants, n, "s: A is the unit matrix, E their diagonal");
  v.rows("B", m.B, n, p, "states x inputs");
  v.rows("C", m.C, q, n, "outputs x states");
  v.maybe_rows("D", m.D, q, p, "outputs x inputs");
  v.numbers("offset", m.offset, q, "added to each output");
  v.maybe_names("input_units", m.input_units, p, "SI unit of each input, where they differ");
  v.maybe_numbers("input_offset", m.input_offset, p, "subtracted from each input");
  v.maybe_numbers("designed", m.designed, p, "each input's value in the design");
  v.maybe("shortest_time", m.shortest_time, "s, shortest step the model is meant for");
  v.maybe("longest_time", m.longest_time, "s, longest time constant");
  v.maybe_list("films", m.films, film_fields(n), "heat transfer coefficients kept as parameters");
  v.maybe("error_bound", m.error_bound, "largest error of an output, in output_unit");
  v.maybe_list("bound", m.bound, history_fields(p, q), "error bound at the designed films");
  v.maybe_list("range_bound", m.range_bound, history_fields(p, q),
               "error bound anywhere in the films' ranges");
};

inline constexpr auto life_fields = [](auto& v, auto& l) {
  v.name("mechanism", l.mechanism, "\"solder fatigue\"");
  v.name("model", l.model, "\"Norris-Landzberg\"");
  v.pairs("parameters", l.parameters, "the model's constants, SI");
  v.text("source", l.source, "where they come from");
};

inline constexpr auto test_fields = [](auto& v, auto& t) {
  v.name("name", t.name, "\"DQ0 continuity\"");
  v.name("kind", t.kind, "\"open/short\"");
  v.text("subject", t.subject, "\"nets.DQ0\"");
  v.text("condition", t.condition, "how it is measured");
  v.text("limit", t.limit, "what it must show");
};

/// Everything but the version and the hash, which frame the document.
inline constexpr auto handoff_fields = [](auto& v, auto& h) {
  v.name("design_name", h.design_name, "the design signed off");
  v.text("design_hash", h.design_hash, "SHA-256 of the design file and every file it names");
  v.text("made_by", h.made_by, "program and version");
  v.choice("verdict", h.verdict, kVerdicts, "of the sign-off");
  v.list("limits", h.limits, tag_limit_fields, "allowed bands of what the line will see");
  v.names("tags", h.tags, "names of the tags that the twin will write");
  v.list("regions", h.regions, region_fields, "what cameras look at");
  v.list("golden", h.golden, golden_fields, "nominal geometry that measurements are compared with");
  v.list("models", h.models, model_fields, "reduced models E dx/dt + A x = B u, y = C x + D u + offset");
  v.list("life", h.life, life_fields, "life models");
  v.list("tests", h.tests, test_fields, "test plan");
};

}  // namespace bondline::handoff
