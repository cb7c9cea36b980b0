#include "line/station/file_place.h"

#include "line/gateway/drivers/file/file_driver.h"

namespace bondline::station {

gateway::FilePlace place_in(store::Log& log, base::Files& files, const gateway::FileConfig& config) {
  log.commit();
  gateway::FilePlace place;
  std::uint64_t from = log.begin();
  if (const auto text = files.read(config.state_path, nullptr, 1u << 16))
    if (const auto state = gateway::FileState::of(*text)) {
      place = state->place;
      from = std::max(from, state->sequence);
    }
  store::Log::Reader reader(log, from);
  tags::Batch batch;
  std::shared_ptr<const store::Dictionary> dictionary;
  tags::TagId file = UINT32_MAX, position = UINT32_MAX;
  while (const auto read = reader.next(batch)) {
    if (read->dictionary != dictionary) {
      dictionary = read->dictionary;
      file = position = UINT32_MAX;
      for (tags::TagId id = 0; id < dictionary->size(); ++id) {
        const store::NamedTag& tag = (*dictionary)[id];
        if (tag.name == config.machine + ".file" && tag.type == tags::ValueType::text) file = id;
        if (tag.name == config.machine + ".position" && tag.type == tags::ValueType::u64) position = id;
      }
    }
    for (std::size_t i = read->skip; i < batch.size(); ++i) {
      if (batch.tag()[i] == position) {
        place.offset = batch.bits()[i];
      } else if (batch.tag()[i] == file) {
        if (auto known = gateway::FilePlace::of(batch.text_of(i))) {
          known->offset = place.offset;  // its position follows in the same run
          place = *known;
        }
      }
    }
  }
  return place;
}

}  // namespace bondline::station
