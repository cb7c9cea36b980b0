// What is done to a concatenation is done to its parts where that is the same: a Split along another axis, a
// function of one variable. Detection heads join their levels first and cut boxes from scores afterwards;
// taken apart again, each level's scores go from its convolution to their place in the output in one step.
#include <algorithm>
#include <array>
#include <optional>

#include "line/inference/compiler/activation.h"
#include "line/inference/compiler/passes.h"
#include "line/inference/compiler/rewire.h"

namespace bondline::inference::lowering {
namespace {

class Distributor {
 public:
  explicit Distributor(Graph& graph) : graph_(graph) {}

  bool once() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].op != "Concat" || graph_.nodes[i].outputs.size() != 1) continue;
      const auto user = only_user(graph_.nodes[i].outputs[0]);
      if (!user) continue;
      const auto made = graph_.nodes[*user].op == "Split" ? split(i, *user) : elementwise(i, *user);
      if (made.empty()) continue;
      auto& nodes = graph_.nodes;
      const auto at = static_cast<std::ptrdiff_t>(*user);
      nodes.erase(nodes.begin() + at);
      nodes.insert(nodes.begin() + at, made.begin(), made.end());
      nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    return false;
  }

 private:
  std::optional<std::size_t> only_user(ValueId id) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      const auto uses = std::count(node.inputs.begin(), node.inputs.end(), id) +
                        std::count(node.captures.begin(), node.captures.end(), id);
      if (uses == 0) continue;
      if (uses > 1 || found) return std::nullopt;
      found = i;
    }
    const bool output = std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
    return output ? std::nullopt : found;
  }

  std::optional<std::int64_t> axis_of(const Node& node, std::int64_t otherwise, ValueId of) const {
    const auto& shape = graph_.value(of).shape;
    if (!shape) return std::nullopt;
    const auto rank = static_cast<std::int64_t>(shape->size());
    const std::int64_t axis = node.integer("axis", otherwise);
    if (axis < -rank || axis >= rank) return std::nullopt;
    return axis < 0 ? axis + rank : axis;
  }

  ValueId fresh(ValueId like, const Shape& shape, const std::string& name) {
    bondline::inference::Value v;
    v.name = name;
    v.dtype = graph_.value(like).dtype;
    v.shape = shape;
    return graph_.add(std::move(v));
  }

  bool parts_known(const Node& concat) const {
    return std::all_of(concat.inputs.begin(), concat.inputs.end(),
                       [&](ValueId id) { return id != kNone && graph_.value(id).shape.has_value(); });
  }

  std::vector<Node> split(std::size_t concat_at, std::size_t split_at) {
    const Node concat = graph_.nodes[concat_at], cut = graph_.nodes[split_at];
    const auto along = axis_of(concat, 1, concat.outputs[0]), across = axis_of(cut, 0, concat.outputs[0]);
    if (!along || !across || *along == *across || !parts_known(concat) || cut.inputs[0] != concat.outputs[0])
      return {};
    for (const ValueId id : cut.outputs) {
      if (id == kNone || !graph_.value(id).shape) return {};
    }
    std::vector<Node> made;
    std::vector<std::vector<ValueId>> pieces(cut.outputs.size());
    for (const ValueId part : concat.inputs) {
      Node one = cut;
      one.name = cut.name + " of " + graph_.value(part).name;
      one.inputs[0] = part;
      for (std::size_t i = 0; i < cut.outputs.size(); ++i) {
        Shape shape = *graph_.value(part).shape;
        shape[static_cast<std::size_t>(*across)] =
            (*graph_.value(cut.outputs[i]).shape)[static_cast<std::size_t>(*across)];
        one.outputs[i] =
            fresh(part, shape, graph_.value(cut.outputs[i]).name + " of " + graph_.value(part).name);
        pieces[i].push_back(one.outputs[i]);
      }
      made.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < cut.outputs.size(); ++i) {
      Node joined = concat;
      joined.name = concat.name + " of " + graph_.value(cut.outputs[i]).name;
      joined.inputs = pieces[i];
      joined.outputs = {cut.outputs[i]};
      made.push_back(std::move(joined));
    }
    return made;
  }

  std::vector<Node> elementwise(std::size_t concat_at, std::size_t user_at) {
    const Node concat = graph_.nodes[concat_at], user = graph_.nodes[user_at];
    const bool one_variable = user.outputs.size() == 1 && user.outputs[0] != kNone && !user.inputs.empty() &&
                              user.inputs[0] == concat.outputs[0] && activation_of(graph_, user).known &&
                              activation_of(graph_, user).of.kind != kernels::Activation::none;
    if (!one_variable || !parts_known(concat)) return {};
    std::vector<Node> made;
    Node joined = concat;
    joined.inputs.clear();
    for (const ValueId part : concat.inputs) {
      Node one = user;
      one.name = user.name + " of " + graph_.value(part).name;
      one.inputs[0] = part;
      one.outputs = {fresh(user.outputs[0], *graph_.value(part).shape,
                           graph_.value(user.outputs[0]).name + " of " + graph_.value(part).name)};
      joined.inputs.push_back(one.outputs[0]);
      made.push_back(std::move(one));
    }
    joined.outputs = user.outputs;
    made.push_back(std::move(joined));
    return made;
  }

  Graph& graph_;
};

}  // namespace

void distribute_over_concats(Graph& graph) {
  Distributor distributor(graph);
  while (distributor.once()) {
  }
  link_producers(graph);
}

}  // namespace bondline::inference::lowering
