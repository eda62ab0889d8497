#include "pool/call/outcome_delivery.h"

#include <gmock/gmock.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "helpers/recording_sink.h"
#include "pool/call/call_block.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;

class OutcomeDeliveryTest : public ::testing::Test {
 protected:
  void settle(const CallPtr& call, const std::string& json) {
    Outcome outcome = Outcome::success(json);
    call->complete(outcome);
    call->settle(std::move(outcome));
    calls_.push_back(call);
  }
  CallPtr settled_for(const std::shared_ptr<OutcomeSink>& sink, std::uint64_t tag) {
    const TaggedCall tagged{Call::api_call("x"), tag};
    const auto block = std::make_shared<CallBlock>(std::span(&tagged, 1), std::weak_ptr<PoolCore>(), sink);
    const CallPtr call(block, &block->add(++last_id_, {.call = tagged.call}, {}, Clock::now(), tag));
    settle(call, std::to_string(tag));
    return call;
  }
  void settled_with_callback(CallState::OnSettled on_settled) {
    settle(std::make_shared<CallState>(++last_id_, Submission{.call = Call::api_call("x")}, CallLimits{}, Clock::now(),
                                       std::move(on_settled)),
           "1");
  }
  std::size_t deliver_first() {
    return delivery_.deliver_first(calls_, [this](std::string_view what) { reports_.emplace_back(what); });
  }

  std::uint64_t last_id_ = 0;
  SettledCalls calls_;
  OutcomeDelivery delivery_;
  std::vector<std::string> reports_;
};

TEST_F(OutcomeDeliveryTest, GivesASinkItsOutcomesAtOnceAndInOrder) {
  const auto sink = std::make_shared<RecordingSink>();
  for (const std::uint64_t tag : {7U, 5U, 6U}) settled_for(sink, tag);
  EXPECT_EQ(deliver_first(), 3U);
  EXPECT_TRUE(calls_.empty());
  EXPECT_THAT(sink->tags(), ElementsAre(7, 5, 6));
  EXPECT_THAT(sink->runs(), ElementsAre(3));
  EXPECT_EQ(sink->wait_for(3)[1].outcome.json(), "5");
}

TEST_F(OutcomeDeliveryTest, KeepsTheOrderBetweenCallbacksAndSinks) {
  std::vector<std::string> order;
  const auto a = std::make_shared<RecordingSink>([&](std::size_t count) { order.push_back(std::to_string(count)); });
  const auto b = std::make_shared<RecordingSink>([&](std::size_t) { order.emplace_back("b"); });
  settled_for(a, 1);
  settled_for(a, 2);
  settled_with_callback([&](const Outcome&) { order.emplace_back("callback"); });
  settled_for(a, 3);
  settled_for(b, 4);
  settled_for(a, 5);
  std::size_t delivered = 0;
  while (!calls_.empty()) delivered += deliver_first();
  EXPECT_EQ(delivered, 6U);
  EXPECT_THAT(order, ElementsAre("2", "callback", "1", "b", "1"));
}

TEST_F(OutcomeDeliveryTest, HandsOverABoundedNumberAtATime) {
  const auto sink = std::make_shared<RecordingSink>();
  for (std::size_t i = 0; i < OutcomeDelivery::kMaxRun + 1; ++i) settled_for(sink, i);
  EXPECT_EQ(deliver_first(), OutcomeDelivery::kMaxRun);
  EXPECT_EQ(deliver_first(), 1U);
}

TEST_F(OutcomeDeliveryTest, ReportsWhatASinkThrowsAndGoesOn) {
  const auto sink = std::make_shared<RecordingSink>([](std::size_t) { throw std::runtime_error("no"); });
  settled_for(sink, 1);
  deliver_first();
  settled_for(sink, 2);
  deliver_first();
  EXPECT_THAT(reports_, ElementsAre("no", "no"));
  EXPECT_THAT(sink->tags(), ElementsAre(1, 2));
}

TEST_F(OutcomeDeliveryTest, LeavesTheOutcomeToThoseWhoWaitForTheCall) {
  const auto sink = std::make_shared<RecordingSink>();
  const CallPtr call = settled_for(sink, 9);
  deliver_first();
  EXPECT_EQ(call->wait().json(), "9");
}

TEST_F(OutcomeDeliveryTest, LetsGoOfTheSinkAfterItsLastOutcome) {
  auto sink = std::make_shared<RecordingSink>();
  const std::weak_ptr<OutcomeSink> kept = sink;
  const CallPtr call = settled_for(sink, 1);
  sink = nullptr;
  EXPECT_FALSE(kept.expired());
  deliver_first();
  EXPECT_TRUE(kept.expired());
}

}  // namespace
}  // namespace provider_host::internal
