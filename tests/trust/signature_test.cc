#include "trust/signature.h"

#include <gtest/gtest.h>

#include "base/hash.h"

using namespace bondline::trust;

namespace {
const std::string kHash = bondline::base::sha256_hex("a document"),
                  kOtherHash = bondline::base::sha256_hex("another");
const PrivateKey kKey{{1, 2, 3}}, kOtherKey{{4, 5, 6}};
Detached made() {
  return sign_document(kKey, "handoff", "2026-11-21T12:40:00Z", kHash);
}
}  // namespace

TEST(Detached, HoldsForItsDocumentItsPurposeAndItsKeyAlone) {
  const Detached d = made();
  const PublicKey mine[] = {public_key_of(kOtherKey), public_key_of(kKey)},
                  others[] = {public_key_of(kOtherKey)};
  EXPECT_EQ(check(d, "handoff", kHash, mine), "");
  EXPECT_EQ(check(d, "handoff", kHash, {}), "");
  EXPECT_NE(check(d, "handoff", kHash, others).find("not one that is trusted"), std::string::npos);
  EXPECT_NE(check(d, "handoff", kOtherHash, mine).find("was changed after"), std::string::npos);
  EXPECT_NE(check(d, "bundle", kHash, mine).find("signed as \"handoff\""), std::string::npos);
}

TEST(Detached, IsReadAsItWasWritten) {
  const std::string text = to_text(made());
  std::string problem;
  const auto read = read_detached(text, &problem);
  ASSERT_TRUE(read) << problem;
  EXPECT_EQ(to_text(*read), text);
  EXPECT_EQ(check(*read, "handoff", kHash, {}), "");
}

TEST(Detached, BreaksWithEveryChangedByte) {
  const std::string text = to_text(made());
  const PublicKey mine[] = {public_key_of(kKey)};
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = bad[i] == '0' ? '1' : '0';
    std::string problem;
    const auto read = read_detached(bad, &problem);
    EXPECT_TRUE(!read || !check(*read, "handoff", kHash, mine).empty()) << "byte " << i;
    EXPECT_TRUE(read || !problem.empty());
  }
}

TEST(Detached, IsReadStrictly) {
  const std::string text = to_text(made());
  std::string problem;
  EXPECT_FALSE(read_detached("", &problem));
  EXPECT_FALSE(read_detached(text.substr(0, text.size() - 1), &problem)) << "no LF at the end";
  EXPECT_FALSE(read_detached(text + "\n", &problem));
  EXPECT_FALSE(read_detached(text + text, &problem));
  std::string crlf;
  for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_FALSE(read_detached(crlf, &problem));
  std::string swapped = text;
  swapped.replace(swapped.find("signature/1"), 11, "signature/2");
  EXPECT_FALSE(read_detached(swapped, &problem));
  EXPECT_NE(problem.find("signature/1"), std::string::npos);
}
