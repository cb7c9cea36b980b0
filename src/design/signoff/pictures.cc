#include "design/signoff/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace bondline::signoff {
namespace {

using package::Assembly;
using package::Design;
using package::Footprint;
using package::Rect;
using package::Solid;
using show::MapPicture;

constexpr std::size_t kMostDies = 8;  // a tower of memories looks alike floor by floor
constexpr double kKelvin = 273.15;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

/// Lines of `all` inside [low, high], with the cells that hold the ends.
struct Span {
  int first = 0, last = 0;  ///< cells first <= c < last
  std::vector<double> lines;
};
Span span(const std::vector<double>& all, double low, double high) {
  Span out;
  const int cells = static_cast<int>(all.size()) - 1;
  const auto cell_of = [&](double at) {
    const auto it = std::upper_bound(all.begin(), all.end(), at);
    return std::clamp(static_cast<int>(it - all.begin()) - 1, 0, cells - 1);
  };
  const double tiny = 1e-9 * (all.back() - all.front());
  out.first = cell_of(low + tiny);
  out.last = std::max(out.first, cell_of(high - tiny)) + 1;
  out.lines.assign(all.begin() + out.first, all.begin() + out.last + 1);
  return out;
}

class Views {
 public:
  explicit Views(const thermal::SteadyResult& result) : result_(result), grid_(result.mesh->grid) {}

  MapPicture from_above(const Rect& window, double z) const {
    MapPicture p;
    p.unit = "degC";
    const Span x = span(grid_.x, window.x0, window.x1), y = span(grid_.y, window.y0, window.y1);
    const int k = span(grid_.z, z, z).first;
    p.x = x.lines, p.y = y.lines;
    for (int j = y.first; j < y.last; ++j) {
      for (int i = x.first; i < x.last; ++i) p.value.push_back(celsius(i, j, k));
    }
    return p;
  }
  MapPicture from_the_south(double x0, double x1, double y) const {
    MapPicture p;
    p.unit = "degC";
    p.y_label = "z";
    const Span x = span(grid_.x, x0, x1);
    const int j = span(grid_.y, y, y).first;
    p.x = x.lines, p.y = grid_.z;
    for (int k = 0; k < grid_.nz(); ++k) {
      for (int i = x.first; i < x.last; ++i) p.value.push_back(celsius(i, j, k));
    }
    return p;
  }
  static void outline(MapPicture& p, const std::string& name, const Footprint& footprint) {
    MapPicture::Outline out;
    out.name = name;
    for (const auto& corner : footprint.corners()) {
      out.x.push_back(corner.x);
      out.y.push_back(corner.y);
    }
    p.outlines.push_back(std::move(out));
  }
  /// The rectangle a solid shows in a cross-section at y.
  static void cut(MapPicture& p, const std::string& name, const Solid& solid, double y) {
    const Rect b = solid.footprint.bounds();
    if (y < b.y0 || y > b.y1) return;
    p.outlines.push_back({name, {b.x0, b.x1, b.x1, b.x0}, {solid.z0, solid.z0, solid.z1, solid.z1}});
  }

 private:
  double celsius(int i, int j, int k) const {
    const std::size_t c = grid_.index(i, j, k);
    const bool filled = result_.mesh->solid[c] >= 0 && c < result_.temperature_K.size();
    return filled ? result_.temperature_K[c] - kKelvin : kNothing;
  }
  const thermal::SteadyResult& result_;
  const numerics::TensorGrid& grid_;
};

Rect widened(Rect r, double share) {
  const double dx = share * r.width(), dy = share * r.height();
  return {r.x0 - dx, r.y0 - dy, r.x1 + dx, r.y1 + dy};
}

bool inside(const Rect& r, double x, double y) {
  return x >= r.x0 && x <= r.x1 && y >= r.y0 && y <= r.y1;
}

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

void mark(MapPicture& p, const thermal::PartTemperature& part, double x, double y) {
  p.marks.push_back({fmt::format("{:.1f} °C", part.max_K - kKelvin), x, y});
}

/// A height just inside a solid next to the face where its heat enters.
double active_height(const package::Die& die, const Solid& solid) {
  const double inset = 1e-3 * (solid.z1 - solid.z0);
  return die.facing == package::Facing::up ? solid.z1 - inset : solid.z0 + inset;
}

const thermal::PartTemperature* hottest(const std::vector<thermal::PartTemperature>& parts) {
  const thermal::PartTemperature* best = nullptr;
  for (const auto& part : parts) {
    if (best == nullptr || part.max_K > best->max_K) best = &part;
  }
  return best;
}

class Album {
 public:
  Album(const Design& design, const Assembly& assembly, const thermal::SteadyResult& result)
      : design_(design), assembly_(assembly), result_(result), views_(result) {}

  std::vector<Map> maps() {
    for (std::size_t d : dies_to_draw()) add_die(d);
    if (design_.block) add_block_layers();
    const auto* spot = hottest(result_.dies.empty() ? result_.blocks : result_.dies);
    if (spot == nullptr) return std::move(maps_);
    if (!design_.dies.empty()) add_package(*spot);
    add_board();
    add_section(*spot);
    return std::move(maps_);
  }

 private:
  const Solid* solid(const std::string& path) const {
    const int at = assembly_.find(path);
    return at < 0 ? nullptr : &assembly_.solids[std::size_t(at)];
  }
  Rect body() const {
    if (design_.body_size.x > 0) {
      return {-design_.body_size.x / 2, -design_.body_size.y / 2, design_.body_size.x / 2,
              design_.body_size.y / 2};
    }
    return assembly_.extent;
  }
  void outline_blocks(MapPicture& p, const std::string& owner) const {
    for (const auto& source : assembly_.sources) {
      if (source.path.rfind(owner + ".", 0) == 0) Views::outline(p, last_name(source.path), source.footprint);
    }
  }
  void add(std::string file, std::string subject, std::string title, MapPicture picture) {
    picture.title = std::move(title);
    maps_.push_back({std::move(file), std::move(subject), std::move(picture)});
  }

  /// The dies nearest their limits (then the hottest), at most kMostDies of them, in the design's order.
  std::vector<std::size_t> dies_to_draw() const {
    std::vector<std::size_t> out(std::min(design_.dies.size(), result_.dies.size()));
    std::iota(out.begin(), out.end(), 0u);
    if (out.size() <= kMostDies) return out;
    const auto margin = [&](std::size_t d) {
      return design_.dies[d].limit.junction.value_or(1e4) - result_.dies[d].max_K;
    };
    std::stable_sort(out.begin(), out.end(),
                     [&](std::size_t a, std::size_t b) { return margin(a) < margin(b); });
    out.resize(kMostDies);
    std::sort(out.begin(), out.end());
    return out;
  }
  void add_die(std::size_t d) {
    const auto& die = design_.dies[d];
    const Solid* s = solid("dies." + die.name);
    if (s == nullptr) return;
    MapPicture p = views_.from_above(widened(s->footprint.bounds(), 0.08), active_height(die, *s));
    Views::outline(p, die.name, s->footprint);
    outline_blocks(p, s->path);
    mark(p, result_.dies[d], result_.dies[d].max_at[0], result_.dies[d].max_at[1]);
    add("die-" + die.name + ".png", s->path, die.name + ", active face", std::move(p));
  }
  void add_block_layers() {
    for (const auto& layer : design_.block->layers) {
      const std::string path = "block." + layer.name;
      const Solid* s = solid(path);
      if (s == nullptr || !layer.power.any()) continue;
      MapPicture p = views_.from_above(s->footprint.bounds(), 0.5 * (s->z0 + s->z1));
      outline_blocks(p, path);
      for (const auto& part : result_.blocks) {
        if (part.path == path) mark(p, part, part.max_at[0], part.max_at[1]);
      }
      add("layer-" + layer.name + ".png", path, "layer " + layer.name, std::move(p));
    }
  }
  void add_package(const thermal::PartTemperature& spot) {
    const auto* die = design_.find_die(last_name(spot.path));
    const Solid* s = solid(spot.path);
    if (die == nullptr || s == nullptr) return;
    MapPicture p = views_.from_above(widened(body(), 0.03), active_height(*die, *s));
    for (const auto& other : design_.dies) {
      const Solid* o = solid("dies." + other.name);
      if (o != nullptr) Views::outline(p, other.name, o->footprint);
    }
    for (const auto& passive : design_.passives) {
      const Solid* o = solid("passives." + passive.name);
      if (o != nullptr) Views::outline(p, "", o->footprint);
    }
    mark(p, spot, spot.max_at[0], spot.max_at[1]);
    add("package.png", "package", fmt::format("Package at the height of {}'s active face", die->name),
        std::move(p));
  }
  void add_board() {
    const Solid* top = nullptr;
    for (const auto& s : assembly_.solids) {
      if (s.role == package::Role::board_layer && (top == nullptr || s.z1 > top->z1)) top = &s;
    }
    if (top == nullptr) return;
    MapPicture p = views_.from_above(top->footprint.bounds(), 0.5 * (top->z0 + top->z1));
    const Rect b = body();
    Views::outline(p, "body", {{0.5 * (b.x0 + b.x1), 0.5 * (b.y0 + b.y1)}, {b.width(), b.height()}, 0});
    for (const auto& part : result_.parts) {
      if (part.path == "board") mark(p, part, part.max_at[0], part.max_at[1]);
    }
    add("board.png", "board", "Board, top layer", std::move(p));
  }
  void add_section(const thermal::PartTemperature& spot) {
    const Rect window = widened(body(), 0.15);
    const double y = spot.max_at[1];
    MapPicture p = views_.from_the_south(window.x0, window.x1, y);
    for (const auto& die : design_.dies) {
      const Solid* s = solid("dies." + die.name);
      if (s != nullptr) Views::cut(p, die.name, *s, y);
    }
    for (const char* path : {"lid", "heat_sink"}) {
      if (const Solid* s = solid(path)) Views::cut(p, path, *s, y);
    }
    if (inside(window, spot.max_at[0], y)) mark(p, spot, spot.max_at[0], spot.max_at[2]);
    add("section.png", "package",
        fmt::format("Cross-section at y = {:.2f} mm, through the hot spot", y * 1e3), std::move(p));
  }

  const Design& design_;
  const Assembly& assembly_;
  const thermal::SteadyResult& result_;
  Views views_;
  std::vector<Map> maps_;
};

}  // namespace

std::vector<Map> make_maps(const Design& design, const Assembly& assembly,
                           const thermal::SteadyResult& result) {
  if (!result.mesh || result.temperature_K.empty()) return {};
  return Album(design, assembly, result).maps();
}

}  // namespace bondline::signoff
