#include "design/formats/deck.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace bondline::formats {
namespace {

using package::Property;
using package::Rect;

/// kg/m3, by definition of to_material: only rho*c is known. Keeps the specific heat where materials have
/// theirs.
double nominal_density(double rho_c) {
  return rho_c < 1e5 ? 1 : rho_c > 1e7 ? 10000 : 1000;
}

package::PropertyValue constant(double value, const Where& where, const std::string& source,
                                package::Confidence confidence) {
  package::PropertyValue out;
  out.curve.value = {value};
  out.from.source = source;
  out.from.confidence = confidence;
  out.from.where = where;
  return out;
}

struct Piece {
  Rect rect;
  std::size_t block;
};

}  // namespace

package::Material to_material(const DeckMaterial& deck, const std::string& source) {
  package::Material out;
  out.name = deck.name;
  out.description = deck.fluid ? "fluid of an imported deck" : "material of an imported deck";
  out.where = deck.where;
  const auto put = [&](Property p, double v, const std::string& from, package::Confidence c) {
    out.values[std::size_t(p)] = constant(v, deck.where, from, c);
  };
  put(Property::k_x, deck.k[0], source, package::Confidence::medium);
  put(Property::k_y, deck.k[1], source, package::Confidence::medium);
  put(Property::k_z, deck.k[2], source, package::Confidence::medium);
  const double density = nominal_density(deck.rho_c);
  const std::string split = fmt::format(
      "{}; the deck gives only density times specific heat, density set to {:g} kg/m3", source, density);
  put(Property::density, density, split, package::Confidence::assumed);
  put(Property::specific_heat, deck.rho_c / density, split, package::Confidence::medium);
  return out;
}

void put_material(package::MaterialLibrary& library, package::Material material) {
  auto at = std::lower_bound(library.materials.begin(), library.materials.end(), material.name,
                             [](const package::Material& m, const std::string& n) { return m.name < n; });
  if (at != library.materials.end() && at->name == material.name)
    *at = std::move(material);
  else
    library.materials.insert(at, std::move(material));
}

bool plausible(DeckMaterial& material, const std::string& mend, Report& report) {
  bool fine = true;
  const auto& range = package::property_info(Property::k_x);
  for (double& k : material.k) {
    if (k >= range.min && k <= range.max) continue;
    if (k >= 1e-7 && k < range.min) {
      if (&k == &material.k[0])
        report.warning(material.where,
                       fmt::format("material \"{}\" has k = {:g} W/(m K), less than any gas; {:g} is used",
                                   shown(material.name), k, range.min),
                       "decks switch a part off that way; remove the part instead if it is not there");
      k = range.min;
      continue;
    }
    report.error(material.where,
                 fmt::format("material \"{}\": a thermal conductivity of {:g} W/(m K) cannot be",
                             shown(material.name), k),
                 mend);
    fine = false;
    break;
  }
  if (!(material.rho_c >= 100 && material.rho_c <= 1e8)) {
    report.error(material.where,
                 fmt::format("material \"{}\": a volumetric heat capacity of {:g} J/(m3 K) cannot be",
                             shown(material.name), material.rho_c),
                 mend);
    fine = false;
  }
  return fine;
}

void check_floorplan(const std::vector<DeckBlock>& blocks, double width, double height, const Where& where,
                     Report& report) {
  std::map<std::string, const DeckBlock*> seen;
  std::vector<Piece> pieces;
  double covered = 0;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const auto [first, fresh] = seen.emplace(blocks[b].name, &blocks[b]);
    if (!fresh)
      report.error(blocks[b].where,
                   fmt::format("block \"{}\" is there twice (first in line {})", shown(blocks[b].name),
                               first->second->where.line),
                   "give every block its own name");
    for (const Rect& r : blocks[b].rects) {
      pieces.push_back({r, b});
      covered += r.area();
    }
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.rect.x0 < b.rect.x0; });
  std::size_t overlaps = 0, compared = 0;
  for (std::size_t i = 0; i < pieces.size() && overlaps < 100; ++i) {
    const Rect& a = pieces[i].rect;
    for (std::size_t j = i + 1; j < pieces.size() && pieces[j].rect.x0 < a.x1; ++j) {
      if (++compared > 40'000'000)
        return;  // kMaxBlocks squared is 67 million pairs; nothing honest comes near
      const Rect& b = pieces[j].rect;
      const double w = std::min(a.x1, b.x1) - b.x0, h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
      if (w <= 0 || h <= 0) continue;
      covered -= w * h;
      if (w * h <= 1e-3 * std::min(a.area(), b.area())) continue;
      ++overlaps;
      const auto& later = blocks[std::max(pieces[i].block, pieces[j].block)];
      const auto& earlier = blocks[std::min(pieces[i].block, pieces[j].block)];
      report.error(later.where,
                   fmt::format("block \"{}\" overlaps \"{}\" (line {}) by {:.4g} x {:.4g} um",
                               shown(later.name), shown(earlier.name), earlier.where.line, w * 1e6, h * 1e6),
                   "move or shrink one of them");
      if (overlaps == 100) break;
    }
  }
  const double gap = 1 - covered / (width * height);
  if (!overlaps && gap > 1e-3)
    report.warning(
        where, fmt::format("the floorplan leaves {:.2f} % of its area without a block", gap * 100),
        "nothing is dissipated there and the layer's own material holds; add blocks if that is not meant");
}

void make_adiabatic(package::Environment& environment, const std::string& source) {
  using package::Face;
  for (Face face : {Face::top, Face::bottom, Face::west, Face::east, Face::south, Face::north})
    add_film(environment, face, "", 0, environment.ambient, source, {});
}

void add_film(package::Environment& environment, package::Face face, const std::string& part, double h,
              double ambient, const std::string& source, const Where& where) {
  package::Film film;
  film.face = face;
  film.part = part;
  film.h = h;
  film.ambient = ambient;
  film.from.source = source;
  film.from.confidence = package::Confidence::high;
  film.from.where = where;
  environment.films.push_back(std::move(film));
}

}  // namespace bondline::formats
