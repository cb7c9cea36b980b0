// Laws of films as they read back.
#include "design/package/writing.h"

namespace bondline::package {

namespace dim = base::dim;

void put_film_law(Node& film, const FilmLaw& law) {
  if (law.channels) {
    put(film, "channels", plate_channels_node(law));
    return;
  }
  if (law.natural) put_text(film, "natural", "true");
  if (law.velocity > 0) put(film, "forced", quantity_node(law.velocity, dim::velocity));
  if (law.emissivity > 0) put(film, "emissivity", quantity_node(law.emissivity, dim::none));
  put_length(film, "length", law.length);
  if (law.fluid != "air") put_text(film, "fluid", law.fluid);
}

Node fins_node(const FilmLaw& law) {
  Node one = document::map();
  const Fins& fins = *law.fins;
  if (fins.pins) put_text(one, "kind", "pins");
  put_length(one, "height", fins.height);
  put_length(one, "thickness", fins.thickness);
  put_count(one, "count", fins.count);
  if (fins.pins) put_count(one, "along", fins.along);
  if (fins.staggered) put_text(one, "staggered", "true");
  if (law.velocity > 0) put(one, "velocity", quantity_node(law.velocity, dim::velocity));
  if (law.emissivity > 0) put(one, "emissivity", quantity_node(law.emissivity, dim::none));
  if (law.fluid != "air") put_text(one, "fluid", law.fluid);
  return one;
}

Node plate_channels_node(const FilmLaw& law) {
  Node one = document::map();
  put_count(one, "count", law.channels->count);
  put_length(one, "width", law.channels->width);
  put_length(one, "height", law.channels->height);
  put(one, "flow", quantity_node(law.channels->flow, dim::flow_rate));
  if (law.fluid != "water") put_text(one, "fluid", law.fluid);
  put_text(one, "material", law.material);
  return one;
}

}  // namespace bondline::package
