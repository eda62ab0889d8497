#include "pool/policy/code_generations.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

Error error_of(const std::string& message) {
  Error error;
  error.message = message;
  return error;
}

TEST(CodeGenerations, HostsHaveTheFormerCodeUntilTheNewOneIsPrepared) {
  CodeGenerations generations;
  generations.begin();
  EXPECT_EQ(generations.newest(), 1);
  EXPECT_EQ(generations.current(), 0);
  EXPECT_FALSE(generations.is_prepared());
  generations.on_prepared();
  EXPECT_EQ(generations.current(), 1);
  EXPECT_TRUE(generations.is_prepared());
}

TEST(CodeGenerations, OnlyAHostThatIsReadyMakesFormerCodeObsolete) {
  CodeGenerations generations;
  EXPECT_TRUE(generations.is_imported()) << "there is nothing to be waited for";
  generations.begin();
  generations.on_prepared();
  EXPECT_FALSE(generations.is_imported());
  EXPECT_FALSE(generations.is_superseded(0));
  generations.on_ready(0);  // was starting by then
  EXPECT_FALSE(generations.is_superseded(0));
  generations.on_ready(1);
  EXPECT_TRUE(generations.is_imported());
  EXPECT_TRUE(generations.is_superseded(0));
  generations.on_ready(0);
  EXPECT_TRUE(generations.is_superseded(0));
}

TEST(CodeGenerations, TheFirstFailureOfTheGenerationBegunCounts) {
  CodeGenerations generations;
  EXPECT_FALSE(generations.on_failed(0, error_of("no reload has begun")));
  generations.begin();
  EXPECT_FALSE(generations.on_failed(0, error_of("of the former code")));
  EXPECT_FALSE(generations.error());
  EXPECT_TRUE(generations.on_failed(1, error_of("first")));
  EXPECT_FALSE(generations.on_failed(1, error_of("second")));
  EXPECT_EQ(generations.error()->message, "first");
}

TEST(CodeGenerations, AnotherBeginForgetsTheFailureOfTheLast) {
  CodeGenerations generations;
  generations.begin();
  generations.on_failed(1, error_of("broken"));
  generations.begin();
  EXPECT_FALSE(generations.error());
  EXPECT_FALSE(generations.on_failed(1, error_of("late")));
  generations.end();
  EXPECT_FALSE(generations.on_failed(2, error_of("after the end")));
}

}  // namespace
}  // namespace provider_host::internal
