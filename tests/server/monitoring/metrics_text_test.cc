#include "server/monitoring/metrics_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "helpers/platform.h"

namespace provider_host::server {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string text_of(const PoolStats& pool, const RequestMetrics& requests = {}) {
  return metrics_text(pool, requests, {"1.2.3", "provider.py", "provider", 0});
}

PoolStats pool_with_a_host() {
  PoolStats pool;
  HostStats& host = pool.hosts.emplace_back();
  host.number = 3;
  host.state = "ready";
  host.in_flight = 2;
  host.rss = 1'000'000;
  host.health.process = "alive";
  host.health.gil_ms = 1250;
  return pool;
}

TEST(MetricsText, EachFamilyHasHelpAndATypeAndCountersEndInTotal) {
  RequestMetrics requests;
  requests.request_started(Route::kChat);
  requests.request_ended(Route::kChat, 200, 1);
  std::map<std::string, std::string> types;
  std::set<std::string> helped;
  for (const std::string& line : lines_of(text_of(pool_with_a_host(), requests))) {
    std::istringstream words(line);
    std::string hash, what, name, rest;
    words >> hash >> what >> name;
    std::getline(words, rest);
    if (line.starts_with("# HELP ")) {
      EXPECT_TRUE(helped.insert(name).second) << name << " stands there twice";
      EXPECT_FALSE(rest.empty()) << line;
    } else if (line.starts_with("# TYPE ")) {
      types[name] = rest.substr(1);
    } else {
      std::string sample = line.substr(0, line.find_first_of("{ "));
      for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        if (sample.ends_with(suffix) && !types.contains(sample)) sample.resize(sample.size() - std::strlen(suffix));
      }
      EXPECT_TRUE(types.contains(sample)) << line;
      EXPECT_TRUE(helped.contains(sample)) << line;
    }
  }
  EXPECT_GT(types.size(), 30U);
  for (const auto& [name, type] : types) {
    EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
    EXPECT_TRUE(name.starts_with("provider_host_") || name.starts_with("process_")) << name;
  }
}

TEST(MetricsText, RequestsAreCountedByRouteAndCode) {
  RequestMetrics requests;
  for (int i = 0; i < 2; ++i) requests.request_started(Route::kChat);
  requests.request_ended(Route::kChat, 429, 0.002);
  const std::string text = text_of({}, requests);
  EXPECT_THAT(text, HasSubstr("\nprovider_host_http_requests_total{route=\"chat_completions\",code=\"429\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_http_requests_in_flight{route=\"chat_completions\"} 1\n"));
  const std::string bucket = "\nprovider_host_http_request_duration_seconds_bucket{route=\"chat_completions\",le=";
  EXPECT_THAT(text, HasSubstr(bucket + "\"0.001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "\"+Inf\"} 1\n"));
}

TEST(MetricsText, StreamsAndConnectionsAreCounted) {
  RequestMetrics requests;
  requests.connection_opened();
  requests.stream_started();
  requests.first_item(0.3);
  requests.items(12);
  requests.bytes_out(1'234'567'890);
  const std::string text = text_of({}, requests);
  EXPECT_THAT(text, HasSubstr("\nprovider_host_http_connections 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_http_streams 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_stream_items_total 12\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_stream_first_item_seconds_count 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_http_response_bytes_total 1234567890\n"));
}

TEST(MetricsText, WhatHasNotHappenedIsZeroSoThatRatesExist) {
  PoolStats pool;
  pool.errors_by_kind = {{"timeout", 4}};
  pool.restarts_by_cause = {{"crash", 2}};
  const std::string text = text_of(pool);
  EXPECT_THAT(text, HasSubstr("\nprovider_host_call_errors_total{kind=\"timeout\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_call_errors_total{kind=\"host_crashed\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_restarts_total{cause=\"crash\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_restarts_total{cause=\"memory_limit\"} 0\n"));
}

TEST(MetricsText, SparesAreCountedApart) {
  PoolStats pool = pool_with_a_host();
  pool.spares = 2;
  EXPECT_THAT(text_of(pool), HasSubstr("\nprovider_host_host_spares 2\n"));
}

TEST(MetricsText, AHostIsUpAtTheLevelsAtWhichItResponds) {
  const std::string text = text_of(pool_with_a_host());
  EXPECT_THAT(text, HasSubstr("\nprovider_host_host_up{host=\"3\",level=\"process\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_host_up{host=\"3\",level=\"gil\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_host_gil_wait_seconds{host=\"3\"} 1.25\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_host_calls_in_flight{host=\"3\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_host_resident_memory_bytes{host=\"3\"} 1000000\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_hosts{state=\"ready\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_hosts{state=\"down\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("loop_wait_seconds"))) << "it was not probed";
}

TEST(MetricsText, LatenciesAreInSeconds) {
  PoolStats pool;
  pool.queue_wait = {.count = 4, .mean = 500, .p50 = 250, .p90 = 1000, .p99 = 1500, .p999 = 1750, .max = 2000};
  const std::string text = text_of(pool);
  EXPECT_THAT(text, HasSubstr("\nprovider_host_queue_wait_seconds{quantile=\"0.5\"} 0.25\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_queue_wait_seconds{quantile=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_queue_wait_seconds_sum 2\n"));
  EXPECT_THAT(text, HasSubstr("\nprovider_host_queue_wait_seconds_count 4\n"));
  EXPECT_THAT(text, Not(HasSubstr("call_duration_seconds{quantile"))) << "there were no calls";
}

TEST(MetricsText, LabelsMayHoldAnything) {
  const std::string text = metrics_text({}, {}, {"1", "a\"b\\c\nd\xff", "m", 0});
  EXPECT_THAT(text, HasSubstr(R"(script="a\"b\\c\nd�")"));
}

TEST(MetricsText, HasTheServersOwnProcess) {
  NEEDS_LINUX("the memory of processes is not known");
  const std::string text = text_of({});
  for (const char* name :
       {"process_resident_memory_bytes ", "process_open_fds ", "process_max_fds ", "process_start_time_seconds "}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name)));
    EXPECT_THAT(text, Not(HasSubstr("\n" + std::string(name) + "0\n")));
  }
}

}  // namespace
}  // namespace provider_host::server
