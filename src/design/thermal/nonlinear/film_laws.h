// Films that follow a law: h of a surface from design/cooling, at the surface's own mean temperature T_s. One
// h per film: the correlations are means over a plate, and radiation is linearised at T_s (its error over the
// surface is told).
//   T_s = mean over the film's faces of  T_a + (T_c - T_a) half / (half + h A),  T_c the cell's (with its
//   parabola)
#pragma once
#include <string>
#include <vector>

#include "design/cooling/correlated.h"
#include "design/thermal/model.h"

namespace bondline::thermal::detail {

/// Gives a film with a law its extents and a first h, for a surface 30 K above its ambient.
void prepare_law(const Design& design, const Assembly& assembly, AppliedFilm& film);

struct LawValue {
  cooling::Correlated h;     ///< W/(m2 K), radiation and `factor` included
  double radiation = 0;      ///< its part, W/(m2 K)
  double pressure_drop = 0;  ///< Pa; 0 where there is none
  double capacity_rate = 0;  ///< W/K of a coolant; 0: air that stays at ambient
};
LawValue evaluate_law(const AppliedFilm& film, double surface_K, double ambient_K);

class FilmLaws {
 public:
  explicit FilmLaws(const Model& model);
  bool any() const { return !films_.empty(); }
  /// Sets films[].h of the films with a law, at the field u, from conductances that are up to date; the
  /// faces' g and the ground follow with renew_ground().
  void update(Model& model, const std::vector<double>& u);

  /// What the last update found, one entry per film with a law.
  struct Used {
    int film = 0;
    double surface = 0;        ///< K, mean
    double h = 0, slope = 0;   ///< dh/dT_s
    double per_ambient = 0;    ///< dh/dT_a at fixed T_s
    double surface_per_h = 0;  ///< dT_s/dh at fixed u
    double area = 0;           ///< m2
    LawValue law;
  };
  const std::vector<Used>& used() const { return used_; }
  /// Faces (indices into Model::faces) of one entry.
  const std::vector<std::size_t>& faces_of(std::size_t entry) const { return faces_[entry]; }
  /// How much radiation linearised at the mean may be wrong anywhere on the surface: relative; 0 without
  /// radiation.
  double linearisation_error(const Model& model, const std::vector<double>& u, std::size_t entry) const;

 private:
  std::vector<int> films_;
  std::vector<std::vector<std::size_t>> faces_;
  std::vector<Used> used_;
};

/// The films with a law as a result tells them; the model was evaluated at u.
std::vector<FilmUsed> films_used(const Model& model, const std::vector<double>& u);
/// T_c of a face's cell above T_ref, with the parabola of heat in the cell where the face looks up or down.
double inside_of(const Model& model, const std::vector<double>& u, const CooledFace& face);
/// Faces' g and the operator's ground from films[].h.
void renew_ground(Model& model);

}  // namespace bondline::thermal::detail
