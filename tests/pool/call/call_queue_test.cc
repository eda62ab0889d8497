#include "pool/call/call_queue.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "inject/failing_allocations.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Slot = CallQueue::Slot;

// The pids of the slots are 1, 2, …; names of calls are their ids as text, with the key in front: `a1`.
class CallQueueTest : public ::testing::Test {
 protected:
  CallPtr make(std::uint64_t id, const std::string& key) {
    Call call = Call::api_call("x");
    call.affinity = key;
    return std::make_shared<CallState>(id, Submission{.call = call}, CallLimits{}, TimePoint{}, nullptr);
  }
  CallPtr add(const std::string& key) {
    CallPtr call = make(++last_id_, key);
    queue_.push_back(call);
    return call;
  }
  static std::string name(const CallState& call) { return call.affinity + std::to_string(call.id); }

  // Takes every call that can run, as `a1@2`: call a1 on host 2. They stay in flight.
  std::vector<std::string> assign() {
    std::vector<std::string> names;
    while (auto assignment = queue_.next(slots_)) {
      Slot& slot = slots_[assignment->slot];
      slot.has_capacity = ++slot.in_flight < concurrency_;
      names.push_back(name(*assignment->call) + "@" + std::to_string(slot.pid));
      running_.push_back({assignment->call, slot.pid});
      if (assignment->loss) losses_.push_back(*assignment->loss);
    }
    return names;
  }
  // The call that is in flight has ended; its host has room again.
  CallPtr end(std::uint64_t id) {
    const auto place = std::ranges::find(running_, id, [](const auto& each) { return each.first->id; });
    const auto [call, pid] = *place;
    running_.erase(place);
    for (Slot& slot : slots_) {
      if (slot.pid == pid) slot.has_capacity = --slot.in_flight < concurrency_;
    }
    queue_.ended(*call);
    return call;
  }

  CallQueue queue_;
  int concurrency_ = 1;
  std::vector<Slot> slots_{{1, 0, true}, {2, 0, true}};
  std::vector<CallQueue::Loss> losses_;

 private:
  std::uint64_t last_id_ = 0;
  std::vector<std::pair<CallPtr, int>> running_;
};

TEST_F(CallQueueTest, GivesCallsWithoutAKeyOutInTheirOrderToTheEmptiestHost) {
  concurrency_ = 2;
  slots_ = {{1, 1, true}, {2, 0, true}};
  for (int i = 0; i < 4; ++i) add("");
  EXPECT_THAT(assign(), ElementsAre("1@2", "2@1", "3@2"));
  EXPECT_EQ(queue_.size(), 1U);
}

TEST_F(CallQueueTest, KeepsAKeyOnItsHostOneCallAtATime) {
  concurrency_ = 4;
  for (int i = 0; i < 3; ++i) add("a");
  EXPECT_THAT(assign(), ElementsAre("a1@1"));
  EXPECT_EQ(queue_.size(), 2U);
  EXPECT_THAT(assign(), IsEmpty());
  end(1);
  EXPECT_THAT(assign(), ElementsAre("a2@1"));
  end(2);
  EXPECT_THAT(assign(), ElementsAre("a3@1"));
  EXPECT_TRUE(queue_.empty());
  EXPECT_TRUE(losses_.empty());
}

TEST_F(CallQueueTest, GivesNewKeysToTheHostThatHasTheFewest) {
  concurrency_ = 100;
  for (const char* key : {"a", "b", "c", "d"}) add(key);
  EXPECT_THAT(assign(), ElementsAre("a1@1", "b2@2", "c3@1", "d4@2"));
}

TEST_F(CallQueueTest, LetsOthersPassACallThatWaitsForItsKeyOrItsHost) {
  add("a");
  EXPECT_THAT(assign(), ElementsAre("a1@1"));
  end(1);
  add("");
  EXPECT_THAT(assign(), ElementsAre("2@1"));
  add("a");  // its host is full
  add("a");
  add("");
  EXPECT_THAT(assign(), ElementsAre("5@2"));
  end(2);
  EXPECT_THAT(assign(), ElementsAre("a3@1"));
}

TEST_F(CallQueueTest, WhoWasPassedComesFirstWhenItsHostHasCapacity) {
  add("a");
  assign();
  add("a");
  add("");
  add("");
  add("");
  EXPECT_THAT(assign(), ElementsAre("3@2"));
  end(1);
  EXPECT_THAT(assign(), ElementsAre("a2@1"));
  end(2);
  EXPECT_THAT(assign(), ElementsAre("4@1"));
}

TEST_F(CallQueueTest, ALongConversationDoesNotStarveOthers) {
  slots_ = {{1, 0, true}};
  add("a");
  add("a");
  add("");
  add("a");
  std::vector<std::string> order;
  for (const std::uint64_t id : {1U, 2U, 3U, 4U}) {
    for (const std::string& each : assign()) order.push_back(each);
    end(id);
  }
  EXPECT_THAT(order, ElementsAre("a1@1", "a2@1", "3@1", "a4@1"));
}

TEST_F(CallQueueTest, AKeyWhoseHostIsGoneGoesElsewhereAndTheLossIsTold) {
  for (const char* key : {"a", "b", "c"}) add(key);
  EXPECT_THAT(assign(), ElementsAre("a1@1", "b2@2"));
  end(1);
  EXPECT_THAT(assign(), ElementsAre("c3@1"));
  add("a");
  EXPECT_THAT(assign(), IsEmpty());
  slots_[0] = {7, 0, true};  // host 1 died, its replacement is ready
  EXPECT_THAT(assign(), ElementsAre("a4@7"));
  ASSERT_EQ(losses_.size(), 1U);
  EXPECT_EQ(losses_[0].pid, 1);
  EXPECT_EQ(losses_[0].keys, 2U);
  EXPECT_TRUE(losses_[0].is_first);
  end(4);
  end(3);
  slots_[0] = {7, 0, true};
  add("c");
  EXPECT_THAT(assign(), ElementsAre("c5@7"));
  EXPECT_FALSE(losses_.at(1).is_first);
  end(5);
  add("a");
  slots_[0] = {7, 0, true};
  EXPECT_THAT(assign(), ElementsAre("a6@7"));
  EXPECT_EQ(losses_.size(), 2U);
}

TEST_F(CallQueueTest, AKeyDoesNotWaitForTheReplacementOfItsHost) {
  add("a");
  assign();
  end(1);
  slots_[0] = {};
  add("a");
  EXPECT_THAT(assign(), ElementsAre("a2@2"));
}

TEST_F(CallQueueTest, ACallThatIsRunAgainStaysBeforeTheOthersOfItsKey) {
  add("a");
  add("a");
  assign();
  const CallPtr first = end(1);  // leaves the way it would with its host
  queue_.push_front(first);
  EXPECT_EQ(queue_.size(), 2U);
  EXPECT_THAT(assign(), ElementsAre("a1@1"));
  queue_.push_front(first);  // and again, without having ended
  slots_[0] = {5, 0, true};
  EXPECT_THAT(assign(), ElementsAre("a1@5"));
  queue_.ended(*first);
  slots_[0] = {5, 0, true};
  EXPECT_THAT(assign(), ElementsAre("a2@5"));
}

TEST_F(CallQueueTest, DroppedCallsLeaveTheirPlaceToTheNextOfTheirKey) {
  add("a");
  const CallPtr second = add("a");
  add("a");
  const CallPtr plain = add("");
  slots_.pop_back();
  assign();
  EXPECT_TRUE(queue_.drop(second));
  EXPECT_FALSE(queue_.drop(second));
  EXPECT_TRUE(queue_.drop(plain));
  EXPECT_EQ(queue_.size(), 1U);
  end(1);
  EXPECT_THAT(assign(), ElementsAre("a3@1"));
}

TEST_F(CallQueueTest, ADueCallThatIsDroppedIsForgotten) {
  add("a");
  assign();
  const CallPtr due = add("a");
  assign();
  end(1);
  slots_[0].has_capacity = false;
  EXPECT_TRUE(queue_.drop(due));
  EXPECT_TRUE(queue_.empty());
  slots_[0].has_capacity = true;
  EXPECT_THAT(assign(), IsEmpty());
  add("a");
  EXPECT_THAT(assign(), ElementsAre("a3@1"));
}

TEST_F(CallQueueTest, GoesOnAfterAllOfItsCallsWereDropped) {
  add("a");
  assign();
  for (const char* key : {"a", "", "b", "a"}) add(key);
  slots_ = {{1, 1, false}};
  assign();
  std::vector<CallPtr> calls;
  queue_.for_each([&](const CallPtr& call) { calls.push_back(call); });
  EXPECT_EQ(calls.size(), 4U);
  for (const CallPtr& call : calls) {
    EXPECT_TRUE(queue_.drop(call));
    EXPECT_FALSE(call->queued);
  }
  EXPECT_TRUE(queue_.empty());
  end(1);
  EXPECT_THAT(assign(), IsEmpty());
  add("a");
  EXPECT_THAT(assign(), ElementsAre("a6@1"));
}

TEST_F(CallQueueTest, RemembersABoundedNumberOfKeysThatNobodyUses) {
  constexpr std::size_t kMax = 4;
  queue_ = CallQueue(kMax);
  std::uint64_t id = 0;
  const auto use = [&](const std::string& key) {
    add(key);
    const auto where = assign();
    end(++id);
    return where.at(0).substr(where.at(0).find('@'));
  };
  EXPECT_EQ(use("first"), "@1");
  EXPECT_EQ(use("kept"), "@2");
  for (std::size_t i = 0; i + 2 < kMax; ++i) use("k" + std::to_string(i));
  use("kept");
  use("one more");  // now "first" is forgotten
  slots_[0].has_capacity = false;
  EXPECT_EQ(use("first"), "@2") << "a forgotten key is a new one";
  EXPECT_EQ(use("kept"), "@2");
  EXPECT_TRUE(losses_.empty());
}

// Does it again when there was no memory: nothing may have happened then.
template <typename Operation>
auto insist(Operation operation) {
  const inject::Exposed exposed;
  try {
    return operation();
  } catch (const std::bad_alloc&) {
    return operation();
  }
}

TEST_F(CallQueueTest, LosesNoCallAndNoOrderForWantOfMemory) {
  std::uint64_t failed = 1;
  for (std::uint64_t place = 1; failed > 0; ++place) {
    SCOPED_TRACE(place);
    CallQueue queue(1);
    std::vector<CallPtr> calls;
    for (const char* key : {"a", "a", "b", "", "a", "c", "b"}) calls.push_back(make(calls.size() + 1, key));
    const inject::Spared spared;
    const inject::FailingAllocations failing(inject::Threads::kThis, {.first = place});
    for (const CallPtr& call : calls) insist([&] { queue.push_back(call); });
    std::vector<std::string> names;
    for (int turn = 0; turn < 20; ++turn) {
      const std::vector<Slot> slots{{turn < 4 ? 1 : 3, 0, true}, {2, 0, turn % 2 == 0}};
      const auto next = insist([&] { return queue.next(slots); });
      if (!next) continue;
      names.push_back(name(*next->call));
      if (turn == 0) insist([&] { queue.push_front(next->call); });
      if (turn == 1) insist([&] { return queue.drop(calls[4]); });
      insist([&] { queue.ended(*next->call); });
    }
    EXPECT_THAT(names, ElementsAre("a1", "a1", "a2", "b3", "4", "c6", "b7"));
    EXPECT_TRUE(queue.empty());
    failed = failing.failed();
  }
}

TEST_F(CallQueueTest, PrefersBusyHostsToIdleOnesThatCostMore) {
  add("");
  add("");
  const std::vector<Slot> slots{{.pid = 1, .in_flight = 0, .has_capacity = true},
                                {.pid = 2, .in_flight = 3, .has_capacity = true}};
  EXPECT_EQ(queue_.next(slots, 4)->slot, 1U);
  EXPECT_EQ(queue_.next(slots, 2)->slot, 0U);
}

TEST_F(CallQueueTest, AnotherHostCouldRunCallsWithoutAKey) {
  slots_ = {{1, 0, true}};
  EXPECT_EQ(queue_.startable({}, 10), 0U);
  EXPECT_FALSE(queue_.waiting_since());
  for (int i = 0; i < 4; ++i) add("");
  assign();
  const std::vector<int> pids{1};
  EXPECT_EQ(queue_.startable(pids, 10), 3U);
  EXPECT_EQ(queue_.startable(pids, 2), 2U) << "nobody asked for more";
  EXPECT_TRUE(queue_.waiting_since());
}

TEST_F(CallQueueTest, AnotherHostCouldRunOneCallOfEachKeyThatBelongsToNoHost) {
  slots_ = {{1, 0, true}};
  for (const char* key : {"a", "a", "b", "b", "c"}) add(key);
  EXPECT_THAT(assign(), ElementsAre("a1@1"));
  EXPECT_EQ(queue_.startable(std::vector<int>{1}, 10), 2U) << "b and c";
}

TEST_F(CallQueueTest, AnotherHostIsNoUseToCallsThatWaitForTheHostOfTheirKey) {
  slots_ = {{1, 0, true}};
  for (const char* key : {"a", "b"}) {
    add(key);
    assign();
    end(key[0] == 'a' ? 1 : 2);
  }
  add("");
  assign();
  for (const char* key : {"a", "b", "b"}) add(key);
  EXPECT_EQ(queue_.startable(std::vector<int>{1}, 10), 0U);
  EXPECT_EQ(queue_.startable({}, 10), 2U) << "that host is gone";
}

}  // namespace
}  // namespace provider_host::internal
