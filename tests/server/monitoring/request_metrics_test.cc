#include "server/monitoring/request_metrics.h"

#include <gtest/gtest.h>

namespace provider_host::server {
namespace {

TEST(RequestMetrics, RequestsAreInFlightUntilTheyEnd) {
  RequestMetrics metrics;
  metrics.request_started(Route::kChat);
  metrics.request_started(Route::kCall);
  EXPECT_EQ(metrics.in_flight(), 2U);
  metrics.request_ended(Route::kChat, 200, 0.5);
  EXPECT_EQ(metrics.in_flight(), 1U);
  EXPECT_EQ(metrics.in_flight(Route::kCall), 1U);
  EXPECT_EQ(metrics.ended(Route::kChat, 200), 1U);
  EXPECT_EQ(metrics.ended(Route::kCall, 200), 0U);
}

TEST(RequestMetrics, StatusesThatHttpDoesNotHaveCountAs500) {
  RequestMetrics metrics;
  for (const int status : {0, -1, 99, 600, 1'000'000}) {
    metrics.request_started(Route::kOther);
    metrics.request_ended(Route::kOther, status, 0);
    EXPECT_EQ(metrics.ended(Route::kOther, status), 0U);
  }
  EXPECT_EQ(metrics.ended(Route::kOther, 500), 5U);
}

TEST(RequestMetrics, ADurationIsInTheBucketWhoseBoundItReaches) {
  DurationHistogram durations;
  for (const double duration : {0.0, 0.0001, 0.00011, 1.0, 301.0}) durations.record(duration);
  EXPECT_EQ(durations.counts().front(), 2U);
  EXPECT_EQ(durations.counts()[1], 1U);
  EXPECT_EQ(durations.counts()[12], 1U);  // up to a second
  EXPECT_EQ(durations.counts().back(), 1U);
  EXPECT_EQ(durations.count(), 5U);
  EXPECT_NEAR(durations.sum(), 302.00021, 1e-9);
}

TEST(RequestMetrics, TheSnapshotHasAllStatusesOfAllRoutes) {
  RequestMetrics metrics;
  metrics.connection_opened();
  metrics.connection_opened();
  metrics.connection_closed();
  metrics.connection_refused();
  metrics.stream_started();
  metrics.bytes_in(7);
  metrics.bytes_out(9);
  for (const Route route : {Route::kChat, Route::kChat, Route::kModels, Route::kPage}) metrics.request_started(route);
  metrics.request_ended(Route::kChat, 200, 1);
  metrics.request_ended(Route::kModels, 200, 1);
  metrics.request_ended(Route::kPage, 404, 1);
  EXPECT_EQ(http_json(metrics), nlohmann::ordered_json::parse(R"({"connections":1,"connections_refused":1,"requests":3,
    "in_flight":1,"streams":1,"by_status":{"200":2,"404":1},"bytes_in":7,"bytes_out":9})"));
}

TEST(RequestMetrics, TheLatencyIsOfRequestsThatRunCalls) {
  RequestMetrics metrics;
  for (const Route route : {Route::kChat, Route::kEmbeddings, Route::kCall, Route::kModels, Route::kHealth}) {
    metrics.request_started(route);
    metrics.request_ended(route, 200, 2);
  }
  const auto json = latency_json(metrics);
  EXPECT_EQ(json["count"], 3);
  EXPECT_DOUBLE_EQ(json["sum"].get<double>(), 6);
  for (const auto& bucket : json["buckets"]) {
    const bool holds = bucket["le"].is_null() || bucket["le"].get<double>() >= 2;
    EXPECT_EQ(bucket["count"], holds ? 3 : 0) << bucket;
  }
  EXPECT_TRUE(json["buckets"].back()["le"].is_null());
}

}  // namespace
}  // namespace provider_host::server
