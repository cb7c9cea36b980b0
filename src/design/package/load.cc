#include "design/package/load.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/hash.h"
#include "design/package/library.h"
#include "design/package/loading.h"
#include "design/package/read_materials.h"
#include "design/package/sections.h"

namespace bondline::package {
namespace {

/// The schema and a loader may stumble over the same word: each complaint is told once.
base::Diagnostics without_repeats(const base::Diagnostics& all) {
  base::Diagnostics once;
  std::set<std::tuple<std::string, int, int, std::string>> seen;
  for (const base::Diagnostic& d : all.all())
    if (seen.emplace(d.where.file, d.where.line, d.where.column, d.what).second) once.add(d);
  return once;
}

/// Sections that may live in a file of their own: the file must be there, and counts for the content hash.
void touch_section_files(Loading& in, const Node& root) {
  for (const char* key : {"flow", "supply", "test"}) {
    const Node* node = root.find(key);
    if (!node || !node->is_scalar() || node->is_null()) continue;
    const std::optional<std::string> text = in.side_file(*node);
    if (!text) continue;
    document::parse(*text, base::join_path(in.folder, node->text),
                    in.diagnostics);  // it must at least be whole
  }
}

std::string hash_of(const std::string& text, const Loading& in) {
  std::string all = text;
  std::vector<std::pair<std::string, std::string>> files = in.side_files;
  std::sort(files.begin(), files.end());
  for (const auto& [name, content] : files)
    all += fmt::format("\n--- {} {}\n{}", name, content.size(), content);
  return base::sha256_hex(all);
}

std::string stem_of(const std::string& file) {
  const std::size_t slash = file.find_last_of('/');
  std::string stem = slash == std::string::npos ? file : file.substr(slash + 1);
  return stem.substr(0, stem.find_last_of('.'));
}

void load_everything(Loading& in, const Node& root) {
  Design& design = in.design;
  design.name = document::read_text(root, "name");
  design.description = document::read_text(root, "description");
  design.where = root.where;
  if (design.name.empty()) {
    design.name = stem_of(in.file);
    in.use_default("name", design.name, "the file's name");
  }
  load_materials_section(in, root);
  load_body(in, root);
  load_substrate(in, root);
  load_dies(in, root);
  load_passives(in, root);
  load_cooling(in, root);
  load_balls_and_board(in, root);
  load_block(in, root);
  load_environment(in, root);
  load_limits_and_nets(in, root);
  check_references(in, root);
  touch_section_files(in, root);
}

}  // namespace

void load_materials_section(Loading& in, const Node& root) {
  if (const Node* materials = root.find("materials"); materials && materials->is_map())
    merge_materials(*materials, false, in.design.materials, in.diagnostics);
  if (const Node* pairs = root.find("interfaces"); pairs && pairs->is_list())
    merge_interfaces(*pairs, in.design.materials, in.diagnostics);
}

Design load_text(const std::string& text, const std::string& file, const std::string& folder,
                 base::Files& files, const LoadOptions& options) {
  base::Diagnostics diagnostics;
  const std::optional<Node> root = document::parse(text, file, diagnostics);
  if (!root || !root->is_map()) {
    if (root)
      diagnostics.error(root->where, "a design file is a map of sections",
                        "begin with \"bondline: design/1\"");
    if (!diagnostics.has_errors())
      diagnostics.error({file, 0, 0}, "the design file is empty", "begin with \"bondline: design/1\"");
    throw base::Error(std::move(diagnostics));
  }
  Design design;
  design.file = file;
  std::vector<document::Unused> unused;
  document::validate(*root, design_schema(), diagnostics, &unused);
  design.materials = options.library_folder.empty() ? shipped_materials()
                                                    : read_library_folder(options.library_folder, files);
  Loading in{files, file, folder, diagnostics, design};
  load_everything(in, *root);
  for (const document::Unused& key : unused) design.stored.push_back({key.path, key.where});
  design.sections = keep_sections(*root, design_schema());
  diagnostics = without_repeats(diagnostics);
  diagnostics.throw_if_errors();
  design.content_hash = hash_of(text, in);
  design.notes = diagnostics;
  return design;
}

Design load(const std::string& path, base::Files& files, const LoadOptions& options) {
  base::FileProblem problem;
  const std::optional<std::string> text = files.read(path, &problem, 1ull << 28);
  if (!text) {
    base::Diagnostics diagnostics;
    diagnostics.error({path, 0, 0}, fmt::format("cannot read the design file: {}", problem),
                      "check the name");
    throw base::Error(std::move(diagnostics));
  }
  return load_text(*text, path, base::folder_of(path), files, options);
}

}  // namespace bondline::package
