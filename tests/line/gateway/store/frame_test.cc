#include "line/gateway/store/frame.h"

#include "helpers.h"

namespace bondline::store {
namespace {

std::string three_frames() {
  ByteBuffer out;
  put_frame({.kind = FrameKind::state}, "first", out);
  put_frame({.kind = FrameKind::data, .snapshot = 7, .first_sequence = 12, .count = 3}, "second", out);
  put_frame({.kind = FrameKind::snapshot}, "", out);
  return std::string(out.view());
}

TEST(Frame, ComesBackAsItWasPut) {
  const std::string bytes = three_frames();
  std::size_t from = 0;
  bool more = false;
  auto frame = find_frame(bytes, from, more);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->body, "first");
  frame = find_frame(bytes, from, more);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->head.first_sequence, 12u);
  EXPECT_EQ(frame->head.count, 3u);
  EXPECT_EQ(frame->head.snapshot, 7u);
  EXPECT_EQ(frame->skipped, 0u);
  frame = find_frame(bytes, from, more);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->head.kind, FrameKind::snapshot);
  EXPECT_FALSE(find_frame(bytes, from, more));
  EXPECT_EQ(from, bytes.size());
}

TEST(Frame, DamageOfAnyByteLosesThatFrameOnly) {
  const std::string good = three_frames();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    std::size_t from = 0, found = 0;
    bool more = false;
    while (find_frame(bytes, from, more)) ++found;
    EXPECT_EQ(found, 2u) << "byte " << at;
  }
}

TEST(Frame, IsFoundBehindForeignBytes) {
  const std::string bytes = "BLg1 is not a frame, BLg" + three_frames();
  std::size_t from = 0;
  bool more = false;
  const auto frame = find_frame(bytes, from, more);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->body, "first");
  EXPECT_EQ(frame->skipped, bytes.size() - three_frames().size());
}

TEST(Frame, CutShortIsLeftForFurtherBytes) {
  const std::string bytes = three_frames();
  for (std::size_t cut = 0; cut < kHeadBytes + 5; ++cut) {
    std::size_t from = 0;
    bool more = false;
    EXPECT_FALSE(find_frame(std::string_view(bytes).substr(0, cut), from, more));
    EXPECT_TRUE(more);
    EXPECT_EQ(from == 0, true) << cut;
  }
}

TEST(SegmentName, GoesThereAndBackAndRefusesOthers) {
  const SegmentName name{7, 123456};
  EXPECT_EQ(to_file_name(name), "0000000007-000000000001e240.blog");
  EXPECT_EQ(segment_name_of(to_file_name(name)), name);
  for (const char* bad : {"", "7-1.blog", "0000000007-000000000001E240.blog",
                          "0000000007-000000000001e240.blog.new", "0000000007_000000000001e240.blog"})
    EXPECT_EQ(segment_name_of(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace bondline::store
