#include "numerics/outer_operator.h"

#include <cmath>

namespace bondline::numerics {

OuterRow OuterOperator::row(int j) const {
  const std::size_t c = std::size_t(j) * row_cells();
  return {long(row_cells()), op_.grid.nz(),     long(row_cells()),    op_.gx.data() + c,
          op_.gy.data() + c, op_.gz.data() + c, op_.ground.data() + c};
}

/// A v in one cell of the first or last row, where the flat kernels would read past the arrays.
template <class T>
double OuterOperator::edge_cell(int j, std::size_t c, const T* v) const {
  const std::size_t nz = std::size_t(op_.grid.nz()), row = row_cells(), all = op_.grid.cells();
  const double u = double(v[c]);
  auto drop = [&](std::size_t neighbour) { return u - double(v[neighbour]); };
  double s = op_.ground[c] * u;
  // Faces at the end of a column or row hold zero, so only the ends of the arrays need care.
  if (c >= nz) s += op_.gx[c - nz] * drop(c - nz);
  if (c + nz < all) s += op_.gx[c] * drop(c + nz);
  if (j > 0) s += op_.gy[c - row] * drop(c - row);
  if (c + row < all) s += op_.gy[c] * drop(c + row);
  if (c > 0) s += op_.gz[c - 1] * drop(c - 1);
  if (c + 1 < all) s += op_.gz[c] * drop(c + 1);
  return s;
}

double OuterOperator::apply_row(int j, const float* p, double* out) const {
  const std::size_t begin = std::size_t(j) * row_cells();
  if (j > 0 && j + 1 < rows()) return kernels_.apply(row(j), p + begin, out + begin);
  double dot = 0;
  for (std::size_t c = begin; c < begin + row_cells(); ++c) {
    out[c] = edge_cell(j, c, p);
    dot += out[c] * double(p[c]);
  }
  return dot;
}

double OuterOperator::residual_row(int j, const double* b, const double* u, double* out) const {
  return residual_of_row(j, b, u, out ? out + std::size_t(j) * row_cells() : nullptr);
}

double OuterOperator::residual_of_row(int j, const double* b, const double* u, double* row_out) const {
  const std::size_t begin = std::size_t(j) * row_cells();
  if (j > 0 && j + 1 < rows()) return kernels_.residual(row(j), b + begin, u + begin, row_out);
  double square = 0;
  for (std::size_t c = begin; c < begin + row_cells(); ++c) {
    const double s = b[c] - edge_cell(j, c, u);
    if (row_out) row_out[c - begin] = s;
    square += s * s;
  }
  return square;
}

double OuterOperator::rounding_row(int j, const double* u) const {
  constexpr double kHalfUlp = 0x1p-53;
  const std::size_t nz = std::size_t(op_.grid.nz()), row = row_cells(), all = op_.grid.cells();
  double square = 0;
  for (std::size_t c = std::size_t(j) * row; c < std::size_t(j + 1) * row; ++c) {
    const double own = std::abs(u[c]);
    double s = op_.ground[c] * own;
    if (c >= nz) s += op_.gx[c - nz] * (own + std::abs(u[c - nz]));
    if (c + nz < all) s += op_.gx[c] * (own + std::abs(u[c + nz]));
    if (j > 0) s += op_.gy[c - row] * (own + std::abs(u[c - row]));
    if (c + row < all) s += op_.gy[c] * (own + std::abs(u[c + row]));
    if (c > 0) s += op_.gz[c - 1] * (own + std::abs(u[c - 1]));
    if (c + 1 < all) s += op_.gz[c] * (own + std::abs(u[c + 1]));
    square += kHalfUlp * s * (kHalfUlp * s);
  }
  return square;
}

bool OuterOperator::is_void(std::size_t c) const {
  const std::size_t nz = std::size_t(op_.grid.nz()), row = row_cells();
  if (op_.ground[c] > 0 || op_.gx[c] > 0 || op_.gy[c] > 0 || op_.gz[c] > 0) return false;
  return !(c >= nz && op_.gx[c - nz] > 0) && !(c >= row && op_.gy[c - row] > 0) &&
         !(c >= 1 && op_.gz[c - 1] > 0);
}

}  // namespace bondline::numerics
