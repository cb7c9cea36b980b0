// The material library: built into the program from data/materials/ (cmake/EmbedMaterials.cmake), or read
// from a folder.
#include "design/package/library.h"

#include <fmt/format.h>

#include "design/package/load.h"
#include "design/package/read_materials.h"
#include "design/package/schema_pieces.h"

namespace bondline::package {
namespace {

void add_library_text(const std::string& text, const std::string& file, MaterialLibrary& into,
                      base::Diagnostics& out, std::vector<document::Node>& interfaces) {
  const std::optional<document::Node> root = document::parse(text, file, out);
  if (!root) return;
  if (!document::validate(*root, pieces::library(), out)) return;
  if (const document::Node* materials = root->find("materials")) merge_materials(*materials, true, into, out);
  if (const document::Node* pairs = root->find("interfaces")) interfaces.push_back(*pairs);
}

}  // namespace

MaterialLibrary read_library(const std::vector<LibraryFile>& texts) {
  MaterialLibrary library;
  base::Diagnostics out;
  std::vector<document::Node> interfaces;
  for (const LibraryFile& text : texts) add_library_text(text.text, text.name, library, out, interfaces);
  for (const document::Node& list : interfaces) merge_interfaces(list, library, out);
  out.throw_if_errors();
  return library;
}

MaterialLibrary read_library_folder(const std::string& folder, base::Files& files) {
  std::vector<std::string> contents;
  std::vector<LibraryFile> texts;
  base::Diagnostics out;
  const std::vector<std::string> names = files.list(folder);
  for (const std::string& name : names) {
    if (!name.ends_with(".yaml")) continue;
    base::FileProblem problem;
    const std::string path = base::join_path(folder, name);
    std::optional<std::string> text = files.read(path, &problem, 1u << 26);
    if (text)
      texts.push_back({path, std::move(*text)});
    else
      out.error({path, 0, 0}, fmt::format("cannot read the material library: {}", problem),
                "check the folder");
  }
  if (texts.empty())
    out.error({folder, 0, 0}, "no material library (*.yaml) in this folder",
              "name a folder like data/materials, or none");
  out.throw_if_errors();
  return read_library(texts);
}

const MaterialLibrary& shipped_materials() {
  static const MaterialLibrary library = read_library(embedded_library());
  return library;
}

}  // namespace bondline::package
