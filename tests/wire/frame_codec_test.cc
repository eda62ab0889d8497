#include "wire/frame_codec.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "helpers/framed.h"

namespace provider_host::wire {
namespace {

using Event = FrameDecoder::Event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What comes out of `decoder` when it is fed `chunk`.
void feed(FrameDecoder& decoder, std::string_view chunk, std::vector<std::string>& events) {
  decoder.feed(chunk);
  while (true) {
    const Event event = decoder.next();
    if (event == Event::kNeedMore) return;
    events.emplace_back(event == Event::kFrame ? std::string(decoder.payload()) : "VIOLATION");
    if (event == Event::kViolation) return;
  }
}

std::vector<std::string> events_of(const std::string& bytes, std::size_t chunk_size, std::size_t limit = 1000) {
  FrameDecoder decoder(limit);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size(); at += chunk_size) feed(decoder, bytes.substr(at, chunk_size), events);
  return events;
}

TEST(FrameCodec, WritesTheLengthBigEndian) {
  EXPECT_THAT(encode_header(0x01020304), ElementsAre('\x01', '\x02', '\x03', '\x04'));
  EXPECT_THAT(encode_header(77), ElementsAre('\0', '\0', '\0', '\x4d'));
}

TEST(FrameCodec, GivesTheSameEventsByteByByteAsInOnePiece) {
  const std::string bytes = framed("{}") + framed("Grüezi") + framed(std::string(300, 'x')) + framed("1");
  const auto whole = events_of(bytes, bytes.size());
  EXPECT_THAT(whole, ElementsAre("{}", "Grüezi", std::string(300, 'x'), "1"));
  EXPECT_EQ(events_of(bytes, 1), whole);
  EXPECT_EQ(events_of(bytes, 7), whole);
}

TEST(FrameCodec, GivesTheSameEventsHoweverTheStreamIsCut) {
  std::mt19937 random(20240229);
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    std::vector<std::string> expected;
    for (int i = 0; i < 8; ++i) {
      expected.emplace_back(1 + random() % 700, static_cast<char>('a' + i));
      bytes += framed(expected.back());
    }
    FrameDecoder decoder;
    std::vector<std::string> events;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = 1 + random() % 900;
      feed(decoder, std::string_view(bytes).substr(at, size), events);
      at += size;
    }
    ASSERT_EQ(events, expected) << "round " << round;
    ASSERT_TRUE(decoder.at_boundary());
  }
}

TEST(FrameCodec, ReadsIntoPreparedSpace) {
  const std::string bytes = framed("one") + framed("two");
  FrameDecoder decoder;
  char* room = decoder.prepare(bytes.size());
  std::copy(bytes.begin(), bytes.end(), room);
  decoder.fed(bytes.size());
  ASSERT_EQ(decoder.next(), Event::kFrame);
  EXPECT_EQ(decoder.payload(), "one");
  ASSERT_EQ(decoder.next(), Event::kFrame);
  EXPECT_EQ(decoder.payload(), "two");
  EXPECT_EQ(decoder.next(), Event::kNeedMore);
}

TEST(FrameCodec, RefusesALengthOfZero) {
  EXPECT_THAT(events_of(framed("1") + std::string(4, '\0') + framed("2"), 100), ElementsAre("1", "VIOLATION"));
}

TEST(FrameCodec, RefusesALengthAboveTheLimitAndTakesOneAtIt) {
  EXPECT_THAT(events_of(framed(std::string(100, 'x')), 1, 100), ElementsAre(std::string(100, 'x')));
  EXPECT_THAT(events_of(framed(std::string(101, 'x')), 200, 100), ElementsAre("VIOLATION"));
}

TEST(FrameCodec, RefusesALengthOf4GiBOnItsHeaderAlone) {
  FrameDecoder decoder;
  decoder.feed("\xFF\xFF\xFF\xFF");
  EXPECT_EQ(decoder.next(), Event::kViolation);
  EXPECT_EQ(decoder.violation(), "a frame of 4294967295 bytes, above the limit of 268435456");
}

TEST(FrameCodec, AllocatesNothingForALengthThatWasOnlyAnnounced) {
  FrameDecoder decoder(0xFFFFFFFFU);
  decoder.feed("\xFF\xFF\xFF\xFFsome");
  EXPECT_EQ(decoder.next(), Event::kNeedMore);
  EXPECT_EQ(decoder.bytes_needed(), 0xFFFFFFFFU - 4);  // a hint; who reads decides how much room there is
}

TEST(FrameCodec, StaysAtTheFirstViolation) {
  FrameDecoder decoder;
  decoder.feed(std::string(4, '\0'));
  EXPECT_EQ(decoder.next(), Event::kViolation);
  const std::string first = decoder.violation();
  decoder.feed(framed("{}"));
  EXPECT_EQ(decoder.next(), Event::kViolation);
  EXPECT_EQ(decoder.violation(), first);
}

TEST(FrameCodec, RefusesBytesThatAreNotUtf8) {
  for (const char* bad : {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\x80", "\xF0\x9F\x98"}) {
    FrameDecoder decoder;
    decoder.feed(framed(bad));
    EXPECT_EQ(decoder.next(), Event::kViolation) << testing::PrintToString(bad);
    EXPECT_THAT(decoder.violation(), HasSubstr("UTF-8"));
  }
}

TEST(FrameCodec, DoesNotCompleteACharacterWithBytesOfTheNextFrame) {
  FrameDecoder decoder;
  decoder.feed(framed("\xC3") + "\xBC");
  EXPECT_EQ(decoder.next(), Event::kViolation);
}

TEST(FrameCodec, IsAtABoundaryOnlyBetweenFrames) {
  FrameDecoder decoder;
  EXPECT_TRUE(decoder.at_boundary());
  decoder.feed(std::string_view("\0\0", 2));
  EXPECT_EQ(decoder.next(), Event::kNeedMore);
  EXPECT_FALSE(decoder.at_boundary());
  decoder.feed(std::string_view("\0\2{", 3));
  EXPECT_EQ(decoder.next(), Event::kNeedMore);
  EXPECT_FALSE(decoder.at_boundary());
  decoder.feed("}");
  EXPECT_FALSE(decoder.at_boundary());
  EXPECT_EQ(decoder.next(), Event::kFrame);
  EXPECT_TRUE(decoder.at_boundary());
  EXPECT_EQ(decoder.next(), Event::kNeedMore);
  EXPECT_TRUE(decoder.at_boundary());
}

TEST(FrameCodec, TellsWhetherThereIsAnotherFrame) {
  FrameDecoder decoder(100);
  EXPECT_FALSE(decoder.has_next());
  decoder.feed(framed("one") + framed("two").substr(0, 5));
  EXPECT_TRUE(decoder.has_next());
  EXPECT_EQ(decoder.next(), Event::kFrame);
  EXPECT_FALSE(decoder.has_next());
  EXPECT_EQ(decoder.payload(), "one") << "still there";
  decoder.feed(framed("two").substr(5));
  EXPECT_TRUE(decoder.has_next());
  EXPECT_EQ(decoder.next(), Event::kFrame);
  EXPECT_FALSE(decoder.has_next());
  decoder.feed(framed(std::string(101, 'x')).substr(0, kHeaderSize));
  EXPECT_TRUE(decoder.has_next()) << "a violation";
}

TEST(FrameCodec, CountsTheBytesThatItHasGot) {
  FrameDecoder decoder;
  decoder.feed(framed("one"));
  EXPECT_EQ(decoder.next(), Event::kFrame);
  const std::string bytes = framed("two");
  std::copy(bytes.begin(), bytes.end(), decoder.prepare(bytes.size()));
  decoder.fed(bytes.size());
  EXPECT_EQ(decoder.bytes_fed(), 2 * bytes.size());
}

TEST(FrameCodec, TellsHowMuchIsMissing) {
  FrameDecoder decoder;
  EXPECT_EQ(decoder.bytes_needed(), kHeaderSize);
  decoder.feed(framed(std::string(1000, 'x')).substr(0, 10));
  EXPECT_EQ(decoder.next(), Event::kNeedMore);
  EXPECT_EQ(decoder.bytes_needed(), 994U);
}

TEST(FrameCodec, GivesAwayALargeFrameThatStandsAlone) {
  FrameDecoder decoder;
  const std::string large(100'000, 'x');
  decoder.feed(framed(large));
  ASSERT_EQ(decoder.next(), Event::kFrame);
  const std::string_view payload = decoder.payload();
  const auto owner = decoder.release_frame();
  ASSERT_TRUE(owner);
  EXPECT_TRUE(decoder.at_boundary());
  EXPECT_EQ(decoder.next(), Event::kNeedMore);
  decoder.feed(framed("next"));
  ASSERT_EQ(decoder.next(), Event::kFrame);
  EXPECT_EQ(decoder.payload(), "next");
  EXPECT_EQ(payload, large);
}

TEST(FrameCodec, KeepsAFrameThatIsSmallOrNotAlone) {
  const std::string large(100'000, 'x');
  for (const std::string& bytes :
       {framed("small"), framed(large) + framed("next"), framed(large) + std::string(1, '\0')}) {
    FrameDecoder decoder;
    decoder.feed(bytes);
    EXPECT_FALSE(decoder.release_frame());
    ASSERT_EQ(decoder.next(), Event::kFrame);
    EXPECT_FALSE(decoder.release_frame());
    EXPECT_FALSE(decoder.payload().empty());
  }
}

TEST(FrameCodec, LeavesTheUtf8CheckToTheParserWhenTold) {
  FrameDecoder decoder(100, FrameDecoder::Utf8Check::kByParser);
  decoder.feed(framed("\xFF"));
  ASSERT_EQ(decoder.next(), Event::kFrame);
  EXPECT_EQ(decoder.payload(), "\xFF");
}

TEST(FrameCodec, HandlesAFrameOfManyMegabytesAndThenASmallOne) {
  const std::string big(std::size_t{9} << 20, 'x');
  FrameDecoder decoder;
  decoder.feed(framed(big) + framed("small"));
  ASSERT_EQ(decoder.next(), Event::kFrame);
  EXPECT_EQ(decoder.payload(), big);
  ASSERT_EQ(decoder.next(), Event::kFrame);
  EXPECT_EQ(decoder.payload(), "small");
  decoder.feed(framed("again"));
  ASSERT_EQ(decoder.next(), Event::kFrame);
  EXPECT_EQ(decoder.payload(), "again");
}

}  // namespace
}  // namespace provider_host::wire
