#include "pool/stream/stream_items.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "platform/latch.h"

namespace provider_host::internal {
namespace {

using wire::StreamCredit;

class StreamItemsTest : public ::testing::Test {
 protected:
  /// An item of that many bytes comes from the host.
  void come(const std::string& json, std::size_t payload = 10) {
    ASSERT_TRUE(items_.spend(payload));
    items_.push(json, payload);
  }
  std::string take() {
    const auto item = items_.take();
    return item ? std::string(item->json()) : "nothing";
  }
  /// Items until the host has no credit left.
  int fill(std::size_t payload) {
    int count = 0;
    for (; !items_.is_blocked(); ++count) come("1", payload);
    return count;
  }

  void end(const Outcome& outcome) { items_.end(outcome, settled_); }

  StreamItems items_;
  platform::Latch settled_;
};

TEST_F(StreamItemsTest, AreTakenInTheirOrder) {
  EXPECT_EQ(take(), "nothing");
  come("1");
  come("2");
  EXPECT_EQ(take(), "1");
  come("3");
  EXPECT_EQ(take(), "2");
  EXPECT_EQ(take(), "3");
  EXPECT_EQ(take(), "nothing");
  EXPECT_FALSE(items_.has_ended());
}

TEST_F(StreamItemsTest, EndBehindTheLastOne) {
  come("1");
  end(Outcome::success("null"));
  EXPECT_FALSE(items_.has_ended()) << "one is left";
  EXPECT_EQ(take(), "1");
  EXPECT_TRUE(items_.has_ended());
  EXPECT_EQ(take(), "nothing");
}

TEST_F(StreamItemsTest, AreTheResultOfAFunctionThatDoesNotStream) {
  end(Outcome::success(R"({"output":"all"})"));
  EXPECT_EQ(take(), R"({"output":"all"})");
  EXPECT_EQ(take(), "nothing");
  EXPECT_TRUE(items_.has_ended());
}

TEST_F(StreamItemsTest, AreNoneOfAResultBehindOthersOfNullOrOfAnError) {
  for (const Outcome& outcome : {Outcome::success("null"), Outcome::failure({})}) {
    StreamItems items;
    platform::Latch settled;
    items.end(outcome, settled);
    EXPECT_TRUE(settled.is_open());
    EXPECT_FALSE(items.take());
    EXPECT_TRUE(items.has_ended());
  }
  come("1");
  end(Outcome::success("42"));
  EXPECT_EQ(take(), "1");
  EXPECT_EQ(take(), "nothing") << "42 is what the generator has returned";
}

TEST_F(StreamItemsTest, AreAtMostAsManyAsThereIsCreditFor) {
  EXPECT_EQ(fill(10), 256);
  EXPECT_FALSE(items_.spend(10));
}

TEST_F(StreamItemsTest, GrantWhatIsReadOnceThatIsHalfOfTheCredit) {
  ASSERT_EQ(fill(1024), 64);
  for (int i = 0; i < 31; ++i) EXPECT_EQ(take(), "1");
  EXPECT_FALSE(items_.is_credit_due());
  EXPECT_EQ(items_.grant_due_credit(), 0);
  EXPECT_EQ(take(), "1");
  EXPECT_TRUE(items_.is_credit_due());
  EXPECT_EQ(items_.grant_due_credit(), 32 * 1024);
  EXPECT_FALSE(items_.is_blocked());
  EXPECT_EQ(items_.grant_due_credit(), 0) << "each byte once";
  EXPECT_EQ(fill(1024), 32);
}

TEST_F(StreamItemsTest, GrantNothingForWhatIsNotRead) {
  fill(1024);
  EXPECT_FALSE(items_.is_credit_due());
  EXPECT_TRUE(items_.is_blocked());
}

TEST_F(StreamItemsTest, GrantForWhatIsPassedOnAtOnce) {
  ASSERT_TRUE(items_.spend(40'000));
  items_.pass(40'000);
  EXPECT_EQ(items_.grant_due_credit(), 40'000);
}

TEST_F(StreamItemsTest, GrantAgainWhatTheHostCouldNotBeTold) {
  fill(1024);
  for (int i = 0; i < 40; ++i) take();
  const std::int64_t bytes = items_.grant_due_credit();
  items_.undo_grant(bytes);
  EXPECT_TRUE(items_.is_blocked());
  EXPECT_EQ(items_.grant_due_credit(), bytes);
}

TEST_F(StreamItemsTest, OfAnySizeLeaveTheHostWithCreditOnceAllAreRead) {
  for (const std::size_t payload : {1U, 300U, 20'000U, 33'000U, 65'536U, 1'000'000U}) {
    StreamItems items;
    for (int round = 0; round < 3; ++round) {
      while (!items.is_blocked()) {
        ASSERT_TRUE(items.spend(payload));
        items.push("1", payload);
      }
      while (items.take()) continue;
      EXPECT_GT(items.grant_due_credit(), 0) << payload;
      EXPECT_FALSE(items.is_blocked()) << payload;
    }
  }
}

TEST_F(StreamItemsTest, GrantNothingAtTheEndOrWhenNobodyReads) {
  fill(1024);
  for (int i = 0; i < 40; ++i) take();
  end(Outcome::success("null"));
  EXPECT_FALSE(items_.is_credit_due());
  StreamItems closed;
  ASSERT_TRUE(closed.spend(40'000));
  closed.pass(40'000);
  closed.close();
  EXPECT_FALSE(closed.is_credit_due());
}

TEST_F(StreamItemsTest, AreDroppedWhenNobodyReadsThem) {
  come("1");
  items_.close();
  come("2");
  EXPECT_EQ(take(), "nothing");
  end(Outcome::success("42"));
  EXPECT_EQ(take(), "nothing");
  EXPECT_TRUE(items_.has_ended());
}

TEST_F(StreamItemsTest, TellOnceThatTheyCanBeReadUntilThereIsNothing) {
  int told = 0;
  items_.on_readable = [&] { ++told; };
  come("1");
  come("2");
  EXPECT_EQ(told, 1);
  EXPECT_EQ(take(), "1");
  come("3");
  EXPECT_EQ(told, 1) << "the reader has not come to the end of what is there";
  while (items_.take()) continue;
  come("4");
  EXPECT_EQ(told, 2);
  while (items_.take()) continue;
  end(Outcome::success("null"));
  EXPECT_EQ(told, 3);
}

TEST_F(StreamItemsTest, MayBeReadByWhoeverIsTold) {
  std::vector<std::string> seen;
  items_.on_readable = [&] {
    while (const auto item = items_.take()) seen.emplace_back(item->json());
  };
  for (const char* json : {"1", "2", "3"}) come(json);
  EXPECT_THAT(seen, ::testing::ElementsAre("1", "2", "3"));
}

TEST_F(StreamItemsTest, WakeAReaderThatWaits) {
  const std::vector<std::function<void()>> events = {[&] { come("1"); }, [&] { items_.close(); },
                                                     [&] { end(Outcome::failure({})); }};
  for (const auto& happen : events) {
    std::thread reader([&] { items_.wait(std::nullopt); });
    happen();
    reader.join();
    take();
  }
}

TEST_F(StreamItemsTest, AreNotWaitedForWhenTheyAreThere) {
  come("1");
  items_.wait(std::nullopt);
  EXPECT_EQ(take(), "1");
  items_.wait(Clock::now());
  end(Outcome::failure({}));
  items_.wait(std::nullopt);
}

TEST_F(StreamItemsTest, KnowWhetherAnyHasCome) {
  EXPECT_FALSE(items_.has_received());
  come("1");
  EXPECT_TRUE(items_.has_received());
}

TEST_F(StreamItemsTest, AreScheduledOnceUntilAllIsDelivered) {
  come("1");
  EXPECT_TRUE(items_.schedule());
  come("2");
  EXPECT_FALSE(items_.schedule());
  take();
  EXPECT_TRUE(items_.stays_scheduled());
  take();
  EXPECT_FALSE(items_.stays_scheduled());
  come("3");
  EXPECT_TRUE(items_.schedule());
  take();
  end(Outcome::success("null"));
  EXPECT_TRUE(items_.stays_scheduled()) << "for the end";
}

}  // namespace
}  // namespace provider_host::internal
