// A map's field between its cells: which cell a point lies in, and the value there.
#pragma once
#include <optional>

#include "show/picture.h"

namespace bondline::show {

class MapField {
 public:
  /// `picture` must outlive the field. Throws base::Error where sizes do not fit or lines do not increase.
  explicit MapField(const MapPicture& picture);
  double low() const { return low_; }  ///< of the finite values; NaN when there are none
  double high() const { return high_; }
  /// The value at a point in metres: NaN in the void and outside. smooth: linear between the centres of the
  /// cells around, of which void ones count nothing.
  double at(double x, double y) const;
  /// at() of every pair, row by row: the values of y outside, of x inside.
  std::vector<double> sample(const std::vector<double>& x, const std::vector<double>& y) const;

 private:
  double cell(std::size_t i, std::size_t j) const { return picture_.value[j * (picture_.x.size() - 1) + i]; }
  const MapPicture& picture_;
  /// A point along one axis: its own interval, and the two whose centres enclose it (weight: of the second).
  struct Place {
    bool outside = true;
    std::size_t own = 0, a = 0, b = 0;
    double weight = 0;
  };
  static Place place(const std::vector<double>& lines, double at);
  double value(const Place& x, const Place& y) const;
  double low_, high_;
};

}  // namespace bondline::show
