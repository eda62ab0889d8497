#include "pool/reactor/timer_queue.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TimePoint at(int second) { return TimePoint(std::chrono::seconds(second)); }

struct Timers {
  TimerQueue queue;
  std::vector<std::string> ran;
  TimerQueue::Id add(int second, const std::string& name) {
    return queue.add(at(second), [this, name] { ran.push_back(name); });
  }
};

TEST(TimerQueue, RunsWhatIsDueInTheOrderOfTime) {
  Timers timers;
  timers.add(3, "c");
  timers.add(1, "a");
  timers.add(2, "b");
  EXPECT_EQ(timers.queue.next(), at(1));
  timers.queue.run_due(at(0));
  EXPECT_THAT(timers.ran, IsEmpty());
  timers.queue.run_due(at(2));
  EXPECT_THAT(timers.ran, ElementsAre("a", "b"));
  EXPECT_EQ(timers.queue.next(), at(3));
  timers.queue.run_due(at(100));
  EXPECT_THAT(timers.ran, ElementsAre("a", "b", "c"));
  EXPECT_EQ(timers.queue.next(), std::nullopt);
}

TEST(TimerQueue, RunsThoseOfOneMomentInTheOrderOfAdding) {
  Timers timers;
  for (const char* name : {"a", "b", "c"}) timers.add(1, name);
  timers.queue.run_due(at(1));
  EXPECT_THAT(timers.ran, ElementsAre("a", "b", "c"));
}

TEST(TimerQueue, ForgetsCancelledOnes) {
  Timers timers;
  const auto first = timers.add(1, "a");
  timers.add(1, "b");
  timers.queue.cancel(first);
  timers.queue.cancel(first);
  timers.queue.cancel(TimerQueue::Id{});
  timers.queue.run_due(at(1));
  EXPECT_THAT(timers.ran, ElementsAre("b"));
  timers.queue.cancel(first);
  EXPECT_EQ(timers.queue.size(), 0U);
}

TEST(TimerQueue, LetsActionsAddAndCancel) {
  Timers timers;
  const auto victim = timers.add(2, "victim");
  timers.queue.add(at(1), [&] {
    timers.queue.cancel(victim);
    timers.add(1, "added and due");
    timers.add(9, "added and not due");
  });
  timers.queue.run_due(at(5));
  EXPECT_THAT(timers.ran, ElementsAre("added and due"));
  EXPECT_EQ(timers.queue.next(), at(9));
}

}  // namespace
}  // namespace provider_host::internal
