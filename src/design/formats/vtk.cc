#include "design/formats/vtk.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "base/diagnostic.h"

namespace bondline::formats {
namespace {

std::string escape(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) < 32)
      out += '?';
    else
      out += c;
  }
  return out;
}

/// Length (UInt64) and values in one base64 run, as VTK's inline binary wants it.
template <class T>
std::string encoded(const std::vector<double>& values) {
  const std::uint64_t size = values.size() * sizeof(T);
  std::string bytes(sizeof size + size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T v = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + sizeof size + i * sizeof(T), &v, sizeof(T));
  }
  return base64(bytes.data(), bytes.size());
}

std::string data_array(const std::string& name, const std::vector<double>& values, bool integer) {
  return fmt::format("        <DataArray type=\"{}\" Name=\"{}\" format=\"binary\">{}</DataArray>\n",
                     integer ? "Int32" : "Float64", escape(name),
                     integer ? encoded<std::int32_t>(values) : encoded<double>(values));
}

/// A string table: VTK stores strings as character codes, each string ended by 0.
std::string field_data(const std::vector<NameTable>& names) {
  if (names.empty()) return "";
  std::string out = "    <FieldData>\n";
  for (const auto& table : names) {
    out += fmt::format(
        "      <Array type=\"String\" Name=\"{}\" NumberOfTuples=\"{}\" format=\"ascii\">\n        ",
        escape(table.name), table.values.size());
    for (const auto& value : table.values) {
      for (char c : value) out += fmt::format("{} ", static_cast<unsigned char>(c));
      out += "0 ";
    }
    out += "\n      </Array>\n";
  }
  return out + "    </FieldData>\n";
}

void check(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& z,
           const std::vector<CellArray>& arrays) {
  for (const auto* line : {&x, &y, &z}) {
    if (line->size() < 2)
      throw base::Error("a grid with fewer than two lines along an axis", "give at least one cell");
    for (std::size_t i = 1; i < line->size(); ++i)
      if (!((*line)[i] > (*line)[i - 1]))
        throw base::Error("grid lines that do not increase", "sort them and drop doubles");
  }
  const std::size_t cells = (x.size() - 1) * (y.size() - 1) * (z.size() - 1);
  for (const auto& a : arrays)
    if (a.values.size() != cells)
      throw base::Error(
          fmt::format("array \"{}\" has {} values for {} cells", a.name, a.values.size(), cells),
          "give one per cell");
}

std::string cell_data(const std::vector<CellArray>& arrays) {
  std::string out = "      <CellData>\n";
  for (const auto& a : arrays) out += data_array(a.name, a.values, a.integer);
  return out + "      </CellData>\n";
}

std::string file(const std::string& type, const std::string& body) {
  return fmt::format(
      "<?xml version=\"1.0\"?>\n<VTKFile type=\"{0}\" version=\"1.0\" byte_order=\"LittleEndian\" "
      "header_type=\"UInt64\">\n"
      "{1}</VTKFile>\n",
      type, body);
}

bool uniform(const std::vector<double>& line) {
  const double step = (line.back() - line.front()) / double(line.size() - 1);
  for (std::size_t i = 0; i < line.size(); ++i)
    if (std::abs(line[i] - line.front() - step * double(i)) > 1e-6 * step) return false;
  return true;
}

}  // namespace

std::string base64(const void* bytes, std::size_t size) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto* in = static_cast<const unsigned char*>(bytes);
  std::string out;
  out.reserve((size + 2) / 3 * 4);
  for (std::size_t i = 0; i < size; i += 3) {
    const std::uint32_t n = std::uint32_t(in[i]) << 16 | (i + 1 < size ? std::uint32_t(in[i + 1]) << 8 : 0) |
                            (i + 2 < size ? in[i + 2] : 0);
    out += kDigits[n >> 18];
    out += kDigits[n >> 12 & 63];
    out += i + 1 < size ? kDigits[n >> 6 & 63] : '=';
    out += i + 2 < size ? kDigits[n & 63] : '=';
  }
  return out;
}

bool is_uniform(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& z) {
  return x.size() > 1 && y.size() > 1 && z.size() > 1 && uniform(x) && uniform(y) && uniform(z);
}

std::string write_vtr(const std::vector<double>& x, const std::vector<double>& y,
                      const std::vector<double>& z, const std::vector<CellArray>& arrays,
                      const std::vector<NameTable>& names) {
  check(x, y, z, arrays);
  const std::string extent = fmt::format("0 {} 0 {} 0 {}", x.size() - 1, y.size() - 1, z.size() - 1);
  return file("RectilinearGrid",
              fmt::format("  <RectilinearGrid WholeExtent=\"{0}\">\n{1}    <Piece Extent=\"{0}\">\n{2}      "
                          "<Coordinates>\n{3}{4}{5}"
                          "      </Coordinates>\n    </Piece>\n  </RectilinearGrid>\n",
                          extent, field_data(names), cell_data(arrays), data_array("x", x, false),
                          data_array("y", y, false), data_array("z", z, false)));
}

std::string write_vti(const std::vector<double>& x, const std::vector<double>& y,
                      const std::vector<double>& z, const std::vector<CellArray>& arrays,
                      const std::vector<NameTable>& names) {
  check(x, y, z, arrays);
  if (!is_uniform(x, y, z)) throw base::Error("the grid is not evenly spaced", "write it as .vtr");
  const std::string extent = fmt::format("0 {} 0 {} 0 {}", x.size() - 1, y.size() - 1, z.size() - 1);
  const auto step = [](const std::vector<double>& line) {
    return (line.back() - line.front()) / double(line.size() - 1);
  };
  return file("ImageData", fmt::format("  <ImageData WholeExtent=\"{0}\" Origin=\"{1:.17g} {2:.17g} "
                                       "{3:.17g}\" Spacing=\"{4:.17g} {5:.17g} {6:.17g}\">\n"
                                       "{7}    <Piece Extent=\"{0}\">\n{8}    </Piece>\n  </ImageData>\n",
                                       extent, x[0], y[0], z[0], step(x), step(y), step(z), field_data(names),
                                       cell_data(arrays)));
}

}  // namespace bondline::formats
