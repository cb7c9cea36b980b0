// Readers for validated nodes.
#include <utility>

#include "document/schema.h"

namespace bondline::document {

namespace {

double read_or(const Node& node, const base::Dimension& dimension, double otherwise,
               base::Diagnostics& diagnostics, base::Scale scale) {
  if (!node.is_scalar()) {
    diagnostics.error(node.where, "a single value was wanted", "write a number and a unit");
    return otherwise;
  }
  base::QuantityResult read = base::parse_as(node.text, dimension, scale);
  if (read.quantity) return read.quantity->value;
  diagnostics.error(node.where, std::move(read.problem), std::move(read.mend));
  return otherwise;
}

}  // namespace

double read_quantity(const Node& node, const base::Dimension& dimension, base::Diagnostics& diagnostics,
                     base::Scale scale) {
  return read_or(node, dimension, 0, diagnostics, scale);
}

double read_quantity(const Node& map, std::string_view key, const base::Dimension& dimension,
                     double otherwise, base::Diagnostics& diagnostics, base::Scale scale) {
  const Node* node = map.find(key);
  if (!node || node->is_null()) return otherwise;
  return read_or(*node, dimension, otherwise, diagnostics, scale);
}

std::string read_text(const Node& map, std::string_view key, std::string otherwise) {
  const Node* node = map.find(key);
  return node && node->is_scalar() && !node->is_null() ? node->text : otherwise;
}

bool read_boolean(const Node& map, std::string_view key, bool otherwise) {
  const Node* node = map.find(key);
  if (!node || !node->is_scalar()) return otherwise;
  if (node->text == "true" || node->text == "yes") return true;
  if (node->text == "false" || node->text == "no") return false;
  return otherwise;
}

}  // namespace bondline::document
