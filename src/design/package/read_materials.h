// Materials in YAML -> MaterialLibrary: the `materials:` and `interfaces:` sections of design files and of
// the shipped library read alike (docs/formats/materials.md). The nodes have been checked against
// pieces::materials_entry().
#pragma once
#include "base/diagnostic.h"
#include "design/package/material.h"
#include "document/document.h"

namespace bondline::package {

/// Merges a map of materials by name: a known one is overridden property by property, a new one is added.
/// Keeps `into.materials` sorted by name.
void merge_materials(const document::Node& map, bool shipped, MaterialLibrary& into, base::Diagnostics& out);

/// Merges a list of interfaces; a pair that is there already is replaced. Both materials must be known.
void merge_interfaces(const document::Node& list, MaterialLibrary& into, base::Diagnostics& out);

/// source, year and confidence of a map; what it does not say is taken from `otherwise`.
Provenance read_provenance(const document::Node& map, const Provenance& otherwise);

}  // namespace bondline::package
