#include "npy.h"

#include <cstdlib>

#include "data_set.h"

namespace bondline::inference::testing {

std::optional<Tensor> read_npy(const std::string& path) {
  const std::string file = slurp(path);
  if (file.size() < 10 || file.substr(1, 5) != "NUMPY") return std::nullopt;
  const std::size_t header = static_cast<unsigned char>(file[8]) + 256u * static_cast<unsigned char>(file[9]);
  const std::string words = file.substr(10, header);
  if (words.find("'<f4'") == std::string::npos || words.find("False") == std::string::npos)
    return std::nullopt;
  Shape shape;
  const char* at = words.c_str() + words.find("'shape'");
  while (*at != '(') ++at;
  for (++at; *at != ')';) {
    char* end = nullptr;
    const long size = std::strtol(at, &end, 10);
    if (end != at) shape.push_back(size);
    at = end == at ? at + 1 : end;
  }
  const auto count = static_cast<std::size_t>(elements_of(shape));
  if (file.size() != 10 + header + count * 4) return std::nullopt;
  return Tensor::make(DType::f32, shape, file.data() + 10 + header, count);
}

}  // namespace bondline::inference::testing
