// balls: and board:
#include <algorithm>

#include <fmt/format.h>

#include "design/package/loading.h"
#include "design/package/standards.h"

namespace bondline::package {
namespace {

void load_balls(Loading& in, const Node& node) {
  Balls balls;
  balls.where = node.where;
  balls.lands = document::read_boolean(node, "lands", false);
  read_array(in, node, plausible::ball_pitch, plausible::ball_diameter, balls.array);
  Array& array = balls.array;
  if (array.pitch_x <= 0 && array.sites.empty())
    in.diagnostics.error(node.where, "the balls have no pitch", "give pitch, map or sites");
  const double pitch = array.pitch_x > 0 ? std::min(array.pitch_x, array.pitch_y) : 0;
  if (array.diameter <= 0) {
    array.diameter = pitch > 0 ? 0.6 * pitch : 0.3e-3;
    in.use_default("balls.diameter", base::format_quantity(array.diameter, base::dim::length),
                   "0.6 of the pitch: typical BGA, low confidence");
  }
  const std::string why = balls.lands ? "typical printed solder of land grid arrays, low confidence"
                                      : "0.7 of the diameter: typical reflowed ball, low confidence";
  balls.standoff = read_or_default(in, node, "standoff", plausible::ball_standoff,
                                   balls.lands ? 75e-6 : 0.7 * array.diameter, "balls.standoff", why);
  array.material =
      read_material(in, node, "material", "balls.material", "SAC305", "the commonest lead-free ball alloy");
  balls.underfill = read_material(in, node, "underfill", "");
  in.design.balls = std::move(balls);
}

double longer_side(const Design& design) {
  return std::max(design.body_size.x, design.body_size.y);
}

void load_board(Loading& in, const Node& node) {
  Board board;
  board.where = node.where;
  board.standard = document::read_text(node, "standard");
  board.size = read_size(in, node, "size", plausible::board_size);
  board.at = read_point(node, "at");
  board.layers = load_layers(in, node.find("layers"), "board.layers");
  for (const Named& entry : named_entries(node.find("vias"), "vias"))
    board.vias.push_back(load_via_field(in, entry, "board.vias." + entry.name));
  const bool complete = board.size.x > 0 && !board.layers.empty();
  if (board.standard.empty() && !complete) {
    board.standard = "JESD51-9 2s2p";
    in.use_default("board.standard", board.standard, "the usual test board of area-array packages");
  }
  if (!board.standard.empty()) {
    const std::optional<BoardStandard> standard = find_board_standard(board.standard, longer_side(in.design));
    if (!standard) {
      const std::vector<std::string> known = board_standard_names();
      const bool too_large = find_board_standard(board.standard, 0).has_value();
      in.diagnostics.error(
          has(node, "standard") ? where_of(node, "standard") : node.where,
          too_large ? fmt::format("{} has no board for a package of {}", board.standard,
                                  base::format_quantity(longer_side(in.design), base::dim::length))
                    : fmt::format("unknown board standard \"{}\"", board.standard),
          too_large
              ? "give the board's size and layers"
              : mend_by_nearest(board.standard, known,
                                fmt::format("known: {}; or give size and layers", fmt::join(known, ", "))));
    } else {
      board.standard = standard->name;
      if (board.size.x <= 0) {
        board.size = standard->size;
        in.use_default("board.size",
                       fmt::format("{} x {}", base::format_quantity(board.size.x, base::dim::length),
                                   base::format_quantity(board.size.y, base::dim::length)),
                       standard->source);
      }
      if (board.layers.empty()) {
        board.layers = standard->layers;
        for (SubstrateLayer& layer : board.layers) {
          layer.where = board.where;
          layer.material = check_material(in, layer.material, board.where);
          if (!layer.fill.empty()) layer.fill = check_material(in, layer.fill, board.where);
        }
        in.use_default("board.layers",
                       fmt::format("the {} layers of {}", board.layers.size(), standard->name),
                       standard->source);
      }
    }
  }
  in.design.board = std::move(board);
}

}  // namespace

void load_balls_and_board(Loading& in, const Node& root) {
  if (const Node* balls = root.find("balls"); balls && balls->is_map()) load_balls(in, *balls);
  if (const Node* board = root.find("board"); board && board->is_map()) load_board(in, *board);
}

}  // namespace bondline::package
