// Pieces of to_design_file(): a Design as a tree in which every number reads back to the same double.
// Private.
#pragma once
#include <string>
#include <vector>

#include "design/package/design.h"
#include "design/package/plausible.h"

namespace bondline::package {

using document::Node;

/// The shortest readable text that parse_as() turns into exactly this value.
std::string exact(double si, const base::Dimension& dimension, base::Scale scale = base::Scale::difference);

Node quantity_node(double si, const base::Dimension& dimension, base::Scale scale = base::Scale::difference);
Node length_node(double metres);
Node pair_node(Vec2 value);
/// Puts nothing when the value is zero (or empty): absent and zero mean the same there.
void put_length(Node& map, const char* key, double metres);
void put_size(Node& map, const char* key, Vec2 size);
void put_text(Node& map, const char* key, const std::string& text);
void put_count(Node& map, const char* key, int count);
void put_temperature(Node& map, const char* key, const std::optional<double>& kelvin);
void put_provenance(Node& map, const Provenance& from);

void put_array(Node& map, const Array& array);
/// [x, y, width, height] that reads back to the same corners.
Node rect_node(const Rect& rect);
/// Puts `power` unless there is none. `usual` is the place that need not be written.
void put_power(Node& map, const Power& power, HeatPlace usual);
Node grid_node(const GridMap& map, const base::Dimension& dimension);

Node layers_node(const std::vector<SubstrateLayer>& layers);
Node vias_node(const std::vector<ViaField>& fields);
Node die_node(const Die& die);
Node passive_node(const Passive& part);
Node channels_node(const Channels& channels);
Node block_node(const Block& block);
/// The keys of a film's law, into the film's map.
void put_film_law(Node& film, const FilmLaw& law);
Node fins_node(const FilmLaw& law);
Node plate_channels_node(const FilmLaw& law);
Node environment_node(const Environment& environment);

/// materials: and interfaces:, only what the shipped library does not hold as it stands.
void put_materials(Node& root, const MaterialLibrary& library);

}  // namespace bondline::package
