// The line file's section `api`.
#include <gtest/gtest.h>

#include "line/station/line_file.h"

using namespace bondline;
using namespace bondline::station;

namespace {

struct Loaded {
  std::optional<LineFile> line;
  std::string said;
};

Loaded load(const std::string& api) {
  base::MemoryFiles files;
  files.write_atomic("line/l.yaml",
                     "bondline: line/1\nname: l\nmachines:\n  oven: {sim: reflow_oven, size: 2}\n" + api);
  files.write_atomic("line/read.token", "0123456789abcdef\nanother line\n");
  files.write_atomic("line/write.token", "fedcba9876543210\r\n");
  files.write_atomic("line/short.token", "guess me\n");
  base::Diagnostics diagnostics;
  Loaded loaded;
  loaded.line = load_line(files, "line/l.yaml", diagnostics);
  for (const auto& d : diagnostics.all()) loaded.said += base::to_text(d) + "\n";
  return loaded;
}

}  // namespace

TEST(LineFileApi, IsClosedUnlessAskedForAndThenReadOnlyOnLoopback) {
  EXPECT_FALSE(load("").line->api);
  const auto loaded = load("api: {}\n");
  ASSERT_TRUE(loaded.line) << loaded.said;
  const ApiAccess& api = *loaded.line->api;
  EXPECT_EQ(api.address, "127.0.0.1");
  EXPECT_EQ(api.port, 8089);
  EXPECT_FALSE(api.writable);
  EXPECT_EQ(api.token, "");
  EXPECT_EQ(loaded.said, "");
}

TEST(LineFileApi, ReadsAddressesTokensAndWhatMayBeWritten) {
  const auto loaded = load(
      "api: {listen: \"[::1]:9000\", token_file: read.token, write: {token_file: write.token, tags: "
      "[\"oven.zone*\"]}}\n");
  ASSERT_TRUE(loaded.line) << loaded.said;
  const ApiAccess& api = *loaded.line->api;
  EXPECT_EQ(api.address, "::1");
  EXPECT_EQ(api.port, 9000);
  EXPECT_EQ(api.token, "0123456789abcdef");
  EXPECT_TRUE(api.writable);
  EXPECT_EQ(api.write_token, "fedcba9876543210");
  EXPECT_EQ(api.write_tags, std::vector<std::string>{"oven.zone*"});
  EXPECT_NE(load("api: {}\n").line->api->said, api.said);
}

TEST(LineFileApi, RefusesWhatWouldLetStrangersInOrCannotBeMeant) {
  const auto complains = [](const std::string& api, const std::string& what) {
    const auto loaded = load(api);
    EXPECT_FALSE(loaded.line) << api;
    EXPECT_NE(loaded.said.find(what), std::string::npos) << api << "\n" << loaded.said;
    EXPECT_NE(loaded.said.find("l.yaml:5"), std::string::npos) << loaded.said;
  };
  complains("api: {listen: 0.0.0.0}\n", "whoever reaches 0.0.0.0");
  complains("api: {listen: \"10.0.3.1:8089\"}\n", "token_file: FILE");
  complains("api: {listen: \"127.0.0.1:99999\"}\n", "no address to listen on");
  complains("api: {token_file: short.token}\n", "too short");
  complains("api: {token_file: none.token}\n", "openssl rand -hex 32");
  complains("api: {write: {tags: [oven.fault]}}\n", "token_file");
  complains("api: {token_file: read.token, write: {token_file: read.token}}\n", "the same token");
  complains("api: {write: {token_file: write.token, tags: [oven.zon1]}}\n", "oven.zon1");
  complains("api: {write: {token_file: write.token, tags: [oven.zone1]}}\n", "can be written");
  complains("api: {certificate: c.pem}\n", "go together");
  complains("api: {listem: \"127.0.0.1:1\"}\n", "listen");
  const auto clear = load("api: {listen: \"0.0.0.0:8089\", token_file: read.token}\n");
  EXPECT_TRUE(clear.line) << clear.said;
  EXPECT_NE(clear.said.find("in the clear"), std::string::npos) << clear.said;
}
