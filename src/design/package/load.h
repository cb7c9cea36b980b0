// Reading and writing design files (docs/formats/design.md). load() resolves every file the design names,
// applies defaults (each recorded in Design::defaults), and merges the shipped material library.
#pragma once
#include <string>

#include "base/file.h"
#include "design/package/design.h"
#include "document/schema.h"

namespace bondline::package {

struct LoadOptions {
  std::string library_folder;  ///< data/materials; empty: the one built into the program
};

/// Reads a design file. Throws base::Error with every problem found; nothing is returned half-read.
Design load(const std::string& path, base::Files& files, const LoadOptions& options = {});

/// The same from text; relative paths are taken from `folder`.
Design load_text(const std::string& text, const std::string& file, const std::string& folder,
                 base::Files& files, const LoadOptions& options = {});

/// $id of the JSON Schema that document::to_json_schema prints for it.
inline constexpr const char* kDesignSchemaId = "https://bondline.example/schemas/design-1.json";

/// The design file's schema, as data and (by document::to_json_schema) as JSON Schema.
const document::Schema& design_schema();

/// Design -> the text of a design file that load_text reads back to an equal Design. Large maps and traces
/// that came from files are referred to by those file names; ones without a file are written inline.
std::string to_design_file(const Design& design);

/// The library built into the program from data/materials/.
const MaterialLibrary& shipped_materials();

}  // namespace bondline::package
