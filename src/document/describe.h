// Values in words, for messages and for the JSON Schema. Private to this room.
#pragma once
#include <string>

#include "document/schema.h"

namespace bondline::document {

/// "a length above 0 um (for example 25 um)", "one of: a, b", "a list of 2 items": what a value may be.
std::string describe(const Value& value);

/// "above 0 um", "from 0 to 1", "": the range of a quantity or an integer, in a unit a person would write.
std::string describe_range(const Value& value);

/// A text that a quantity of this dimension may be: "25 um", "85 degC", "0.6".
std::string example_of(const Value& value);

/// "a list", "a map", "a text": what a node is.
std::string kind_of(const Node& node);

}  // namespace bondline::document
