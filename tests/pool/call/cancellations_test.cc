#include "pool/call/cancellations.h"

#include <gtest/gtest.h>

#include <memory>

namespace provider_host::internal {
namespace {

using CancelRequest = CallState::CancelRequest;

CallPtr make_call(std::uint64_t id) {
  return std::make_shared<CallState>(id, Submission{.call = Call::api_call("x")}, CallLimits{}, TimePoint{}, nullptr);
}

TEST(Cancellations, AreGrantedInTheirOrder) {
  Cancellations cancellations;
  const CallPtr a = make_call(1);
  const CallPtr b = make_call(2);
  EXPECT_EQ(cancellations.first().call, nullptr);
  cancellations.request(b, CancelRequest::kWithdraw);
  cancellations.request(a, CancelRequest::kCancel);
  cancellations.request(b, CancelRequest::kWithdraw);
  const auto first = cancellations.first();
  EXPECT_EQ(first.call, b);
  EXPECT_EQ(first.kind, CancelRequest::kWithdraw);
  cancellations.done(first);
  EXPECT_EQ(cancellations.first().call, a);
  cancellations.done(cancellations.first());
  EXPECT_EQ(cancellations.first().call, nullptr);
}

TEST(Cancellations, StayWhenMoreIsWantedMeanwhile) {
  Cancellations cancellations;
  const CallPtr call = make_call(1);
  cancellations.request(call, CancelRequest::kWithdraw);
  const auto withdrawal = cancellations.first();
  cancellations.request(call, CancelRequest::kCancel);
  cancellations.done(withdrawal);
  EXPECT_EQ(cancellations.first().kind, CancelRequest::kCancel);
  cancellations.request(call, CancelRequest::kWithdraw);
  EXPECT_EQ(cancellations.first().kind, CancelRequest::kCancel) << "which is more";
}

}  // namespace
}  // namespace provider_host::internal
