// Where materials come from before a design file adds its own. Private to this room; others use
// shipped_materials().
#pragma once
#include <string>
#include <vector>

#include "base/file.h"
#include "design/package/material.h"

namespace bondline::package {

struct LibraryFile {
  std::string name;  ///< for messages: "data/materials/metals.yaml"
  std::string text;
};

/// The files of data/materials/ as they were when the program was built (generated at build time).
std::vector<LibraryFile> embedded_library();

/// Reads library files; throws base::Error with everything wrong in them.
MaterialLibrary read_library(const std::vector<LibraryFile>& texts);
MaterialLibrary read_library_folder(const std::string& folder, base::Files& files);

}  // namespace bondline::package
