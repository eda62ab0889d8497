#include "provider_host/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "provider_host/error.h"

namespace provider_host {
namespace {

using testing::HasSubstr;

std::string error_of(const PoolOptions& options) {
  try {
    check_options(options);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

template <typename Change>
std::string error_after(Change change) {
  PoolOptions options;
  options.script = "provider.py";
  change(options);
  return error_of(options);
}

std::string error_of_text(std::string_view name, std::string_view text) {
  PoolOptions options;
  try {
    set_option(options, name, text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(OptionTable, DefaultsAreAllowed) {
  EXPECT_EQ(error_after([](auto&) {}), "");
}

TEST(OptionTable, AMessageNamesTheOptionItsRangeAndTheValue) {
  EXPECT_EQ(error_after([](auto& o) { o.workers = 1'000'000'000; }),
            "workers must be a whole number from 1 to 10000, or the least (0 or more) and the most, as 1:8 or (1, 8), "
            "not 1000000000");
  EXPECT_THAT(error_after([](auto& o) { o.workers = {8, 1}; }), HasSubstr("(1, 8), not 8:1"));
  EXPECT_EQ(error_after([](auto& o) { o.timeout = -1; }),
            "timeout must be a number of seconds from 0 (no limit) up, not -1");
  EXPECT_EQ(error_after([](auto& o) { o.frame_limit = 10; }),
            "frame_limit must be a size from 1 KiB to 4095 MiB, in bytes or with K, M or G (KiB, MiB, GiB), such as "
            "512M, not 10");
  EXPECT_EQ(error_after([](auto& o) { o.umask = 01000; }),
            "umask must be a mask of file permissions, octal digits from 0 to 777 such as 077, not 1000");
  EXPECT_EQ(error_after([](auto& o) { o.nan = static_cast<NanPolicy>(7); }), "nan must be one of error|null, not 7");
}

TEST(OptionTable, EveryNumberHasBothEnds) {
  for (const PoolOption& option : option_table()) {
    if (option.type == OptionType::kSeconds) {
      for (const double value : {-1.0, std::nan(""), -HUGE_VAL, HUGE_VAL}) {
        EXPECT_FALSE(option.allows(value)) << option.name << " " << value;
      }
      EXPECT_TRUE(option.allows(0.0) && option.allows(1e300)) << option.name;
    } else if (option.type == OptionType::kRange) {
      EXPECT_FALSE(option.allows(NumberRange{option.least - 1, option.most})) << option.name;
      EXPECT_FALSE(option.allows(NumberRange{option.least, option.most + 1})) << option.name;
      EXPECT_FALSE(option.allows(option.most)) << option.name;  // a number is not of the type
      EXPECT_TRUE(option.allows(NumberRange{option.least, option.most})) << option.name;
    } else if (option.most > 0) {
      EXPECT_FALSE(option.allows(option.least - 1)) << option.name;
      EXPECT_FALSE(option.allows(option.most + 1)) << option.name;
      EXPECT_TRUE(option.allows(option.least) && option.allows(option.most)) << option.name;
    }
  }
}

TEST(OptionTable, LimitsThatAreFarTooLargeDoNotWrap) {
  const auto most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_THAT(error_after([most](auto& o) { o.max_calls_per_host = most; }), HasSubstr("max_calls_per_host"));
  EXPECT_THAT(error_after([most](auto& o) { o.memory_limit = most; }), HasSubstr("memory_limit must be a size"));
  EXPECT_THAT(error_after([most](auto& o) { o.max_queue = most; }), HasSubstr("max_queue"));
}

TEST(OptionTable, TextsMustBeThere) {
  EXPECT_EQ(error_of(PoolOptions{}), "script must be a path that is not empty and has no zero byte, not empty");
  EXPECT_THAT(error_after([](auto& o) { o.python = std::string("a\0b", 3); }), HasSubstr("python"));
  EXPECT_THAT(error_after([](auto& o) { o.env_keep = {"A=1"}; }), HasSubstr("env_keep must be names"));
  const std::string error = error_after([](auto& o) { o.env_set = {{"A=B", "secret"}}; });
  EXPECT_THAT(error, HasSubstr("env_set must be environment variables"));
  EXPECT_THAT(error, testing::Not(HasSubstr("secret")));
}

TEST(OptionTable, WhatSeveralCallsPrintBelongsToNobody) {
  EXPECT_THAT(error_after([](auto& o) {
                o.capture = true;
                o.concurrency = 2;
              }),
              HasSubstr("capture needs concurrency 1"));
}

TEST(OptionTable, OptionsCanBeSetFromText) {
  PoolOptions options;
  set_option(options, "script", "provider.py");
  set_option(options, "workers", "4");
  set_option(options, "timeout", "1.5");
  set_option(options, "memory_limit", "1.5G");
  set_option(options, "capture", "true");
  set_option(options, "bytes", "base64");
  set_option(options, "umask", "077");
  set_option(options, "env_keep", "HOME,LANG");
  set_option(options, "env_set", "MODE=a=b");
  EXPECT_EQ(options.script, "provider.py");
  EXPECT_EQ(options.workers, 4);
  EXPECT_EQ(options.timeout, 1.5);
  EXPECT_EQ(options.memory_limit, 3ULL << 29);
  EXPECT_TRUE(options.capture);
  EXPECT_EQ(options.bytes, BytesPolicy::kBase64);
  EXPECT_EQ(options.umask, 077);
  EXPECT_EQ(options.env_keep, (std::vector<std::string>{"HOME", "LANG"}));
  EXPECT_EQ(options.env_set.at("MODE"), "a=b");
}

TEST(OptionTable, ThereAreAlwaysAsManyHostsOrAsManyAsAreNeeded) {
  PoolOptions options;
  set_option(options, "workers", "4");
  EXPECT_TRUE(options.workers.is_fixed());
  set_option(options, "workers", "1:8");
  EXPECT_EQ(options.workers, WorkerRange(1, 8));
  set_option(options, "workers", "0:1");
  EXPECT_EQ(options.workers, WorkerRange(0, 1));
  set_option(options, "preload", "auto");
  EXPECT_EQ(options.preload, Preload::kAuto);
}

TEST(OptionTable, NonsenseIsNoValueOfAnyType) {
  EXPECT_EQ(error_of_text("workers", "two"),
            "workers must be a whole number from 1 to 10000, or the least (0 or more) and the most, as 1:8 or (1, 8), "
            "not 'two'");
  for (const auto* text : {"",   " 1",  "1 ",    "1.0", "1e3",  "0x1",  "99999999999999999999",
                           "-1", "+1",  "0",     "0:0", "8:1",  "1:",   ":8",
                           ":",  "a:b", "1:2:3", "1-8", "-1:8", "1: 8", "1:10001"}) {
    EXPECT_NE(error_of_text("workers", text), "") << text;
  }
  for (const auto* text : {"", "nan", "inf", "1s", "-1", "1e400"}) EXPECT_NE(error_of_text("timeout", text), "");
  for (const auto* text : {"", "12Q", "-1", "1.5"}) EXPECT_NE(error_of_text("max_rss", text), "");
  for (const auto* text : {"", "1", "yes"}) EXPECT_NE(error_of_text("capture", text), "");
  EXPECT_EQ(error_of_text("preload", "yes"), "preload must be one of off|auto|on, not 'yes'");
  EXPECT_EQ(error_of_text("spares", "-1"), "spares must be a whole number from 0 (none) to 10000, not '-1'");
  EXPECT_EQ(error_of_text("idle_timeout", "soon"),
            "idle_timeout must be a number of seconds from 0 (never) up, not 'soon'");
  EXPECT_EQ(error_of_text("env", "none"), "env must be one of inherit|clean, not 'none'");
  EXPECT_NE(error_of_text("umask", "8"), "");
  EXPECT_NE(error_of_text("script", ""), "");
  EXPECT_NE(error_of_text("env_set", "A"), "");
  EXPECT_THAT(error_of_text("worker", "1"), HasSubstr("there is no option 'worker'; there are script, python"));
}

}  // namespace
}  // namespace provider_host
