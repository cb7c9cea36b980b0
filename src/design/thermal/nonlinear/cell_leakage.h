// Leakage where it happens: every piece of a leaking die (a column of its active plane, or a cell of its
// volume) gives off  p = share * P0 * 2^((T - T0) / D)  at its own temperature T: the plane's, or the cell's
// mean. A piece's own heat raises its temperature within the cell too, so p is the root of a scalar equation
// per piece.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// One piece of a leaking die.
struct LeakPiece {
  int die = 0;            ///< index into CellLeakage::dies()
  int plane = -1;         ///< index into Model::planes, or -1: heat in the volume of `place`
  std::size_t place = 0;  ///< column of the plane, or cell
  double share = 0;       ///< of the die's leakage law
};

struct LeakingDie {
  std::string path;        ///< "dies.soc"
  std::size_t source = 0;  ///< its entry among the assembly's sources (with_leakage)
  package::Leakage law;
};

class CellLeakage {
 public:
  /// `model` is one of an assembly made by with_leakage(). Takes the leakage out of the model's sources and
  /// keeps the rest as the heat that stays (Model::source_scale of the other sources holds); update() puts it
  /// back at a temperature.
  explicit CellLeakage(Model& model);
  bool any() const { return !pieces_.empty(); }
  const std::vector<LeakingDie>& dies() const { return dies_; }
  const std::vector<LeakPiece>& pieces() const { return pieces_; }
  /// Multiplies every law (1: as designed). What margin searches turn.
  double strength = 1;

  /// Multiplies the heat that does not leak.
  void scale_other_heat(double factor);

  /// Sets volume_watts, planes and power for the field u (K above t_ref); make_rhs() next. Returns the
  /// leakage in W.
  double update(Model& model, const std::vector<double>& u);
  /// Of the last update: watts, and dp/dT of each piece at fixed heat of the others, in W/K: p's change per
  /// change of the temperature that the rest of the package gives it (its own answer within the cell
  /// included).
  const std::vector<double>& watts() const { return watts_; }
  const std::vector<double>& slopes() const { return slopes_; }
  /// W per leaking die, of the last update.
  std::vector<double> die_watts() const;
  /// Hottest piece's temperature, K, of the last update.
  double hottest() const { return hottest_; }

 private:
  std::vector<LeakingDie> dies_;
  std::vector<LeakPiece> pieces_;
  std::vector<double> base_volume_, watts_, slopes_;
  std::vector<HeatPlane> base_planes_;
  double base_power_ = 0, hottest_ = 0;
  bool shared_ = false;  ///< two dies leak into one plane
  double take_piece(Model& model, const std::vector<double>& u, std::size_t n);
};

/// K by which a piece's own watt raises its temperature within the cell (at fixed u), K/W.
double own_answer(const Model& model, const LeakPiece& piece);

}  // namespace bondline::thermal::detail
