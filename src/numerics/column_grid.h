// The shape of every field problem in the house: columns x layers. A column is a cell of the footprint (here
// of a graded tensor grid); layers run along z and are contiguous in memory. Solvers use only "columns with
// neighbours, layers contiguous", so a locally refined footprint can replace the tensor plane later.
#pragma once
#include <cstddef>
#include <vector>

namespace bondline::numerics {

/// Lines of a tensor grid, in metres, strictly increasing. n lines bound n - 1 cells.
struct TensorGrid {
  std::vector<double> x, y, z;

  int nx() const { return static_cast<int>(x.size()) - 1; }
  int ny() const { return static_cast<int>(y.size()) - 1; }
  int nz() const { return static_cast<int>(z.size()) - 1; }
  std::size_t cells() const { return std::size_t(nx()) * std::size_t(ny()) * std::size_t(nz()); }
  /// Cell (i, j, k) -> its place in every cell array: z fastest, then x, then y.
  std::size_t index(int i, int j, int k) const {
    return (std::size_t(j) * std::size_t(nx()) + std::size_t(i)) * std::size_t(nz()) + std::size_t(k);
  }
};

}  // namespace bondline::numerics
