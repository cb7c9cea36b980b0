#include "line/station/line_file/load_models.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <thread>

#include "document/document.h"
#include "line/station/line_file/keys.h"

namespace bondline::station {

using document::Node;
using gateway::ModelInput;
using gateway::ModelOutput;
using gateway::ModelSpec;
using inference::Port;

namespace {

/// The scalars of a list, or the one scalar there is.
std::vector<const Node*> scalars(const Node& node) {
  std::vector<const Node*> all;
  if (node.is_scalar())
    all.push_back(&node);
  else
    for (const Node& item : node.items) all.push_back(&item);
  return all;
}

std::string names_of(const std::vector<Port>& ports) {
  std::string out;
  for (const Port& port : ports) out += (out.empty() ? "" : ", ") + port.name;
  return out;
}

class ModelReader {
 public:
  ModelReader(const Node& map, std::string name, LineFile& line, base::Diagnostics& d)
      : map_(map), line_(line), d_(d) {
    spec_.name = std::move(name);
  }

  void read(const base::Where& where) {
    const std::size_t before = d_.all().size();
    const Node& file = *map_.find("model");
    spec_.path = base::join_path(base::folder_of(line_.path), file.text);
    line_.files.push_back(spec_.path);
    base::Diagnostics problems;
    spec_.model = inference::Model::load(spec_.path, {}, problems);
    if (!spec_.model) {
      for (const auto& problem : problems.all())
        d_.error(file.where, spec_.path + ": " + problem.what,
                 problem.mend.empty() ? "compile it: bondline model compile" : problem.mend);
      return;
    }
    spec_.step = duration(map_, "step", 0.1, d_);
    spec_.hold = document::read_text(map_, "bad", "skip") == "hold";
    const Node* threads = map_.find("threads");
    spec_.threads = threads ? std::atoi(threads->text.c_str()) : 1;
    if (static_cast<unsigned>(spec_.threads) > std::max(1u, std::thread::hardware_concurrency()))
      d_.error(threads->where, "this box has no " + threads->text + " cores", "write fewer threads");
    read_inputs();
    read_every();
    if (d_.all().size() == before) read_outputs(where);
    if (d_.all().size() == before) line_.models.push_back(std::move(spec_));
  }

 private:
  /// The node of each port, in the model's order; names that are no port are told.
  std::vector<const Node*> by_port(const char* key, const std::vector<Port>& ports) {
    const Node& map = *map_.find(key);
    std::vector<const Node*> found(ports.size(), nullptr);
    for (const auto& entry : map.entries) {
      const auto port =
          std::find_if(ports.begin(), ports.end(), [&](const Port& p) { return p.name == entry.key; });
      if (port == ports.end())
        d_.error(
            entry.where,
            "the model has no " + std::string(key, std::string(key).size() - 1) + " \"" + entry.key + "\"",
            "it has " + names_of(ports));
      else
        found[static_cast<std::size_t>(port - ports.begin())] = &entry.value;
    }
    return found;
  }

  void read_inputs() {
    const auto& ports = spec_.model->inputs();
    const auto nodes = by_port("inputs", ports);
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (!nodes[i]) {
        d_.error(map_.find("inputs")->where, "nothing is said of the model's input \"" + ports[i].name + "\"",
                 ports[i].name + ": {tags: [...], window: 16}");
        continue;
      }
      spec_.inputs.push_back(read_input(*nodes[i], ports[i]));
    }
  }

  ModelInput read_input(const Node& node, const Port& port) {
    ModelInput input;
    if (!gateway::is_input_type(port.dtype))
      d_.error(node.where,
               "input \"" + port.name + "\" takes " + std::string(inference::name_of(port.dtype)) +
                   ", and tags give float32 or float64",
               "give the model a float32 input");
    for (const Node* name : scalars(*node.find("tags"))) {
      const auto tag = line_.tags->find(name->text);
      if (!tag) {
        std::vector<std::string> all;
        for (const tags::Tag& known : line_.tags->all()) all.push_back(known.name);
        const std::string close = document::nearest(name->text, all);
        d_.error(
            name->where, "there is no tag \"" + name->text + "\"",
            close.empty() ? "name tags of machines or of models above" : "did you mean \"" + close + "\"?");
        continue;
      }
      if ((*line_.tags)[*tag].type == tags::ValueType::text)
        d_.error(name->where, "\"" + name->text + "\" is a text, and models take numbers",
                 "name another tag");
      input.tags.push_back(*tag);
    }
    if (const Node* window = node.find("window"))
      input.window = static_cast<std::size_t>(std::atoi(window->text.c_str()));
    input.mean = normal(node, "mean", input.tags.size(), 0);
    input.deviation = normal(node, "deviation", input.tags.size(), 1);
    for (const double deviation : input.deviation)
      if (deviation == 0) {
        d_.error(node.find("deviation")->where, "nothing can be divided by a deviation of 0",
                 "write 1 to leave values as they are");
        break;
      }
    std::optional<bool> time_first;
    if (const Node* order = node.find("first")) time_first = order->text == "times";
    std::string problem;
    const auto layout = gateway::layout_of(port, input.tags.size(), input.window, time_first, &problem);
    if (!layout)
      d_.error(node.where, problem,
               problem.ends_with("must be said") ? "write first: times or first: tags"
                                                 : "name other tags or another window");
    input.time_first = layout.value_or(true);
    return input;
  }

  std::vector<double> normal(const Node& node, const char* key, std::size_t tags, double otherwise) {
    std::vector<double> all;
    const Node* given = node.find(key);
    if (!given) return std::vector<double>(tags, otherwise);
    for (const Node* one : scalars(*given)) {
      double value = 0;
      const char* const end = one->text.data() + one->text.size();
      const auto [at, error] = std::from_chars(one->text.data(), end, value);
      if (error != std::errc{} || at != end || !std::isfinite(value))
        d_.error(one->where, std::string(key) + " \"" + one->text + "\" is no number", "write 21.5");
      all.push_back(value);
    }
    if (all.size() == 1) all.resize(std::max<std::size_t>(tags, 1), all[0]);
    if (all.size() != tags)
      d_.error(given->where,
               std::to_string(all.size()) + " values of " + key + " for " + std::to_string(tags) + " tags",
               "one for all, or one for each tag");
    all.resize(tags, otherwise);
    return all;
  }

  void read_every() {
    std::size_t longest = 1;
    for (const ModelInput& input : spec_.inputs) longest = std::max(longest, input.window);
    if (spec_.step > nanoseconds_of(kLongest_s / static_cast<double>(longest))) {
      d_.error(map_.find("step")->where,
               "a window of " + std::to_string(longest) + " steps is longer than 100 years",
               "make step shorter");
      return;
    }
    spec_.every = spec_.step * static_cast<std::int64_t>(longest);
    const Node* node = map_.find("every");
    if (!node) return;
    spec_.every = duration(map_, "every", 1, d_);
    if (spec_.every < spec_.step || spec_.every % spec_.step != std::chrono::nanoseconds{0})
      d_.error(node->where, "windows move on by whole steps", "make every a multiple of step");
  }

  void read_outputs(const base::Where& where) {
    const auto& ports = spec_.model->outputs();
    const auto nodes = by_port("outputs", ports);
    std::vector<std::pair<std::string, base::Where>> names;
    for (std::size_t i = 0; i < ports.size(); ++i) {
      std::size_t elements = 1;
      for (const std::int64_t size : ports[i].shape) elements *= static_cast<std::size_t>(size);
      ModelOutput output;
      if (nodes[i]) {
        if (!gateway::is_output_type(ports[i].dtype))
          d_.error(nodes[i]->where,
                   "output \"" + ports[i].name + "\" gives " +
                       std::string(inference::name_of(ports[i].dtype)) + ", which becomes no tag",
                   "leave it out");
        const auto given = scalars(*nodes[i]);
        if (given.size() != elements)
          d_.error(nodes[i]->where,
                   "output \"" + ports[i].name + "\" has " + std::to_string(elements) + " elements, and " +
                       std::to_string(given.size()) + " tags are named",
                   "name a tag for each; - for those that become none");
        for (const Node* name : given) output.tags.push_back(add_tag(*name));
      }
      spec_.outputs.push_back(std::move(output));
    }
    bool any = false;
    for (const ModelOutput& output : spec_.outputs)
      any |= std::any_of(output.tags.begin(), output.tags.end(),
                         [](const auto& tag) { return tag.has_value(); });
    if (!any) d_.error(where, "no output of the model becomes a tag", "name one under outputs");
  }

  std::optional<tags::TagId> add_tag(const Node& name) {
    if (name.text == "-") return std::nullopt;
    tags::Tag tag;
    tag.name = "models." + spec_.name + "." + name.text;
    tag.machine = "models";
    tag.where = name.where;
    if (name.text.empty() ||
        name.text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
            std::string::npos)
      d_.error(name.where, "\"" + name.text + "\" is no name of a tag", "letters, digits and _");
    const auto id = line_.tags->add(tag);
    if (!id) d_.error(name.where, "tag \"" + tag.name + "\" is there already", "give it another name");
    return id;
  }

  const Node& map_;
  LineFile& line_;
  base::Diagnostics& d_;
  ModelSpec spec_;
};

}  // namespace

void load_models(const Node& models, LineFile& line, base::Diagnostics& d) {
  for (const Machine& machine : line.machines)
    if (machine.name == "models") {
      d.error(machine.where, "a machine called \"models\" and models can't be in one line",
              "give the machine another name");
      return;
    }
  for (const auto& entry : models.entries) ModelReader(entry.value, entry.key, line, d).read(entry.where);
}

}  // namespace bondline::station
