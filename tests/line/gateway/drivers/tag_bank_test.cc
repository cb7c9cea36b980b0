// Tags as registers, without a network: values, forms, refusals.
#include "line/gateway/drivers/modbus/tag_bank.h"

#include <gtest/gtest.h>

#include <map>

using namespace bondline;
using namespace bondline::gateway;
using namespace bondline::modbus;

namespace {

struct Bench {
  std::shared_ptr<tags::TagTable> tags = std::make_shared<tags::TagTable>();
  std::vector<ServedPoint> points;
  std::map<tags::TagId, tags::Sample> now;
  std::map<tags::TagId, std::string> texts;
  std::vector<Setting> written;
  ServedValues values;
  std::vector<std::uint8_t> data;
  std::optional<TagBank> bank;

  tags::TagId add(const std::string& address, const char* form, tags::ValueType type, std::uint64_t bits,
                  bool writable = false, double scale = 1, double offset = 0) {
    std::string problem;
    tags::Tag tag;
    tag.name = "m.t" + std::to_string(tags->size());
    tag.machine = "m";
    tag.type = type;
    tag.writable = writable;
    tag.high = 400;
    const tags::TagId id = *tags->add(tag);
    points.push_back(
        {id, *address_of(address, &problem), *format_of(form, "", &problem), scale, offset, writable, 1});
    now[id] = {id, bits, tags::Quality::good, {}};
    return id;
  }
  std::optional<Exception> ask(Request request) {
    if (!bank) {
      values.newest = [this](tags::TagId tag, std::string* text) -> std::optional<tags::Sample> {
        if (!now.contains(tag)) return std::nullopt;
        if (text) *text = texts[tag];
        return now[tag];
      };
      values.write = [this](Setting s) { written.push_back(std::move(s)); };
      bank.emplace(points, tags, values, std::vector<std::string>{"Bondline", "l", "1"});
    }
    return bank->carry_out(request, data);
  }
  std::optional<Exception> read(std::uint16_t address, std::uint16_t count,
                                Function function = Function::read_holding_registers) {
    Request r;
    r.function = function, r.address = address, r.count = count;
    return ask(r);
  }
  std::optional<Exception> write(std::uint16_t address, const std::vector<std::uint8_t>& bytes) {
    Request r;
    r.function = Function::write_multiple_registers, r.address = address;
    r.count = static_cast<std::uint16_t>(bytes.size() / 2), r.data = bytes;
    return ask(r);
  }
};

using Bytes = std::vector<std::uint8_t>;

}  // namespace

TEST(TagBank, GivesEveryFormItsRegisters) {
  Bench b;
  b.add("hr:0", "uint16", tags::ValueType::u64, 0x1234);
  b.add("hr:1", "float32", tags::ValueType::f64, tags::bits_of(1.5));             // 3FC0 0000
  b.add("hr:3", "int16", tags::ValueType::f64, tags::bits_of(-2.5), false, 0.1);  // -25
  b.add("hr:4", "int32", tags::ValueType::i64, tags::bits_of(std::int64_t{-2}));
  const auto text = b.add("hr:6", "string(4)", tags::ValueType::text, 0);
  b.texts[text] = "ABCDEF";
  b.add("hr:8.3", "bool", tags::ValueType::boolean, 1);
  b.add("hr:8.0", "bool", tags::ValueType::boolean, 1);
  b.add("co:7", "bool", tags::ValueType::boolean, 1);
  b.add("co:8", "bool", tags::ValueType::f64, tags::bits_of(0.0));
  ASSERT_FALSE(b.read(0, 9));
  EXPECT_EQ(b.data, (Bytes{0x12, 0x34, 0x3F, 0xC0, 0, 0, 0xFF, 0xE7, 0xFF, 0xFF, 0xFF, 0xFE, 'A', 'B', 'C',
                           'D', 0, 9}));
  ASSERT_FALSE(b.read(2, 1)) << "the lower half of a value";
  EXPECT_EQ(b.data, (Bytes{0, 0}));
  ASSERT_FALSE(b.read(7, 2, Function::read_coils));
  EXPECT_EQ(b.data, (Bytes{0x01}));
}

TEST(TagBank, RefusesWhatItCannotAnswerHonestly) {
  Bench b;
  const auto a = b.add("hr:0", "uint16", tags::ValueType::u64, 5);
  b.add("hr:1", "uint16", tags::ValueType::u64, 6);
  const auto far = b.add("hr:10", "uint16", tags::ValueType::u64, 70000);
  EXPECT_EQ(b.read(0, 3), Exception::illegal_data_address) << "register 2 is nobody's";
  EXPECT_EQ(b.read(0, 1, Function::read_input_registers), Exception::illegal_data_address);
  EXPECT_EQ(b.read(10, 1), Exception::server_device_failure) << "70000 does not fit";
  b.now[far].bits = 65535;
  EXPECT_FALSE(b.read(10, 1));
  b.now[a].quality = tags::Quality::uncertain_last_usable;
  EXPECT_FALSE(b.read(0, 2));
  b.now[a].quality = tags::Quality::bad_not_connected;
  EXPECT_EQ(b.read(0, 2), Exception::server_device_failure);
  EXPECT_FALSE(b.read(1, 1)) << "its neighbour is fine";
  b.now.erase(a);
  EXPECT_EQ(b.read(0, 1), Exception::server_device_failure) << "it never had a value";
  EXPECT_EQ(b.read(65535, 1), Exception::illegal_data_address);
}

TEST(TagBank, WritesWholeValuesOrNothing) {
  Bench b;
  const auto set = b.add("hr:0", "float32", tags::ValueType::f64, tags::bits_of(0.0), true);
  const auto count = b.add("hr:2", "int16", tags::ValueType::i64, 0, true, 2);
  b.add("hr:3", "uint16", tags::ValueType::u64, 0);
  EXPECT_FALSE(b.write(0, {0x43, 0x48, 0, 0, 0, 21}));  // 200, 42
  ASSERT_EQ(b.written.size(), 2u);
  EXPECT_EQ(b.written[0].tag, set);
  EXPECT_EQ(b.written[0].bits, tags::bits_of(200.0));
  EXPECT_EQ(b.written[1].tag, count);
  EXPECT_EQ(b.written[1].bits, 42u);
  b.written.clear();
  EXPECT_EQ(b.write(0, {0x43, 0x48}), Exception::illegal_data_address) << "half a value";
  EXPECT_EQ(b.write(1, {0, 0, 0, 1}), Exception::illegal_data_address);
  EXPECT_EQ(b.write(2, {0, 1, 0, 1}), Exception::illegal_data_address) << "register 3 takes none";
  EXPECT_EQ(b.write(2, {0, 1, 0, 1, 0, 1}), Exception::illegal_data_address);
  EXPECT_EQ(b.write(0, {0x43, 0xFA, 0, 0}), Exception::illegal_data_value) << "500 is above the tag's limit";
  EXPECT_EQ(b.write(0, {0x7F, 0xC0, 0, 0}), Exception::illegal_data_value) << "not a number";
  EXPECT_EQ(b.write(0, {0x43, 0xFA, 0, 0, 0, 1}), Exception::illegal_data_value)
      << "and the other one is not written";
  EXPECT_TRUE(b.written.empty());
}

TEST(TagBank, WritesBitsAndCoils) {
  Bench b;
  const auto low = b.add("hr:0.0", "bool", tags::ValueType::boolean, 1, true),
             high = b.add("hr:0.9", "bool", tags::ValueType::boolean, 0, true);
  b.add("hr:1.0", "bool", tags::ValueType::boolean, 0, true);
  b.add("hr:1.1", "bool", tags::ValueType::boolean, 0, false);
  const auto coil = b.add("co:3", "bool", tags::ValueType::boolean, 0, true);
  Request mask;
  mask.function = Function::mask_write_register;
  mask.and_mask = 0xFDFF, mask.or_mask = 0x0200;
  EXPECT_FALSE(b.ask(mask));
  ASSERT_EQ(b.written.size(), 1u) << "bit 0 is left as it is";
  EXPECT_EQ(b.written[0].tag, high);
  EXPECT_EQ(b.written[0].bits, 1u);
  b.written.clear();
  EXPECT_FALSE(b.write(0, {0x02, 0x00}));
  ASSERT_EQ(b.written.size(), 2u);
  EXPECT_EQ(b.written[0].tag + b.written[1].tag, low + high);
  b.written.clear();
  EXPECT_EQ(b.write(1, {0, 1}), Exception::illegal_data_address) << "one of its bits takes no writes";
  Request single;
  single.function = Function::write_single_coil, single.address = 3, single.value = 0xFF00;
  EXPECT_FALSE(b.ask(single));
  ASSERT_EQ(b.written.size(), 1u);
  EXPECT_EQ(b.written[0].tag, coil);
  EXPECT_EQ(b.written[0].bits, 1u);
}

TEST(TagBank, SaysWhoItIs) {
  Bench b;
  b.add("hr:0", "uint16", tags::ValueType::u64, 5);
  Request identify;
  identify.function = Function::encapsulated_interface;
  ASSERT_FALSE(b.ask(identify));
  std::span<const std::uint8_t> list = b.data;
  EXPECT_EQ(next_object(list)->value, "Bondline");
  EXPECT_EQ(next_object(list)->value, "l");
}
