#include "wire/response_ring.h"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "wire/host_memory.h"

namespace provider_host::wire {
namespace {

class ResponseRingTest : public ::testing::Test {
 protected:
  static std::string text(const ResponseRing::Parts& parts) { return std::string(parts[0]).append(parts[1]); }

  /// What the pool gets that has read so many bytes.
  std::string take(std::uint64_t read) {
    std::string taken;
    EXPECT_TRUE(take_responses(ring_, read, [&](const auto& parts) { taken = text(parts); }));
    return taken;
  }
  std::string take_last(std::uint64_t read) {
    std::string taken;
    take_last_responses(ring_, read, [&](const auto& parts) { taken = text(parts); });
    return taken;
  }

  const std::unique_ptr<HostMemory> memory_ = std::make_unique<HostMemory>();
  ResponseRing& ring_ = memory_->responses;
  RingWriter host_{ring_};
};

TEST_F(ResponseRingTest, GivesThePoolWhatTheHostHasNotSent) {
  EXPECT_EQ(take(0), "");
  EXPECT_TRUE(host_.add("one"));
  EXPECT_TRUE(host_.add("two"));
  EXPECT_EQ(take(0), "onetwo");
  EXPECT_EQ(take(6), "") << "once";
  EXPECT_TRUE(host_.empty());
  EXPECT_EQ(text(host_.claim()), "") << "nothing is left to be sent";
}

TEST_F(ResponseRingTest, GivesTheHostWhatThePoolHasNotTaken) {
  EXPECT_TRUE(host_.add("one"));
  EXPECT_EQ(take(0), "one");
  EXPECT_TRUE(host_.add("two"));
  EXPECT_FALSE(host_.empty());
  EXPECT_EQ(text(host_.claim()), "two");
  EXPECT_EQ(take(3), "");
}

TEST_F(ResponseRingTest, GivesThePoolNothingThatIsStillToBeReadFromTheChannelFirst) {
  EXPECT_TRUE(host_.add("one"));
  EXPECT_EQ(text(host_.claim()), "one");
  EXPECT_TRUE(host_.add("two"));
  EXPECT_EQ(take(0), "");
  EXPECT_EQ(take(2), "");
  EXPECT_EQ(take(3), "two");
}

TEST_F(ResponseRingTest, CountsWhatIsSentPastIt) {
  host_.restart(100);
  EXPECT_TRUE(host_.add("one"));
  EXPECT_EQ(take(100), "one");
  host_.skip(1'000'000);
  EXPECT_EQ(take(103), "") << "it comes over the channel";
  EXPECT_TRUE(host_.add("two"));
  EXPECT_EQ(take(1'000'103), "two");
}

TEST_F(ResponseRingTest, GoesAroundItsEnd) {
  const std::string frame(ResponseRing::kCapacity / 3, 'x');
  std::uint64_t read = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string own = frame + std::to_string(i);
    ASSERT_TRUE(host_.add(own));
    if (i % 3 == 0) {
      EXPECT_EQ(text(host_.claim()), own);
    } else {
      EXPECT_EQ(take(read), own);
    }
    read += own.size();
  }
}

TEST_F(ResponseRingTest, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(host_.add(std::string(ResponseRing::kCapacity + 1, 'x')));
  EXPECT_TRUE(host_.add(std::string(ResponseRing::kCapacity, 'x')));
  EXPECT_FALSE(host_.add("y"));
  EXPECT_EQ(text(host_.claim()).size(), ResponseRing::kCapacity);
  EXPECT_TRUE(host_.add("y"));
}

TEST_F(ResponseRingTest, OverwritesNothingThatThePoolStillCopies) {
  EXPECT_TRUE(host_.add(std::string(ResponseRing::kCapacity, 'x')));
  EXPECT_TRUE(take_responses(ring_, 0, [&](const auto& parts) {
    EXPECT_TRUE(host_.empty());
    EXPECT_FALSE(host_.add("y"));
    EXPECT_EQ(text(parts), std::string(ResponseRing::kCapacity, 'x'));
  }));
  EXPECT_TRUE(host_.add("y"));
}

TEST_F(ResponseRingTest, CanBeUsedWhenACopyHasThrown) {
  EXPECT_TRUE(host_.add("one"));
  EXPECT_THROW(take_responses(ring_, 0, [](const auto&) { throw std::bad_alloc(); }), std::bad_alloc);
  EXPECT_TRUE(host_.add(std::string(ResponseRing::kCapacity, 'x')));
}

TEST_F(ResponseRingTest, HasWhatADeadHostWasAboutToSend) {
  EXPECT_TRUE(host_.add("one"));
  EXPECT_EQ(text(host_.claim()), "one");
  EXPECT_EQ(take(0), "");
  EXPECT_EQ(take_last(0), "one");
  EXPECT_EQ(take_last(1), "ne") << "a part was sent";
  EXPECT_EQ(take_last(3), "");
  EXPECT_TRUE(host_.add("two"));
  EXPECT_EQ(take_last(0), "onetwo");
}

TEST_F(ResponseRingTest, RefusesNumbersThatCannotBe) {
  ring_.end = ResponseRing::kCapacity + 1;
  const auto nobody = [](const auto&) { FAIL(); };
  EXPECT_FALSE(take_responses(ring_, 0, nobody));
  take_last_responses(ring_, 0, nobody);
  ring_.claimed = ResponseRing::kCapacity + 2;
  EXPECT_TRUE(take_responses(ring_, ResponseRing::kCapacity + 2, nobody)) << "nothing is there";
  take_last_responses(ring_, ResponseRing::kCapacity + 2, nobody);
}

// The host sends now and then, the pool takes what it finds; together that is the whole stream.
TEST_F(ResponseRingTest, LosesAndRepeatsNothingBetweenTwoThreads) {
  constexpr int kFrames = 50'000;
  std::mutex mutex;
  std::string channel;
  std::atomic<bool> is_done = false;
  std::thread host([&] {
    const auto send = [&] {
      const std::string bytes = text(host_.claim());
      const std::lock_guard lock(mutex);
      channel += bytes;
    };
    for (int i = 0; i < kFrames; ++i) {
      const std::string frame = std::to_string(i) + ";";
      while (!host_.add(frame)) send();
      if (i % 97 == 0) send();
    }
    send();
    is_done = true;
  });
  std::string stream;
  while (true) {
    const bool is_last = is_done;
    {
      const std::lock_guard lock(mutex);
      stream += std::exchange(channel, {});
    }
    ASSERT_TRUE(take_responses(ring_, stream.size(), [&](const auto& parts) { stream += text(parts); }));
    if (is_last && channel.empty()) break;
  }
  host.join();
  std::string expected;
  for (int i = 0; i < kFrames; ++i) expected += std::to_string(i) + ";";
  EXPECT_TRUE(stream == expected);
}

}  // namespace
}  // namespace provider_host::wire
