// bondline tags browse | read | watch | write: values of a running line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/line_client.h"
#include "line/station/history.h"

namespace bondline::app {
namespace {

struct Arguments {
  LineAddress address;
  std::string prefix, name, value, every = "100 ms";
  std::vector<std::string> names;
  std::uint64_t most = 0;
  double seconds = 0;
};

std::string shown(const Json& value) {
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

std::string time_shown(const Json& ns) {
  return ns.is_null() ? "-" : station::time_text(ns.get<std::int64_t>()).substr(0, 23) + "Z";
}

show::Tone tone_of(const Json& quality) {
  if (quality.is_null()) return show::Tone::quiet;
  const std::string text = quality;
  return text.starts_with("good")  ? show::Tone::plain
         : text.starts_with("bad") ? show::Tone::bad
                                   : show::Tone::caution;
}

void print(const Json& tags, Io& io) {
  show::Table table;
  table.columns = {{"tag", show::Align::left, 12, 3},
                   {"value", show::Align::right, 6, 1},
                   {"unit"},
                   {"quality", show::Align::left, 4, 1},
                   {"time", show::Align::left, 24, 0},
                   {"type"},
                   {""}};
  for (const Json& tag : tags) {
    const Json& quality = tag.at("quality");
    table.rows.push_back({{tag.at("name")},
                          {shown(tag.at("value"))},
                          {tag.at("unit")},
                          {quality.is_null() ? "-" : quality.get<std::string>(), tone_of(quality)},
                          {time_shown(tag.at("time_ns"))},
                          {tag.at("type")},
                          {tag.at("writable").get<bool>() ? "writable" : ""}});
  }
  io.text(show::render(table, io.terminal()));
}

int browse(const Arguments& a, Io& io) {
  const LineClient line(a.address, false);
  Json tags = Json::array();
  std::string after;
  std::uint64_t total = 0;
  for (;;) {
    const std::uint64_t left = a.most > 0 ? a.most - tags.size() : 1000;
    const Json page =
        line.get(fmt::format("/api/v1/tags?prefix={}&after={}&limit={}", percent_encoded(a.prefix),
                             percent_encoded(after), std::min<std::uint64_t>(left, 1000)));
    total = page.at("total");
    for (const Json& tag : page.at("tags")) tags.push_back(tag);
    if (page.at("next").is_null() || (a.most > 0 && tags.size() >= a.most)) break;
    after = page.at("next");
  }
  print(tags, io);
  io.say(tags.size() < total ? fmt::format("{} of {} tags", tags.size(), total)
                             : fmt::format("{} tags", total));
  io.document({{"total", total}, {"tags", std::move(tags)}});
  return kDone;
}

/// The tags of these names; every one that is not there is told.
Json tags_called(const LineClient& line, const std::vector<std::string>& names) {
  Json tags = Json::array();
  base::Diagnostics unknown;
  for (const std::string& name : names) try {
      tags.push_back(line.get("/api/v1/tags/" + percent_encoded(name)));
    } catch (const base::Error& one) {
      const auto& told = one.diagnostics();
      if (told.empty() || !told.all()[0].what.starts_with("there is no tag")) throw;
      unknown.add(told);
    }
  unknown.throw_if_errors();
  return tags;
}

int read(const Arguments& a, Io& io) {
  const LineClient line(a.address, false);
  Json tags = tags_called(line, a.names);
  print(tags, io);
  io.document({{"tags", std::move(tags)}});
  return kDone;
}

int watch(const Arguments& a, Io& io) {
  if (io.json() && a.seconds == 0 && a.most == 0) {
    base::Diagnostics all;
    all.error({}, "one JSON document has an end", "say when: --for SECONDS or --most SAMPLES");
    throw base::Error(all);
  }
  const LineClient line(a.address, false);
  // A pattern may fit what comes with a later line file; a name that is not there is a mistake.
  std::vector<std::string> exact;
  std::copy_if(a.names.begin(), a.names.end(), std::back_inserter(exact),
               [](const std::string& name) { return !name.ends_with('*'); });
  tags_called(line, exact);
  std::string patterns;
  for (const std::string& name : a.names) patterns += (patterns.empty() ? "" : ",") + name;
  Json samples = Json::array();
  std::uint64_t n = 0, dropped = 0;
  line.watch(fmt::format("/api/v1/watch?tags={}&every={}", percent_encoded(patterns.empty() ? "*" : patterns),
                         percent_encoded(a.every)),
             a.seconds, [&](const Json& message) {
               const std::uint64_t missed = message.at("dropped");
               dropped += missed;
               if (missed > 0) io.say(fmt::format("{} samples missed: this terminal is too slow", missed));
               for (const Json& sample : message.at("samples")) {
                 if (a.most > 0 && n >= a.most) return false;
                 ++n;
                 if (io.json()) samples.push_back(sample);
                 const Json& quality = sample.at("quality");
                 io.text(fmt::format("{}  {:<28} {:>16}  {}\n", time_shown(sample.at("time_ns")),
                                     sample.at("name").get<std::string>(), shown(sample.at("value")),
                                     quality.is_null() ? "-" : quality.get<std::string>()));
               }
               return a.most == 0 || n < a.most;
             });
  io.document({{"dropped", dropped}, {"samples", std::move(samples)}});
  return kDone;
}

/// A value as typed, by the type of its tag.
Json typed(const Json& tag, const std::string& text) {
  const std::string type = tag.at("type"), name = tag.at("name");
  if (type == "string") return text;
  Json value = Json::parse(text, nullptr, false);
  if (type == "bool" && value.is_number_integer() && (value == 0 || value == 1)) value = value == 1;
  if (type == "bool" ? value.is_boolean() : value.is_number()) return value;
  base::Diagnostics all;
  all.error({}, fmt::format("\"{}\" is no value of {}, a {}", text, name, type),
            type == "bool" ? "write true or false"
                           : "write 21.5, -3, 1e3 ... in " +
                                 (tag.at("unit") == "" ? "its unit" : tag.at("unit").get<std::string>()));
  throw base::Error(all);
}

int write(const Arguments& a, Io& io) {
  const LineClient line(a.address, true);
  const std::string target = "/api/v1/tags/" + percent_encoded(a.name);
  const Json tag = line.get(target);
  const Json done = line.put(target, {{"value", typed(tag, a.value)}});
  io.text(fmt::format("{} = {}{}{}: written\n", a.name, shown(done.at("value")),
                      tag.at("unit") == "" ? "" : " ", tag.at("unit").get<std::string>()));
  io.document(done);
  return kDone;
}

int acknowledge(const Arguments& a, Io& io) {
  const LineClient line(a.address, true);
  const Json done = line.put("/api/v1/tags/" + percent_encoded(a.name), {{"value", 2}});
  io.text(a.name + ": acknowledged\n");
  io.document(done);
  return kDone;
}

}  // namespace

void add_tags_commands(CLI::App& program, Chosen& chosen) {
  CLI::App* noun =
      program.add_subcommand("tags", "values of a running line, by its interface (api: in its line file)");
  noun->footer(
      "Examples:\n  bondline tags browse oven. --line line.yaml\n  bondline tags watch 'oven.zone*' --line "
      "line.yaml");
  const auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* verb, const char* help, const char* examples,
                       int (*run)(const Arguments&, Io&)) {
    CLI::App* c = noun->add_subcommand(verb, help);
    const auto common = add_common(*c, examples, false);
    c->add_option("--line", arguments->address.line_file, "the line file that runs: says address and tokens");
    c->add_option("--url", arguments->address.url, "where the line is; http://127.0.0.1:8089");
    c->add_option("--token-file", arguments->address.token_file,
                  "file whose first line is the token to show");
    c->add_option("--ca", arguments->address.ca,
                  "https: PEM file of the authority that is trusted; the system's");
    c->callback([=, &chosen] {
      chosen = {std::string("tags ") + verb, common->json, [=](Io& io) { return run(*arguments, io); }};
    });
    return c;
  };
  CLI::App* c = add("browse", "tags in order of their names, with their newest values",
                    "  bondline tags browse --line examples/line/line.yaml\n"
                    "  bondline tags browse oven.zone --url http://127.0.0.1:8089 --json | jq '.tags[].name'",
                    browse);
  c->add_option("PREFIX", arguments->prefix, "what their names begin with");
  c->add_option("--most", arguments->most, "most tags")->check(CLI::Range(1, 10'000'000));
  c = add("read", "newest values of some tags",
          "  bondline tags read oven.zone1 oven.zone2 --line examples/line/line.yaml\n"
          "  bondline tags read oven.zone1 --json | jq .tags[0].value",
          read);
  c->add_option("NAME", arguments->names, "their names")->required();
  c = add("watch", "what comes, as it comes",
          "  bondline tags watch 'oven.*' --line examples/line/line.yaml\n"
          "  bondline tags watch oven.zone1 --for 5 --json | jq '.samples[].value'",
          watch);
  c->add_option("NAME", arguments->names, "their names, or beginnings followed by *; all");
  c->add_option("--for", arguments->seconds, "seconds after which it ends")->check(number_from(0.001, 1e9));
  c->add_option("--most", arguments->most, "samples after which it ends")
      ->check(CLI::Range(1, 1'000'000'000));
  c->add_option("--every", arguments->every, "least time between two messages; 100 ms");
  c = add("write", "sets a tag, where the line file's api.write allows it",
          "  bondline tags write oven.zone1_setpoint 245 --line line.yaml\n"
          "  bondline tags write oven.fault heater --url http://127.0.0.1:8089 --token-file write.token",
          write);
  c->add_option("NAME", arguments->name, "its name")->required();
  c->add_option("VALUE", arguments->value, "in its unit; true or false; a text")->required();
  c = add("acknowledge", "says that somebody has seen an alarm",
          "  bondline tags acknowledge rules.zone4_hot --line line.yaml\n"
          "  bondline tags acknowledge rules.zone4_hot --url http://127.0.0.1:8089 --token-file write.token",
          acknowledge);
  c->add_option("ALARM", arguments->name, "its tag")->required();
}

}  // namespace bondline::app
