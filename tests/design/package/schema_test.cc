// The schema in the manual is the schema in the program.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/file.h"
#include "design/package/load.h"

namespace bondline::package {
namespace {

TEST(DesignSchema, InTheManualIsCurrent) {
  base::FileProblem problem;
  const std::optional<std::string> shipped =
      base::disk().read(BONDLINE_SOURCE_DIR "/docs/formats/design.schema.json", &problem, 1u << 26);
  ASSERT_TRUE(shipped) << problem;
  EXPECT_EQ(*shipped, document::to_json_schema(design_schema(), kDesignSchemaId))
      << "write it anew: bondline design schema > docs/formats/design.schema.json";
}

TEST(DesignSchema, ExplainsEveryKeyOnce) {
  const std::function<void(const document::Schema&, const std::string&)> walk =
      [&](const document::Schema& schema, const std::string& path) {
        std::set<std::string> names;
        for (const document::Key& key : schema.keys) {
          EXPECT_TRUE(names.insert(key.name).second) << path << "." << key.name << " is there twice";
          EXPECT_FALSE(key.help.empty()) << path << "." << key.name;
          if (key.value.keys) walk(*key.value.keys, path + "." + key.name);
          if (key.value.item && key.value.item->keys) walk(*key.value.item->keys, path + "." + key.name);
        }
      };
  walk(design_schema(), "");
}

}  // namespace
}  // namespace bondline::package
