#include "pool/admission_queue.h"

#include <gmock/gmock.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using How = AdmissionQueue::CapacityWait::How;
using Slot = CallQueue::Slot;

class AdmissionQueueTest : public ::testing::Test {
 protected:
  // `deadline` in seconds after kStart.
  CallPtr make(double deadline = 0) {
    return std::make_shared<CallState>(++last_id_, Submission{.call = Call::api_call("x")},
                                       CallLimits{.deadline = deadline}, kStart, nullptr);
  }
  CallPtr push(double deadline = 0) {
    CallPtr call = make(deadline);
    EXPECT_FALSE(queue_.push(call, {}));
    return call;
  }
  std::optional<ErrorKind> push_refused(const CallPtr& call, const AdmissionQueue::CapacityWait& wait = {}) {
    const auto refusal = queue_.push(call, wait);
    if (!refusal) return std::nullopt;
    return refusal->error.kind;
  }
  CallPtr take() {
    const std::array slots{Slot{.pid = 1, .in_flight = 0, .has_capacity = true}};
    const auto assignment = queue_.next(slots);
    return assignment ? assignment->call : nullptr;
  }

  const TimePoint kStart = Clock::now();
  std::uint64_t last_id_ = 0;
  Metrics metrics_{1};
  AdmissionQueue queue_{2, metrics_};
};

TEST_F(AdmissionQueueTest, GivesOutFirstWhatCameFirst) {
  const CallPtr a = push();
  const CallPtr b = push();
  EXPECT_EQ(queue_.size(), 2U);
  EXPECT_EQ(take(), a);
  EXPECT_EQ(take(), b);
  EXPECT_EQ(take(), nullptr);
}

TEST_F(AdmissionQueueTest, RefusesWhatIsBeyondItsCapacity) {
  push();
  push();
  EXPECT_EQ(push_refused(make()), ErrorKind::kQueueFull);
  EXPECT_EQ(metrics_.stats(false).submitted, 2U);
  take();
  EXPECT_EQ(push_refused(make()), std::nullopt);
}

TEST_F(AdmissionQueueTest, TakesBackWhatItHasGivenOutHoweverFullItIs) {
  const CallPtr a = push();
  push();
  take();
  const CallPtr b = push();
  queue_.push_front(a);
  EXPECT_EQ(queue_.size(), 3U);
  EXPECT_EQ(take(), a);
  EXPECT_EQ(queue_.totals().admitted, 3U);
  EXPECT_EQ(queue_.remove(b), true);
  EXPECT_EQ(queue_.remove(b), false);
}

TEST_F(AdmissionQueueTest, RefusesAllOnceItIsClosed) {
  const CallPtr before = push();
  queue_.close();
  EXPECT_EQ(push_refused(make()), ErrorKind::kShuttingDown);
  EXPECT_EQ(take(), before);
}

TEST_F(AdmissionQueueTest, RefusesWhileNoHostCanBeHad) {
  queue_.set_unavailable(AdmissionQueue::Unavailable{{}, Clock::now() + std::chrono::hours(1)});
  EXPECT_EQ(push_refused(make()), ErrorKind::kPoolUnavailable);
  queue_.set_unavailable(AdmissionQueue::Unavailable{{}, Clock::now() - std::chrono::hours(1)});
  EXPECT_EQ(push_refused(make()), std::nullopt) << "another host may be tried by now";
  queue_.set_unavailable(std::nullopt);
  EXPECT_EQ(push_refused(make()), std::nullopt);
}

TEST_F(AdmissionQueueTest, NamesTheCallsWhoseDeadlineHasPassed) {
  const CallPtr late = push(1);
  push(2);
  EXPECT_EQ(queue_.next_expiry(), kStart + seconds(1));
  EXPECT_FALSE(queue_.expired(kStart));
  const auto expired = queue_.expired(kStart + seconds(1));
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->call, late);
  EXPECT_TRUE(expired->by_deadline);
  EXPECT_EQ(queue_.expired(kStart + seconds(1))->call, late) << "until it is removed";
  queue_.remove(late);
  EXPECT_EQ(queue_.next_expiry(), kStart + seconds(2));
  take();
  EXPECT_EQ(queue_.next_expiry(), std::nullopt);
}

TEST_F(AdmissionQueueTest, LetsCallsWaitInLineForCapacity) {
  push();
  push();
  const AdmissionQueue::CapacityWait in_line{.how = How::kInQueue, .seconds = 5};
  const CallPtr first = make();
  const CallPtr second = make();
  EXPECT_EQ(push_refused(first, in_line), std::nullopt);
  EXPECT_EQ(push_refused(second, in_line), std::nullopt);
  EXPECT_EQ(push_refused(make()), ErrorKind::kQueueFull);
  EXPECT_EQ(queue_.next_expiry(), kStart + seconds(5));
  take();  // the first has its place now, and may stay
  const auto expired = queue_.expired(kStart + seconds(5));
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->call, second);
  EXPECT_FALSE(expired->by_deadline);
  queue_.remove(second);
  EXPECT_EQ(queue_.next_expiry(), std::nullopt);
}

TEST_F(AdmissionQueueTest, TakesManyAtOnceAsFarAsThereIsCapacity) {
  const std::vector<CallPtr> calls{make(1), make(), make()};
  calls[0]->settle(Outcome::success("1"));
  EXPECT_EQ(queue_.push_many(calls), 3U);
  EXPECT_EQ(queue_.push_many(std::vector{make()}), 0U) << "there is no capacity";
  EXPECT_EQ(take(), calls[1]) << "what has settled is passed over";
  EXPECT_EQ(queue_.push_many(std::vector{make(), make()}), 1U);
  EXPECT_EQ(metrics_.stats(false).submitted, 3U);
  EXPECT_EQ(queue_.totals().admitted, 3U);
  EXPECT_EQ(take(), calls[2]);
  queue_.close();
  EXPECT_EQ(queue_.push_many(std::vector{make()}), 0U);
}

TEST_F(AdmissionQueueTest, TakesNoneOfManyWhileNoHostCanBeHad) {
  queue_.set_unavailable(AdmissionQueue::Unavailable{{}, Clock::now() + std::chrono::hours(1)});
  EXPECT_EQ(queue_.push_many(std::vector{make()}), 0U);
  queue_.set_unavailable(AdmissionQueue::Unavailable{{}, Clock::now() - std::chrono::hours(1)});
  EXPECT_EQ(queue_.push_many(std::vector{make()}), 1U);
}

TEST_F(AdmissionQueueTest, HoldsACallerUntilThereIsCapacity) {
  push();
  push();
  std::optional<ErrorKind> refused = ErrorKind::kCancelled;
  const CallPtr third = make();
  std::thread caller([&] { refused = push_refused(third, {.how = How::kBlocking, .seconds = 50}); });
  while (queue_.size() < 2 || take() == nullptr) std::this_thread::yield();
  caller.join();
  EXPECT_EQ(refused, std::nullopt);
}

TEST_F(AdmissionQueueTest, LetsCallersGoThatWaitWhenItCloses) {
  push();
  push();
  std::vector<std::thread> callers;
  std::array<std::optional<ErrorKind>, 3> refused;
  for (auto& each : refused) {
    const CallPtr call = make();
    callers.emplace_back([&, call] { each = push_refused(call, {.how = How::kBlocking, .seconds = 50}); });
  }
  queue_.close();
  for (auto& caller : callers) caller.join();
  EXPECT_THAT(refused, ElementsAre(ErrorKind::kShuttingDown, ErrorKind::kShuttingDown, ErrorKind::kShuttingDown));
}

TEST_F(AdmissionQueueTest, LetsACallerGoThatIsInterrupted) {
  push();
  push();
  int asked = 0;
  const Interrupted interrupted = [&] { return ++asked == 2; };
  EXPECT_EQ(push_refused(make(), {.how = How::kBlocking, .seconds = 50, .interrupted = &interrupted}),
            ErrorKind::kCancelled);
  EXPECT_EQ(asked, 2);
}

TEST_F(AdmissionQueueTest, HandsOnWhatTheCallbackThrows) {
  push();
  push();
  const Interrupted interrupted = []() -> bool { throw std::runtime_error("Ctrl-C"); };
  const auto refusal = queue_.push(make(), {.how = How::kBlocking, .seconds = 50, .interrupted = &interrupted});
  ASSERT_TRUE(refusal && refusal->thrown);
  EXPECT_EQ(refusal->error.kind, ErrorKind::kCancelled);
  EXPECT_THROW(std::rethrow_exception(refusal->thrown), std::runtime_error);
}

}  // namespace
}  // namespace provider_host::internal
