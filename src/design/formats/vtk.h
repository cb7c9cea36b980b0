// Fields on a rectilinear grid as VTK XML (docs/formats/vtk.md): .vtr, and .vti where the grid is uniform.
// Arrays are inline base64 with 64-bit lengths, little-endian: what ParaView and VTK >= 5.10 read.
#pragma once
#include <string>
#include <vector>

namespace bondline::formats {

/// One value per cell. The x index runs fastest, then y, then z: cell (i, j, k) is at i + nx (j + ny k).
struct CellArray {
  std::string name;            ///< "temperature_K"
  std::vector<double> values;  ///< nx ny nz of them
  bool integer = false;        ///< written as Int32 (values must fit)
};

/// Names that belong to integer arrays (solid ids, material ids): written as a field of strings.
struct NameTable {
  std::string name;
  std::vector<std::string> values;
};

/// A .vtr: grid lines x, y, z in m, each increasing, at least two. Throws base::Error when a size does not
/// fit.
std::string write_vtr(const std::vector<double>& x, const std::vector<double>& y,
                      const std::vector<double>& z, const std::vector<CellArray>& arrays,
                      const std::vector<NameTable>& names = {});

/// A .vti: the same where every line is evenly spaced; origin and spacing come from the lines' ends. Throws
/// base::Error when a size does not fit or is_uniform() is false.
std::string write_vti(const std::vector<double>& x, const std::vector<double>& y,
                      const std::vector<double>& z, const std::vector<CellArray>& arrays,
                      const std::vector<NameTable>& names = {});

/// True when all three lines are evenly spaced to one part in a million of the spacing.
bool is_uniform(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& z);

/// Base64 (RFC 4648) with padding.
std::string base64(const void* bytes, std::size_t size);

}  // namespace bondline::formats
