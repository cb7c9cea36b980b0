// What a user wrote, value by value: the provenance of inputs. A Design keeps meanings; a report also shows
// each written value as it stands in the file, with its line.
#pragma once
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"

namespace bondline::package {

struct Written {
  std::string path;   ///< "dies.soc.thickness", "substrate.layers.L4.copper"
  std::string value;  ///< as written: "0.15 mm", "[6.2 mm, 5.8 mm]"
  base::Where where;
};

/// Every value of a design file, in its order. Empty where the file cannot be read or is no design file
/// (an importer's input): never throws.
std::vector<Written> written(const std::string& file, base::Files& files);

}  // namespace bondline::package
