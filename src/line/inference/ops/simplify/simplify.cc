#include "line/inference/ops/simplify/simplify.h"

namespace bondline::inference {

std::vector<std::pair<std::string, int>> simplify(Graph& graph) {
  constexpr std::pair<const char*, int (*)(Graph&)> kPasses[] = {{"remove no-ops", remove_noops},
                                                                 {"fold pads", fold_pads},
                                                                 {"fold batch norms", fold_batch_norms},
                                                                 {"recognise patterns", recognise_patterns},
                                                                 {"share constants", share_constants}};
  constexpr int kMostRounds = 8;  // each round needs what another enabled; a handful settles real models
  std::vector<std::pair<std::string, int>> done = {{"canonicalize", canonicalize(graph)}};
  bool again = true;
  for (int round = 0; again && round < kMostRounds; ++round) {
    again = false;
    for (const auto& [name, pass] : kPasses) {
      const int changed = pass(graph);
      if (changed == 0) continue;
      done.emplace_back(name, changed);
      again = true;
    }
  }
  return done;
}

}  // namespace bondline::inference
