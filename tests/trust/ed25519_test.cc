#include "trust/ed25519.h"

#include <gtest/gtest.h>

using namespace bondline::trust;

namespace {

struct Vector {
  const char *secret, *pub, *message, *signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f"
     "0595bbe246"
     "55141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2ea"
     "eb4302aeeb"
     "00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e"
     "9716ed28dc0"
     "27beceea1ec40a"},
};

std::string bytes_of(std::string_view hex) {
  std::string out(hex.size() / 2, '\0');
  EXPECT_TRUE(from_hex(hex, reinterpret_cast<std::uint8_t*>(out.data()), out.size()));
  return out;
}

PrivateKey key_of(const char* hex) {
  std::array<std::uint8_t, 32> seed{};
  EXPECT_TRUE(from_hex(hex, seed.data(), seed.size()));
  return PrivateKey(seed);
}

}  // namespace

TEST(Ed25519, MakesTheSignaturesOfRfc8032) {
  for (const Vector& v : kVectors) {
    const PrivateKey key = key_of(v.secret);
    const PublicKey pub = public_key_of(key);
    EXPECT_EQ(to_hex(pub.bytes.data(), pub.bytes.size()), v.pub);
    const std::string message = bytes_of(v.message);
    const Signature signature = sign(key, message);
    EXPECT_EQ(to_hex(signature.data(), signature.size()), v.signature);
    EXPECT_TRUE(verify(pub, message, signature));
  }
}

TEST(Ed25519, RefusesEveryFlippedBit) {
  const PrivateKey key = key_of(kVectors[2].secret);
  const PublicKey pub = public_key_of(key);
  const std::string message = bytes_of(kVectors[2].message);
  const Signature good = sign(key, message);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Signature bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(verify(pub, message, bad)) << "bit " << bit;
  }
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    std::string bad = message;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(verify(pub, bad, good));
  }
  EXPECT_FALSE(verify(public_key_of(key_of(kVectors[1].secret)), message, good));
}

TEST(Ed25519, RefusesASecondSignatureMadeFromAFirst) {
  // S + L satisfies the equation as S does; RFC 8032 5.1.7 wants S < L.
  constexpr std::uint8_t kOrder[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                       0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                       0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  const PrivateKey key = key_of(kVectors[0].secret);
  Signature other = sign(key, "");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned sum = other[32 + i] + kOrder[i] + carry;
    other[32 + i] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  EXPECT_FALSE(verify(public_key_of(key), "", other));
}

TEST(Ed25519, MakesKeysThatDiffer) {
  const PrivateKey a = generate_key(), b = generate_key();
  EXPECT_FALSE(public_key_of(a) == public_key_of(b));
  EXPECT_TRUE(verify(public_key_of(a), "text", sign(a, "text")));
  EXPECT_NE(fingerprint(public_key_of(a)), fingerprint(public_key_of(b)));
  EXPECT_EQ(fingerprint(public_key_of(a)).size(), 16u);
}

TEST(Hex, IsReadInOneWayOnly) {
  std::uint8_t two[2];
  EXPECT_TRUE(from_hex("00ff", two, 2));
  EXPECT_EQ(two[1], 0xFF);
  for (const char* wrong : {"00f", "00fF", "00FF", "0 ff", "00ff0", ""})
    EXPECT_FALSE(from_hex(wrong, two, 2)) << wrong;
}
