#include "line/station/line_file/load_file.h"

#include "line/station/line_file/keys.h"
#include "line/station/line_file/load_point.h"

namespace bondline::station {

using document::Node;
using gateway::FileConfig;
using gateway::FileFormat;

namespace {

/// A tag that the box says of the file itself.
tags::TagId own_tag(LineFile& line, const std::string& machine, const char* name, tags::ValueType type,
                    const base::Where& where) {
  tags::Tag tag;
  tag.name = machine + "." + name;
  tag.machine = machine;
  tag.type = type;
  tag.where = where;
  return line.tags->add(tag).value_or(0);
}

void read_place(const Node& map, const LineFile& line, FileConfig& config, base::Diagnostics& d) {
  const Node& file = *map.find("file");
  const std::string path = base::join_path(base::folder_of(line.path), file.text);
  config.folder = base::folder_of(path);
  config.pattern = path.substr(path.rfind('/') + 1);
  config.tail = document::read_text(map, "read", "drop") == "tail";
  if (config.pattern.empty() || config.folder.find_first_of("*?") != std::string::npos)
    d.error(file.where, "\"" + file.text + "\" names no files",
            "write drop/*.csv; * and ? stand in the last part only");
  if (config.tail && config.pattern.find_first_of("*?") != std::string::npos)
    d.error(file.where, "\"" + file.text + "\" may be several files, and one is followed",
            "name one file, or write read: drop");
  config.done = base::join_path(base::folder_of(line.path), document::read_text(map, "done"));
  if (!map.find("done")) config.done = base::join_path(config.folder, "done");
  const Node* done = map.find("done");
  if (done && config.done == config.folder)
    d.error(done->where, "what has been read would lie among what has not", "name another folder");
  for (const auto& [key, tail] :
       {std::pair("done", false), std::pair("settle", false), std::pair("start", true)})
    if (const Node* node = map.find(key); node && config.tail != tail && std::string_view(key) != "settle")
      d.error(
          node->where,
          std::string(key) + (tail ? " is for a file that grows" : " is for a folder files are dropped into"),
          std::string("remove it, or write read: ") + (tail ? "tail" : "drop"));
}

}  // namespace

void load_file(base::Files& files, const Node& map, const std::string& name, const base::Where& where,
               LineFile& line, base::Diagnostics& d) {
  FileConfig config;
  config.machine = name;
  read_place(map, line, config, d);
  const bool json = config.pattern.ends_with(".jsonl") || config.pattern.ends_with(".ndjson");
  config.format = document::read_text(map, "format", json ? "jsonl" : "csv") == "jsonl"
                      ? FileFormat::json_lines
                      : FileFormat::csv;
  for (const char* key : {"header", "separator"})
    if (const Node* node = map.find(key); node && config.format == FileFormat::json_lines)
      d.error(node->where, std::string("JSON lines have no ") + key, "remove it");
  config.header = document::read_text(map, "header", "yes") == "yes";
  const std::string separator = document::read_text(map, "separator", ",");
  config.separator = separator == "tab" ? '\t' : separator.front();
  const char decimal = document::read_text(map, "decimal", ".").front();
  if (config.format == FileFormat::csv && decimal == config.separator)
    d.error(map.find(map.find("decimal") ? "decimal" : "separator")->where,
            "a comma can't be both within numbers and between them", "write separator: \";\"");
  config.from_end = document::read_text(map, "start", "beginning") == "end";
  config.poll = duration(map, "poll", 1, d);
  config.settle = duration(map, "settle", 2, d);
  if (const Node* time = map.find("time")) {
    config.time_column = time->text;
    if (auto format = read_time_format(files, map, d)) config.time = std::move(*format);
  } else {
    for (const char* key : {"time_format", "time_zone"})
      if (const Node* node = map.find(key))
        d.error(node->where, std::string(key) + " means nothing without time",
                "say which column holds it: time: when");
  }
  fields::JsonPaths paths;
  std::string problem;
  if (config.format == FileFormat::json_lines && !config.time_column.empty() &&
      paths.add(config.time_column, &problem) < 0)
    d.error(map.find("time")->where, problem, "write ts, or data.ts");
  config.file_tag = own_tag(line, name, "file", tags::ValueType::text, where);
  config.position_tag = own_tag(line, name, "position", tags::ValueType::u64, where);
  config.problem_tag = own_tag(line, name, "problem", tags::ValueType::text, where);
  config.state_path = base::join_path(line.store.folder, "file-" + name + ".place");
  const auto rows = rows_of(files, map, name, where, line, d);
  if (!rows) return;
  const Thinning thinning = read_thinning(map, d);
  for (const TagRow& row : *rows) {
    if (!row.field.empty())
      d.error(row.where, "field is a column for machines that speak MQTT", "write the path under address");
    if (config.format == FileFormat::json_lines && paths.add(row.address, &problem) < 0) {
      d.error(row.where, problem, "write temperature, oven.zones[3].value or /oven/a.b");
      continue;
    }
    if (config.format == FileFormat::csv && !config.header &&
        (row.address.size() < 2 || row.address.front() != '#' ||
         row.address.find_first_not_of("0123456789", 1) != std::string::npos)) {
      d.error(row.where, "\"" + row.address + "\" can't be found in files without a head line",
              "count columns from 1: #3");
      continue;
    }
    if (row.address.empty()) {
      d.error(row.where, "the tag has no column",
              "fill the column address: the name in the file's head line, or #3");
      continue;
    }
    const auto point = load_point(row, name, thinning, false, decimal, line, d);
    if (point) config.points.push_back({point->first, row.address, point->second});
  }
  line.machines.push_back({name, where, std::move(config)});
}

}  // namespace bondline::station
