// Short ways to say a Value.
#include "document/schema.h"

#include <utility>

namespace bondline::document {
namespace {

Value of(Type type) {
  Value value;
  value.type = type;
  return value;
}

}  // namespace

Value text() {
  return of(Type::text);
}
Value name() {
  return of(Type::name);
}
Value boolean() {
  return of(Type::boolean);
}
Value path() {
  return of(Type::path);
}
Value anything() {
  return of(Type::anything);
}

Value choice(std::vector<std::string> choices) {
  Value value = of(Type::choice);
  value.choices = std::move(choices);
  return value;
}

Value integer(double min, double max) {
  Value value = of(Type::integer);
  value.min = min;
  value.max = max;
  return value;
}

Value quantity(const base::Dimension& dimension, double min, double max) {
  Value value = of(Type::quantity);
  value.dimension = dimension;
  value.min = min;
  value.max = max;
  return value;
}

Value positive(const base::Dimension& dimension) {
  Value value = quantity(dimension, 0);
  value.min_exclusive = true;
  return value;
}

Value not_negative(const base::Dimension& dimension) {
  return quantity(dimension, 0);
}

Value difference(double min) {
  Value value = quantity(base::dim::temperature, min);
  value.scale = base::Scale::difference;
  return value;
}

Value fraction() {
  return quantity(base::dim::none, 0, 1);
}

Value curve(const base::Dimension& dimension) {
  Value value = of(Type::curve);
  value.dimension = dimension;
  return value;
}

Value list_of(Value item, std::size_t min_items, std::size_t max_items) {
  Value value = of(Type::list);
  value.item = std::make_shared<const Value>(std::move(item));
  value.min_items = min_items;
  value.max_items = max_items;
  return value;
}

Value map_of(Schema schema) {
  Value value = of(Type::map);
  value.keys = std::make_shared<const Schema>(std::move(schema));
  return value;
}

Value dictionary_of(Value item) {
  Value value = of(Type::dictionary);
  value.item = std::make_shared<const Value>(std::move(item));
  return value;
}

Value any_of(std::vector<Value> options) {
  Value value = of(Type::any_of);
  value.options = std::move(options);
  return value;
}

}  // namespace bondline::document
