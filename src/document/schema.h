// What a file may say, as data. One Schema value describes a map's keys: their type, dimension, range,
// whether they must be there, and a sentence for people. The same value validates a tree (with positions,
// nearest known name and every problem gathered), answers "which keys were stored but are not used yet", and
// prints a JSON Schema (2020-12).
#pragma once
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "document/document.h"

namespace bondline::document {

struct Schema;

enum class Type {
  text,        ///< any scalar
  name,        ///< a scalar that is an identifier: letters, digits, and _ - . / + ( ) between; not empty
  choice,      ///< one of `choices`
  boolean,     ///< true/false/yes/no
  integer,     ///< a whole number in [min, max]
  quantity,    ///< a scalar read by parse_as(dimension, scale), in [min, max] SI
  curve,       ///< a quantity, or a map {temperature: quantity, ...} with increasing temperatures
  path,        ///< a file name, relative to the file it stands in
  list,        ///< a list of `item`s, with [min_items, max_items] of them
  map,         ///< a map described by `keys`
  dictionary,  ///< a map with free names, every value described by `item`
  any_of,      ///< the first of `options` whose shape (scalar/list/map) fits the node
  anything     ///< kept as it is
};

struct Value {
  Type type = Type::anything;
  base::Dimension dimension;
  base::Scale scale = base::Scale::point;
  double min = -std::numeric_limits<double>::infinity();  ///< SI, inclusive
  double max = std::numeric_limits<double>::infinity();   ///< SI, inclusive
  bool min_exclusive = false;                             ///< "> min" instead of ">= min"
  std::vector<std::string> choices;
  std::size_t min_items = 0, max_items = 1u << 20;
  std::shared_ptr<const Schema> keys;  ///< for map
  std::shared_ptr<const Value> item;   ///< for list and dictionary
  std::vector<Value> options;          ///< for any_of
};

struct Key {
  std::string name;
  Value value;
  std::string help;  ///< one sentence, with the default if there is one
  bool required = false;
  bool used = true;  ///< false: accepted and reported as "stored, not yet used"
};

struct Schema {
  std::string title;
  std::vector<Key> keys;
};

/// Short ways to say a Value.
Value text();
Value name();
Value choice(std::vector<std::string> choices);
Value boolean();
Value integer(double min, double max);
Value quantity(const base::Dimension& dimension, double min = -std::numeric_limits<double>::infinity(),
               double max = std::numeric_limits<double>::infinity());
Value positive(const base::Dimension& dimension);                         ///< > 0
Value not_negative(const base::Dimension& dimension);                     ///< >= 0
Value difference(double min = -std::numeric_limits<double>::infinity());  ///< a temperature difference
Value fraction();  ///< dimensionless in [0, 1]: "60 %" or 0.6
Value curve(const base::Dimension& dimension);
Value path();
Value list_of(Value item, std::size_t min_items = 0, std::size_t max_items = 1u << 20);
Value map_of(Schema schema);
Value dictionary_of(Value item);
Value any_of(std::vector<Value> options);
Value anything();

/// A key that was accepted though nothing reads it yet.
struct Unused {
  base::Where where;
  std::string path;  ///< "dies.soc.test"
};

/// Checks a tree against a schema. Everything wrong goes to `diagnostics`; keys with used == false to
/// `unused` (may be null). Returns true when no error was added.
bool validate(const Node& node, const Schema& schema, base::Diagnostics& diagnostics,
              std::vector<Unused>* unused = nullptr);

/// The JSON Schema (2020-12) of a file, pretty-printed. `id` is its $id.
std::string to_json_schema(const Schema& schema, const std::string& id);

/// Readers for validated nodes: SI value of a quantity scalar; a default when the key is absent. On text that
/// does not read (possible only without validate) they add to `diagnostics` and return the default.
double read_quantity(const Node& node, const base::Dimension& dimension, base::Diagnostics& diagnostics,
                     base::Scale scale = base::Scale::point);
double read_quantity(const Node& map, std::string_view key, const base::Dimension& dimension,
                     double otherwise, base::Diagnostics& diagnostics,
                     base::Scale scale = base::Scale::point);
std::string read_text(const Node& map, std::string_view key, std::string otherwise = "");
bool read_boolean(const Node& map, std::string_view key, bool otherwise);

}  // namespace bondline::document
