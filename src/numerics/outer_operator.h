// The conduction operator in float64, applied row by row from its face conductances, and the checks of what
// is applied to it.
#pragma once
#include <span>

#include "numerics/conduction_kernels.h"
#include "numerics/conduction_solver.h"

namespace bondline::numerics {

class OuterOperator {
 public:
  OuterOperator(const ConductionOperator& op, const ConductionKernels& kernels)
      : op_(op), kernels_(kernels) {}

  int rows() const { return op_.grid.ny(); }
  std::size_t row_cells() const { return std::size_t(op_.grid.nx()) * std::size_t(op_.grid.nz()); }
  /// out = A p on row j; returns their dot product. p may be read one row beyond j on both sides.
  double apply_row(int j, const float* p, double* out) const;
  /// out = b - A u on row j (not written when null); returns its square.
  double residual_row(int j, const double* b, const double* u, double* out) const;
  /// The same with `row_out` for row j alone.
  double residual_of_row(int j, const double* b, const double* u, double* row_out) const;
  /// Square of the residual on row j that rounding every value of u by half an ulp makes.
  double rounding_row(int j, const double* u) const;
  /// True when no face and no ground touches the cell.
  bool is_void(std::size_t cell) const;

 private:
  template <class T>
  double edge_cell(int j, std::size_t cell, const T* v) const;
  OuterRow row(int j) const;

  const ConductionOperator& op_;
  const ConductionKernels& kernels_;
};

}  // namespace bondline::numerics
