#include "host/calls/stream_credits.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

namespace provider_host::host {
namespace {

constexpr std::chrono::milliseconds kLong{60'000};
constexpr auto kAll = static_cast<std::size_t>(wire::StreamCredit::kInitial);

bool is_readable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return ::poll(&polled, 1, 0) == 1;
}

TEST(StreamCredits, are_spent_and_granted) {
  StreamCredits credits;
  credits.begin(1);
  EXPECT_EQ(credits.demand(1), Demand::kMore);
  credits.spend(1, kAll + 99);
  EXPECT_EQ(credits.demand(1), Demand::kWait);
  credits.grant(1, 99);
  EXPECT_EQ(credits.demand(1), Demand::kWait);
  credits.grant(1, 1);
  EXPECT_EQ(credits.demand(1), Demand::kMore);
}

TEST(StreamCredits, begin_anew_with_each_stream) {
  StreamCredits credits;
  credits.begin(1);
  credits.spend(1, kAll);
  credits.close(1);
  credits.end(1);
  credits.begin(1);
  EXPECT_EQ(credits.demand(1), Demand::kMore);
}

TEST(StreamCredits, of_a_stream_that_does_not_run_are_dropped) {
  StreamCredits credits;
  credits.grant(1, 5000);
  credits.begin(1);
  credits.spend(1, kAll);
  EXPECT_EQ(credits.demand(1), Demand::kWait);
}

TEST(StreamCredits, remember_what_was_closed_before_it_began) {
  StreamCredits credits;
  credits.close(1);
  credits.begin(2);
  EXPECT_EQ(credits.demand(2), Demand::kMore);
  credits.begin(1);
  EXPECT_EQ(credits.demand(1), Demand::kStop);
}

TEST(StreamCredits, wake_whoever_waits) {
  StreamCredits credits;
  credits.begin(1);
  const auto wait_for = [&credits](auto change) {
    credits.spend(1, 2 * kAll);
    std::thread other([&] { change(); });
    while (credits.demand(1) == Demand::kWait) credits.wait(1, kLong);
    other.join();
  };
  wait_for([&] { credits.grant(1, 4 * kAll); });
  EXPECT_EQ(credits.demand(1), Demand::kMore);
  wait_for([&] { credits.close(1); });
  EXPECT_EQ(credits.demand(1), Demand::kStop);
}

TEST(StreamCredits, let_whoever_waits_look_for_signals) {
  StreamCredits credits;
  credits.begin(1);
  credits.spend(1, kAll);
  std::atomic<bool> has_looked = false;
  std::thread other([&] {
    while (!has_looked) credits.wake();
  });
  credits.wait(1, kLong);
  has_looked = true;
  other.join();
  EXPECT_EQ(credits.demand(1), Demand::kWait);
}

TEST(StreamCredits, show_changes_at_a_descriptor) {
  StreamCredits credits;
  const int fd = credits.change_fd();
  EXPECT_EQ(credits.change_fd(), fd);
  credits.begin(1);
  EXPECT_FALSE(is_readable(fd));
  credits.grant(1, 1);
  EXPECT_TRUE(is_readable(fd));
  credits.forget_change();
  EXPECT_FALSE(is_readable(fd));
  credits.close(1);
  EXPECT_TRUE(is_readable(fd));
}

}  // namespace
}  // namespace provider_host::host
