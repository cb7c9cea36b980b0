#include "net/serial.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

using namespace bondline::net;

TEST(Serial, TalksThroughAPseudoTerminal) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  Loop loop;
  SerialOptions options;
  options.parity = Parity::none;  // Linux' pseudo-terminals know no parity
  Opened opened = open_serial(loop, ptsname(master), options);
  ASSERT_TRUE(opened.stream) << opened.error.message();
  std::string heard(5, ' '), back;
  auto main = [&]() -> Task<> {
    co_await opened.stream->write(std::string_view("abcde"));
    EXPECT_EQ(read(master, heard.data(), 5), 5);
    EXPECT_EQ(write(master, "\x01\xff\x0d", 3), 3);
    std::uint8_t bytes[16];
    const Moved moved = co_await opened.stream->read_some(bytes);
    back.assign(reinterpret_cast<char*>(bytes), moved.bytes);
  };
  loop.run(main());
  EXPECT_EQ(heard, "abcde");
  EXPECT_EQ(back, "\x01\xff\x0d") << "bytes must pass as they are: no line discipline";
  close(master);
}

TEST(Serial, SaysThatThereIsNoSuchPort) {
  Loop loop;
  Opened opened = open_serial(loop, "/dev/no-such-port", {});
  EXPECT_FALSE(opened.stream);
  EXPECT_EQ(opened.error, std::errc::no_such_file_or_directory);
}
