// Damaged files: cut at every byte, with bytes changed, with pieces moved about. Whatever happens, the answer
// is a design or an error. The changes come from a fixed generator, so a failure repeats.
#include <cmath>
#include <random>

#include "import_helpers.h"

namespace bondline::formats {
namespace {

struct Deck {
  const char* name;
  Named files;
  std::size_t listed;
};

Deck hotspot() {
  Deck out{"hotspot", {}, 0};
  for (const char* f :
       {"two_dies.lcf", "two_dies.ptrace", "two_dies.config", "two_dies.materials", "lower.flp", "upper.flp"})
    out.files.push_back({f, read_fixture(std::string("hotspot/") + f)});
  return out;
}
Deck ice() {
  Deck out{"ice", {}, 1};
  for (const char* f : {"stack.stk", "cores.flp", "vias.lay"})
    out.files.push_back({f, read_fixture(std::string("ice/") + f)});
  return out;
}
Deck blox() {
  Deck out{"blox", {}, 1};
  for (const char* f : {"assembly.3dbx", "parts.3dbv", "logic.bmap"})
    out.files.push_back({f, read_fixture(std::string("blox/") + f)});
  return out;
}
Deck table() {
  return {"table",
          {{"b.csv", "name,x_um,y_um,diameter_um,net\na1,0,0,80,VDD\na2,150,0,80,\na3,0,150,80,VSS\n"}},
          0};
}

/// A design that could be computed with: finite numbers, positive thicknesses, materials that exist.
void expect_sane(const ImportResult& result, const std::string& how) {
  if (!result.design) {
    EXPECT_TRUE(result.diagnostics.has_errors()) << how;
    return;
  }
  EXPECT_FALSE(result.diagnostics.has_errors()) << how;
  const auto& d = *result.design;
  if (d.block) {
    ASSERT_FALSE(d.block->layers.empty()) << how;
    for (const auto& l : d.block->layers) {
      EXPECT_TRUE(l.thickness > 0 && std::isfinite(l.thickness)) << how;
      EXPECT_TRUE(l.size.x > 0 && l.size.y > 0) << how;
      EXPECT_GE(d.materials.index_of(l.material), 0) << how << l.material;
      EXPECT_TRUE(std::isfinite(l.power.steady_total())) << how;
      for (const auto& b : l.power.blocks)
        for (const auto& r : b.rects)
          EXPECT_TRUE(r.width() > 0 && r.height() > 0 && std::isfinite(r.area())) << how;
    }
    for (const auto& f : d.environment.films)
      EXPECT_TRUE(f.h >= 0 && std::isfinite(f.h) && f.ambient > 0) << how;
  }
  for (const auto& die : d.dies) {
    EXPECT_TRUE(die.thickness > 0 && std::isfinite(die.thickness) && die.size.x > 0 && die.size.y > 0) << how;
    EXPECT_TRUE(std::isfinite(die.at.x) && std::isfinite(die.at.y)) << how;
  }
}

class Damaged : public testing::TestWithParam<int> {
 protected:
  Deck deck() const {
    return GetParam() == 0 ? hotspot() : GetParam() == 1 ? ice() : GetParam() == 2 ? blox() : table();
  }
};

TEST_P(Damaged, WholeDecksAreRead) {
  const Deck d = deck();
  const auto result = import_texts(d.files, d.listed);
  EXPECT_TRUE(result.design) << said(result);
}

TEST_P(Damaged, CutAtEveryByteIsADesignOrAnError) {
  const Deck d = deck();
  for (std::size_t f = 0; f < d.files.size(); ++f)
    for (std::size_t n = 0; n < d.files[f].second.size(); ++n) {
      Named files = d.files;
      files[f].second.resize(n);
      expect_sane(import_texts(files, d.listed), files[f].first + " cut at " + std::to_string(n));
      if (HasFatalFailure()) return;
    }
}

TEST_P(Damaged, ChangedBytesAreADesignOrAnError) {
  const Deck d = deck();
  std::mt19937 random(20240611);
  const std::string likely = "0123456789.-+eE;:,(){}[]\"'#*/ \n\tYNnaif\\&!|~";
  for (int round = 0; round < 3000; ++round) {
    Named files = d.files;
    std::string& text = files[random() % files.size()].second;
    for (std::size_t change = 0; change < 1 + random() % 4; ++change) {
      const std::size_t at = random() % text.size();
      switch (random() % 5) {
        case 0:
          text[at] = char(random() % 256);
          break;
        case 1:
          text[at] = likely[random() % likely.size()];
          break;
        case 2:
          text.insert(at, 1, likely[random() % likely.size()]);
          break;
        case 3:
          text.erase(at, 1 + random() % 8);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 64));
          break;
      }
      if (text.empty()) text = "\n";
    }
    expect_sane(import_texts(files, d.listed), "round " + std::to_string(round));
    if (HasFatalFailure()) return;
  }
}

TEST_P(Damaged, PiecesOfOneFileInAnotherAreADesignOrAnError) {
  const Deck d = deck();
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    Named files = d.files;
    const std::string& from = files[random() % files.size()].second;
    const std::string piece = from.substr(random() % from.size(), 1 + random() % 400);
    std::string& text = files[random() % files.size()].second;
    const std::size_t at = random() % text.size();
    text.replace(at, random() % 400, piece);
    expect_sane(import_texts(files, d.listed), "round " + std::to_string(round));
    if (HasFatalFailure()) return;
  }
}

TEST_P(Damaged, RepeatedTwentyThousandTimesStaysWithinBounds) {
  const Deck d = deck();
  for (std::size_t f = 0; f < d.files.size(); ++f) {
    Named files = d.files;
    const std::string line = files[f].second.substr(files[f].second.size() / 2, 60);
    for (int i = 0; i < 20000; ++i) files[f].second += line;
    const auto result = import_texts(files, d.listed);
    expect_sane(result, files[f].first);
    EXPECT_LT(result.diagnostics.all().size(), 400u);
  }
}

std::string deck_name(const testing::TestParamInfo<int>& deck) {
  static const char* const kNames[] = {"Hotspot", "Ice", "ThreeDBlox", "BumpMap"};
  return kNames[deck.param];
}

INSTANTIATE_TEST_SUITE_P(Decks, Damaged, testing::Range(0, 4), deck_name);

}  // namespace
}  // namespace bondline::formats
