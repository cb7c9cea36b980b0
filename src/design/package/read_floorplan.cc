#include <set>

#include <fmt/format.h>

#include "design/package/side_files.h"
#include "design/package/side_lines.h"

namespace bondline::package {

std::vector<FloorplanBlock> read_floorplan(std::string_view text, const std::string& file,
                                           base::Diagnostics& out) {
  std::vector<FloorplanBlock> blocks;
  std::set<std::string, std::less<>> names;
  bool connectivity = false, materials = false;
  int line_number = 0;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    ++line_number;
    const std::vector<Field> fields = split_blank(line);
    if (fields.empty() || fields[0].text.front() == '#') continue;
    const auto here = [&](const Field& f) { return Where{file, line_number, f.column}; };
    if (fields.size() == 3) {
      if (!connectivity) out.warning(here(fields[0]), "connectivity lines of a floorplan are not used");
      connectivity = true;
      continue;
    }
    if (fields.size() != 5 && fields.size() != 7) {
      out.error(here(fields[0]), fmt::format("a floorplan line has {} fields", fields.size()),
                "write: name width height x y (metres), optionally heat capacity and resistivity");
      continue;
    }
    double number[4] = {};
    bool good = true;
    for (int i = 0; i < 4; ++i) {
      const Field& field = fields[std::size_t(i) + 1];
      const std::optional<double> value = plain_number(field.text);
      if (value)
        number[i] = *value;
      else
        out.error(here(field), fmt::format("\"{}\" is not a finite number", field.text.substr(0, 40)),
                  "write metres, as in 0.0012");
      good = good && value.has_value();
    }
    if (!good) continue;
    if (number[0] <= 0 || number[1] <= 0) {
      out.error(here(fields[1]),
                fmt::format("block \"{}\" is {} m by {} m", fields[0].text, number[0], number[1]),
                "a block's width and height must be above zero");
      continue;
    }
    if (fields.size() == 7 && !materials) {
      out.warning(here(fields[5]), "heat capacity and resistivity of floorplan blocks are not used",
                  "give the blocks a material in the design file");
      materials = true;
    }
    if (!names.insert(std::string(fields[0].text)).second) {
      out.error(here(fields[0]), fmt::format("block \"{}\" is there twice", fields[0].text),
                "rename one of them");
      continue;
    }
    FloorplanBlock block;
    block.name = std::string(fields[0].text);
    block.rects.push_back({number[2], number[3], number[2] + number[0], number[3] + number[1]});
    block.where = here(fields[0]);
    blocks.push_back(std::move(block));
  }
  if (blocks.empty())
    out.error({file, 0, 0}, "the floorplan holds no block", "write: name width height x y (metres)");
  return blocks;
}

PowerTrace read_power_trace(std::string_view text, const std::string& file, base::Diagnostics& out) {
  PowerTrace trace;
  trace.file = file;
  int line_number = 0;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    ++line_number;
    const std::vector<Field> fields = split_blank(line);
    if (fields.empty()) continue;
    if (trace.blocks.empty()) {
      trace.where = {file, line_number, fields[0].column};
      std::set<std::string_view> names;
      for (const Field& field : fields) {
        if (!names.insert(field.text).second)
          out.error({file, line_number, field.column}, fmt::format("block \"{}\" is there twice", field.text),
                    "rename one of them");
        trace.blocks.emplace_back(field.text);
      }
      continue;
    }
    if (fields.size() != trace.blocks.size()) {
      out.error(
          {file, line_number, 1},
          fmt::format("a sample of {} values for {} blocks", fields.size(), trace.blocks.size()),
          "every line holds one value per name of the first line; a short last line means a truncated file");
      continue;
    }
    std::vector<double> sample;
    sample.reserve(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::optional<double> watts = plain_number(fields[i].text);
      if (!watts || *watts < 0)
        out.error({file, line_number, fields[i].column},
                  fmt::format("the power of \"{}\" is \"{}\"", trace.blocks[i], fields[i].text.substr(0, 40)),
                  "write a finite number of watts, zero or more");
      sample.push_back(watts && *watts >= 0 ? *watts : 0);
    }
    trace.watts.push_back(std::move(sample));
  }
  if (trace.watts.empty())
    out.error({file, 0, 0}, "the power trace holds no sample",
              "write a line of block names, then one line of watts per sample");
  return trace;
}

}  // namespace bondline::package
