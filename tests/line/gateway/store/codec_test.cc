#include <cmath>
#include <limits>
#include <random>

#include "helpers.h"
#include "line/gateway/store/run_codec.h"

namespace bondline::store {
namespace {

using tags::Quality;
using tags::ValueType;

std::uint64_t some_bits(ValueType type, std::mt19937_64& random) {
  switch (random() % 6) {
    case 0:
      return 0;
    case 1:
      return type == ValueType::f64 ? tags::bits_of(std::round(double(random() % 100000)) / 100)
                                    : random() % 1000;
    case 2:
      return type == ValueType::f64 ? tags::bits_of(double(float(random() % 1000) / 7)) : random() % 70000;
    case 3:
      return type == ValueType::f32 ? tags::bits_of(float(random()) / 3.0f) : random();
    case 4:
      return type == ValueType::f64   ? tags::bits_of(std::numeric_limits<double>::quiet_NaN())
             : type == ValueType::f32 ? tags::bits_of(std::numeric_limits<float>::infinity())
                                      : ~std::uint64_t(0);
    default:
      return type == ValueType::f64 ? tags::bits_of(-0.0) : std::uint64_t(1) << 63;
  }
}

std::uint64_t narrowed(ValueType type, std::uint64_t bits) {
  return type == ValueType::f32 ? bits & 0xFFFFFFFFu : bits;
}

TEST(ValueCodec, EveryBitPatternComesBackUnderEveryReference) {
  std::mt19937_64 random(1);
  for (const auto type : {ValueType::boolean, ValueType::i64, ValueType::u64, ValueType::f32, ValueType::f64})
    for (int i = 0; i < 20000; ++i) {
      const Suited reference = suit(type, narrowed(type, some_bits(type, random)));
      const std::uint64_t bits = narrowed(type, some_bits(type, random));
      unsigned char out[8];
      unsigned length = 99;
      const unsigned control = encode_value(reference.coding, reference.reference, bits, out, length);
      ASSERT_LT(control, 16u);
      ASSERT_EQ(length, detail::length_of(control));
      std::uint64_t v = 0;
      std::memcpy(&v, out, length);
      ASSERT_EQ(decode_value(reference.coding, reference.reference, control, v), bits) << name_of(type);
    }
}

TEST(ValueCodec, ShortDecimalsCostFewBytes) {
  const Suited reference = suit(ValueType::f64, tags::bits_of(231.7));
  EXPECT_EQ(reference.coding, static_cast<Coding>(static_cast<int>(Coding::decimal_0) + 1));
  unsigned char out[8];
  unsigned length = 0;
  encode_value(reference.coding, reference.reference, tags::bits_of(232.4), out, length);
  EXPECT_EQ(length, 1u);
}

TEST(RunCodec, RandomBatchesComeBackWhole) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 300; ++round) {
    References references;
    std::vector<ValueType> types;
    for (int t = 0; t < 40; ++t) {
      types.push_back(static_cast<ValueType>(random() % 6));
      references.add(types.back());
      if (types.back() != ValueType::text && random() % 2) {
        const Suited s = suit(types.back(), narrowed(types.back(), some_bits(types.back(), random)));
        references.coding.back() = s.coding;
        references.value.back() = s.reference;
      }
    }
    tags::Batch batch;
    for (int run = 0; run < 4; ++run) {
      const auto time = [&] { return static_cast<std::int64_t>(random() >> (random() % 64)); };
      batch.begin({time(), -time(), time()});
      for (std::uint64_t i = random() % 50; i > 0; --i) {
        const auto tag = static_cast<tags::TagId>(random() % types.size());
        const auto quality = random() % 3 ? Quality::good : static_cast<Quality>(random() % 256);
        if (types[tag] == ValueType::text)
          batch.add_text(tag, std::string(random() % 20, 'a'), quality);
        else
          batch.add(tag, narrowed(types[tag], some_bits(types[tag], random)), quality);
      }
    }
    ByteBuffer out;
    RunContext writing;
    for (const auto& run : batch.runs()) encode_run(batch, run, references, writing, out);
    tags::Batch back;
    ByteReader in(out.view());
    RunContext reading;
    for (std::size_t i = 0; i < batch.runs().size(); ++i)
      ASSERT_EQ(decode_run(in, references, reading, batch.size() - back.size(), back), nullptr);
    EXPECT_TRUE(in.at_end());
    ASSERT_EQ(back.tag(), batch.tag());
    ASSERT_EQ(back.quality(), batch.quality());
    for (std::size_t r = 0; r < batch.runs().size(); ++r)
      ASSERT_EQ(back.runs()[r].times, batch.runs()[r].times);
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (types[batch.tag()[i]] == ValueType::text)
        ASSERT_EQ(back.text_of(i), batch.text_of(i));
      else
        ASSERT_EQ(back.bits()[i], batch.bits()[i]);
  }
}

TEST(RunCodec, EveryCutAndEveryFlippedByteIsSurvived) {
  References references;
  for (int t = 0; t < 5; ++t) references.add(t == 4 ? ValueType::text : ValueType::f64);
  tags::Batch batch;
  batch.begin({1, 2, 3});
  for (tags::TagId t = 0; t < 4; ++t)
    batch.add(t, tags::bits_of(1.5 * t), t == 2 ? Quality::bad : Quality::good);
  batch.add_text(4, "hello");
  ByteBuffer out;
  RunContext context;
  encode_run(batch, batch.runs()[0], references, context, out);
  const std::string whole(out.view());
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    tags::Batch back;
    ByteReader in(std::string_view(whole).substr(0, cut));
    RunContext reading;
    EXPECT_NE(decode_run(in, references, reading, 100, back), nullptr) << "cut at " << cut;
  }
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      std::string bent = whole;
      bent[at] = static_cast<char>(value);
      tags::Batch back;
      ByteReader in(bent);
      RunContext reading;
      decode_run(in, references, reading, 100, back);  // any answer, but an orderly one
      EXPECT_LE(back.size(), 100u);
    }
}

}  // namespace
}  // namespace bondline::store
