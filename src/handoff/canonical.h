// Canonical JSON after RFC 8785 (JSON Canonicalization Scheme, 2020): no white space, object names sorted by
// their UTF-8 bytes, numbers as ECMAScript writes a double (the shortest digits that read back). A hash over
// this text does not change when a document is indented or its keys are moved.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bondline::handoff {

/// The document as canonical text. Strings that are not UTF-8 get replacement characters. At most 64 levels
/// deep (the caller's duty).
std::string canonical(const nlohmann::json& document);

/// A finite double as ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20): 1, 0.25, 1e-7, 1.5e+21.
std::string number_text(double value);

/// SHA-256 of the canonical text of `document` without its key "hash".
std::string content_hash(nlohmann::json document);

}  // namespace bondline::handoff
