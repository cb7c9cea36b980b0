#include "design/thermal/coolant/channels_held.h"

#include <fmt/format.h>

#include <string>

namespace bondline::thermal {

std::vector<package::Finding> average_channels(package::Design& design) {
  std::vector<package::Finding> told;
  const auto average = [&](std::optional<package::Channels>& channels, const std::string& path) {
    if (!channels || channels->model != package::ChannelModel::automatic || !channels->resolves()) return;
    channels->model = package::ChannelModel::averaged;
    package::Finding f;
    f.rule = "thermal.coolant";
    f.subject = path;
    f.verdict = package::Verdict::info;
    f.where = channels->where;
    f.why = fmt::format("the grid cannot hold {} channels: they are averaged, not resolved one by one",
                        channels->count);
    f.mend = "ask for more cells (--cells) to resolve them, or write model: averaged to choose it";
    told.push_back(std::move(f));
  };
  for (auto& die : design.dies) average(die.channels, "dies." + die.name + ".channels");
  if (design.heat_sink) average(design.heat_sink->channels, "heat_sink.channels");
  if (design.block)
    for (auto& layer : design.block->layers) average(layer.channels, "block." + layer.name);
  return told;
}

}  // namespace bondline::thermal
