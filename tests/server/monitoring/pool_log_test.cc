#include "server/monitoring/pool_log.h"

#include <gtest/gtest.h>

#include <thread>

namespace provider_host::server {
namespace {

TEST(PoolLog, HasThePoolsOwnMessagesOnly) {
  PoolLog log;
  log.add({LogLevel::kWarning, 1, "pool", "host 1 crashed"}, 2.5);
  log.add({LogLevel::kInfo, 1, "stdout", "a secret prompt"}, 2.5);
  log.add({LogLevel::kError, 1, "stderr", "more of it"}, 2.5);
  EXPECT_EQ(log.json(), R"([{"time":2.5,"level":"warning","text":"host 1 crashed"}])");
}

TEST(PoolLog, TheLastHundredAreKeptNewestFirst) {
  PoolLog log;
  for (int number = 1; number <= 250; ++number) {
    const std::string text = std::to_string(number);
    log.add({LogLevel::kInfo, 0, "pool", text}, 0);
  }
  const auto json = nlohmann::json::parse(log.json());
  ASSERT_EQ(json.size(), 100U);
  EXPECT_EQ(json.front()["text"], "250");
  EXPECT_EQ(json.back()["text"], "151");
}

TEST(PoolLog, ALongMessageIsCut) {
  PoolLog log;
  const std::string text(50'000, 'x');
  log.add({LogLevel::kInfo, 0, "pool", text}, 0);
  EXPECT_EQ(nlohmann::json::parse(log.json()).at(0)["text"], text.substr(0, PoolLog::kMaxText));
}

TEST(PoolLog, MessagesMayComeOnOtherThreads) {
  PoolLog log;
  std::thread writer([&log] {
    for (int i = 0; i < 1000; ++i) log.add({LogLevel::kInfo, 0, "pool", "message"}, 0);
  });
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(nlohmann::json::accept(log.json()));
  writer.join();
  EXPECT_EQ(nlohmann::json::parse(log.json()).size(), 100U);
}

}  // namespace
}  // namespace provider_host::server
