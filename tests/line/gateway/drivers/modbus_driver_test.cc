#include "modbus_bench_of_one.h"

using namespace bondline;
using namespace bondline::gateway;
using namespace std::chrono_literals;

TEST(ModbusDriver, ReadsEveryTableTypeAndOrder) {
  ModbusBenchOfOne one;
  one.bank.holding = std::vector<std::uint16_t>(200);
  const auto u16 = one.add("hr:0", "uint16"), i16 = one.add("hr:1", "int16"),
             f32 = one.add("hr:2", "float32", "CDAB"), i32 = one.add("hr:4", "int32"),
             f64 = one.add("hr:6", "float64"), text = one.add("hr:10", "string(8)"),
             bit = one.add("hr:20.3", "bool"), scaled = one.add("hr:21", "int16", "", 0.1, -5),
             input = one.add("30008", "uint16"), coil = one.add("co:17", "bool"),
             discrete = one.add("di:9", "bool");
  one.bank.holding[0] = 65535;
  one.bank.holding[1] = 0xFFFE;
  one.bank.holding[2] = 0x0000;  // 1.5f = 3FC0 0000, low word first
  one.bank.holding[3] = 0x3FC0;
  one.bank.holding[4] = 0xFFFF;
  one.bank.holding[5] = 0xFFFD;
  one.bank.holding[6] = 0x4009;  // pi
  one.bank.holding[7] = 0x21FB;
  one.bank.holding[8] = 0x5444;
  one.bank.holding[9] = 0x2D18;
  one.bank.holding[10] = 'o' << 8 | 'v';
  one.bank.holding[11] = 'e' << 8 | 'n';
  one.bank.holding[20] = 8;
  one.bank.holding[21] = static_cast<std::uint16_t>(-50);
  one.bank.input[7] = 42;
  one.bank.coils[17] = true;
  one.run([&](Driver&, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return kept.newest.size() == one.tags.size(); }));
    EXPECT_EQ(kept.newest[u16].bits, 65535u);
    EXPECT_EQ(static_cast<std::int64_t>(kept.newest[i16].bits), -2);
    EXPECT_EQ(tags::number_of(tags::ValueType::f32, kept.newest[f32].bits), 1.5);
    EXPECT_EQ(static_cast<std::int64_t>(kept.newest[i32].bits), -3);
    EXPECT_DOUBLE_EQ(tags::number_of(tags::ValueType::f64, kept.newest[f64].bits), 3.141592653589793);
    EXPECT_EQ(kept.texts[text], "oven");
    EXPECT_EQ(kept.newest[bit].bits, 1u);
    EXPECT_DOUBLE_EQ(tags::number_of(tags::ValueType::f64, kept.newest[scaled].bits), -10.0);
    EXPECT_EQ(kept.newest[input].bits, 42u);
    EXPECT_EQ(kept.newest[coil].bits, 1u);
    EXPECT_EQ(kept.newest[discrete].bits, 0u);
    for (const auto& [tag, sample] : kept.newest) EXPECT_TRUE(tags::is_good(sample.quality));
  });
}

TEST(ModbusDriver, PollsAtItsPeriodWithoutDrift) {
  ModbusBenchOfOne one;
  one.config.poll = 10ms;
  const auto tag = one.add("hr:0", "uint16");
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return kept.history[tag].size() >= 30; }));
    const auto& all = kept.history[tag];
    const double took = 1e-9 * static_cast<double>(all[29].times.mono_ns - all[0].times.mono_ns);
    const double rounds = 29 + static_cast<double>(driver.status().overruns.load());
    EXPECT_NEAR(took, 0.01 * rounds, 0.02);
  });
}

TEST(ModbusDriver, ALateAnswerNeverAnswersTheNextRequest) {
  // Register n holds n; two blocks far apart. Every answer comes after the time-out, so an answer taken for
  // the wrong question would show register 0's value as register 5000's.
  ModbusBenchOfOne one;
  for (std::size_t i = 0; i < 65536; ++i) one.bank.holding[i] = static_cast<std::uint16_t>(i);
  one.config.timeout = 10ms;
  one.faults.delay = 15ms;
  const auto low = one.add("hr:7", "uint16"), high = one.add("hr:5000", "uint16");
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return driver.status().strays > 4 || driver.status().connects > 4; }));
    for (const auto& sample : kept.history[low])
      EXPECT_TRUE(!tags::is_good(sample.quality) || sample.bits == 7);
    for (const auto& sample : kept.history[high])
      EXPECT_TRUE(!tags::is_good(sample.quality) || sample.bits == 5000);
    EXPECT_TRUE(tags::is_bad(kept.newest[low].quality));
    EXPECT_GT(driver.status().errors, 2u);
  });
}

TEST(ModbusDriver, AnAnswerWithAStrangeTransactionIsAStray) {
  ModbusBenchOfOne one;
  one.faults.wrong_transaction = true;
  one.config.timeout = 10ms;
  const auto tag = one.add("hr:7", "uint16");
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return driver.status().strays > 3; }));
    for (const auto& sample : kept.history[tag]) EXPECT_FALSE(tags::is_good(sample.quality));
  });
}

TEST(ModbusDriver, LearnsTheLimitsAndHolesOfADeviceAndReadsAllThatIsThere) {
  ModbusBenchOfOne one;
  one.bank.most_registers = 40;
  one.bank.holes = {150, 151, 300};
  std::vector<tags::TagId> present;
  tags::TagId missing = 0;
  for (int i = 0; i < 400; ++i) {
    one.bank.holding[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(1000 + i);
    if (i == 150 || i == 151) continue;  // a gap nobody asked for
    const auto tag = one.add("hr:" + std::to_string(i), "uint16");
    if (i == 300)
      missing = tag;  // a register somebody asks for and the device does not have
    else
      present.push_back(tag);
  }
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] {
      for (const auto tag : present)
        if (!kept.newest.contains(tag) || !tags::is_good(kept.newest[tag].quality)) return false;
      return kept.newest.contains(missing) &&
             kept.newest[missing].quality == tags::Quality::bad_configuration;
    })) << driver.status().last_problem();
    for (const auto tag : present) {
      const auto address = one.config.points[tag].address.offset;
      EXPECT_EQ(kept.newest[tag].bits, 1000u + address);
    }
    // Once learned, it does not go on erring, but for the rare look whether the missing one has appeared.
    co_await net::sleep_for(200ms);
    const auto errors = driver.status().errors.load();
    co_await net::sleep_for(200ms);
    EXPECT_LE(driver.status().errors - errors, 4u);
  });
}

TEST(ModbusDriver, KeepsSeveralRequestsUnderWayWhereTheDeviceTakesThem) {
  ModbusBenchOfOne one;
  std::vector<tags::TagId> all;
  for (int i = 0; i < 30; ++i) all.push_back(one.add("hr:" + std::to_string(i * 500), "uint16"));
  one.faults.delay = 500us;
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return driver.status().polls > 20; }));
    EXPECT_EQ(driver.status().errors, 0u);
    EXPECT_EQ(driver.status().connects, 1u);
    for (const auto tag : all) EXPECT_TRUE(tags::is_good(kept.newest[tag].quality));
  });
}

TEST(ModbusDriver, AsksADeviceThatHangsUpOnPipeliningOneByOne) {
  ModbusBenchOfOne one;
  one.faults.hangs_up_on_pipelining = true;
  std::vector<tags::TagId> all;
  for (int i = 0; i < 8; ++i) all.push_back(one.add("hr:" + std::to_string(i * 500), "uint16"));
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return driver.status().connects >= 2 && driver.status().polls > 10; }));
    const auto connects = driver.status().connects.load();
    co_await net::sleep_for(200ms);
    EXPECT_LE(driver.status().connects, std::max<std::uint64_t>(connects, 4)) << "it must remember";
    for (const auto tag : all) EXPECT_TRUE(tags::is_good(kept.newest[tag].quality));
  });
}

TEST(ModbusDriver, TellsBadQualityOnceWhenTheDeviceIsGoneAndComesBack) {
  ModbusBenchOfOne one;
  one.faults.answers_before_silence = 10;
  const auto tag = one.add("hr:1", "uint16");
  one.config.timeout = 10ms;
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return driver.status().connects >= 3; }));
    int good = 0, bad = 0;
    for (const auto& sample : kept.history[tag]) (tags::is_good(sample.quality) ? good : bad) += 1;
    EXPECT_GE(good, 20) << "each connection answers ten times";
    EXPECT_GE(bad, 2);
    EXPECT_LE(bad, 2 * static_cast<int>(driver.status().connects)) << "not once a poll";
  });
}

TEST(ModbusDriver, WritesAndReadsBack) {
  ModbusBenchOfOne one;
  const auto scaled = one.add("hr:5", "int16", "", 0.1), real = one.add("hr:6", "float32", "CDAB"),
             bit = one.add("hr:8.2", "bool"), coil = one.add("co:3", "bool"),
             text = one.add("hr:10", "string(6)"), input = one.add("ir:1", "uint16"),
             plain = one.add("hr:20", "uint16");
  one.bank.holding[8] = 0xFF00;
  one.run([&](Driver& driver, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return kept.count > 0; }));
    auto write = [&](tags::TagId tag, std::uint64_t bits, std::string words) -> net::Task<std::string> {
      Setting setting;
      setting.tag = tag;
      setting.bits = bits;
      setting.text = std::move(words);
      co_return co_await driver.write(setting);
    };
    EXPECT_EQ(co_await write(scaled, tags::bits_of(-12.3), ""), "");
    EXPECT_EQ(static_cast<std::int16_t>(one.bank.holding[5]), -123);
    EXPECT_EQ(co_await write(real, tags::bits_of(2.5f), ""), "");
    EXPECT_EQ(one.bank.holding[7], 0x4020);
    EXPECT_EQ(co_await write(bit, 1, ""), "");
    EXPECT_EQ(one.bank.holding[8], 0xFF04) << "the other bits stay";
    EXPECT_EQ(co_await write(coil, 1, ""), "");
    EXPECT_TRUE(one.bank.coils[3]);
    EXPECT_EQ(co_await write(text, 0, "abc"), "");
    EXPECT_EQ(one.bank.holding[10], 'a' << 8 | 'b');
    EXPECT_NE(co_await write(input, 1, ""), "");
    EXPECT_NE(co_await write(scaled, tags::bits_of(4000.0), ""), "") << "beyond int16";
    EXPECT_EQ(co_await write(plain, 7, ""), "");
    one.bank.after_write = [&](modbus::Table, std::uint16_t, std::uint16_t) { one.bank.holding[20] = 99; };
    EXPECT_EQ(co_await write(plain, 8, ""), "written, but the device reads back another value");
    // The next poll shows what is there.
    EXPECT_TRUE(co_await until([&] { return kept.newest[plain].bits == 99; }));
  });
}

TEST(ModbusDriver, CountsRoundsThatTookLongerThanTheirPeriod) {
  ModbusBenchOfOne one;
  one.config.poll = 2ms;
  one.faults.delay = 9ms;
  one.add("hr:1", "uint16");
  one.run([&](Driver& driver, Kept&) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return driver.status().polls >= 5; }));
    EXPECT_GE(driver.status().overruns, 3 * (driver.status().polls - 1) / 2);
    EXPECT_EQ(driver.status().errors, 0u);
  });
}

TEST(ModbusDriver, SpeaksRtuOverTcp) {
  ModbusBenchOfOne one;
  one.config.transport = ModbusTransport::rtu_over_tcp;
  one.bank.holding[107] = 555;
  const auto tag = one.add("40108", "uint16"), other = one.add("hr:3000", "uint16");
  one.run([&](Driver&, Kept& kept) -> net::Task<> {
    EXPECT_TRUE(co_await until([&] { return kept.newest.size() == 2; }));
    EXPECT_EQ(kept.newest[tag].bits, 555u);
    EXPECT_TRUE(tags::is_good(kept.newest[other].quality));
  });
}

TEST(ModbusDriver, AMachineThatIsNotThereIsTriedAgainWithoutHurry) {
  ModbusBenchOfOne one;
  const auto tag = one.add("hr:1", "uint16");
  net::Loop loop;
  one.config.port = 1;  // nobody listens there
  auto driver = make_modbus_driver(one.config, one.tags);
  Kept kept(one.tags);
  auto everything = [&]() -> net::Task<> {
    net::Group group(loop);
    group.spawn(driver->run(kept));
    co_await net::sleep_for(100ms);
    group.cancel();
    co_await group.join();
  };
  loop.run(everything());
  EXPECT_GE(driver->status().errors, 3u);
  EXPECT_LE(driver->status().errors, 25u);
  ASSERT_EQ(kept.history[tag].size(), 1u) << "told once";
  EXPECT_EQ(kept.newest[tag].quality, tags::Quality::bad_not_connected);
  EXPECT_NE(driver->status().last_problem().find("refused"), std::string::npos);
}
