// The design file's schema in pieces, one function per section; schema.cc puts them together. Private to this
// room.
#pragma once
#include "design/package/plausible.h"
#include "document/schema.h"

namespace bondline::package::pieces {

using document::Key;
using document::Schema;
using document::Value;

/// [width, height], or one length for a square; > 0.
Value size();
/// [x, y], any sign.
Value point();
/// A list or a dictionary of such maps.
Value several(const Schema& schema);
Value temperature();
/// A power of zero or more, bounded so that "inf" is none.
Value watts();

Schema materials_entry();  ///< one material
Schema interface_entry();  ///< one pair of materials
Value power();
Schema body();
Schema substrate();
Schema die();
Schema passive();
Schema balls();
Schema board();
Schema lid();
Schema tim();
Schema heat_sink();
/// natural, forced, emissivity, length, fluid of a film that follows a law.
void add_film_law_keys(Schema& film);
Schema fins();
Schema plate_channels();
Schema shield();
Schema block();
Schema channels(bool with_height, bool with_cover);
Schema environment();
Schema limits();
Schema net();
Schema via_field();
/// pitch, diameter, columns, rows, ... of an array of bumps, balls or vias.
void add_array_keys(Schema& schema);

/// The file of a shipped library: materials/1.
const Schema& library();

}  // namespace bondline::package::pieces
