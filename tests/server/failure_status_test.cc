#include "server/failure_status.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

namespace provider_host::server {
namespace {

struct Row {
  ErrorKind kind;
  int status;
  bool should_retry;
  bool has_retry_after;
};

constexpr Row kTable[] = {
    {ErrorKind::kInvalidRequest, 400, false, false},  {ErrorKind::kFunctionNotFound, 404, false, false},
    {ErrorKind::kPythonException, 422, false, false}, {ErrorKind::kInvalidResponse, 422, false, false},
    {ErrorKind::kQuarantined, 422, false, false},     {ErrorKind::kCancelled, 499, false, false},
    {ErrorKind::kHostCrashed, 502, false, false},     {ErrorKind::kTimeout, 504, false, false},
    {ErrorKind::kCollateral, 503, true, false},       {ErrorKind::kQueueFull, 429, true, true},
    {ErrorKind::kPoolUnavailable, 503, true, true},   {ErrorKind::kImportFailed, 503, true, true},
    {ErrorKind::kShuttingDown, 503, true, true},      {ErrorKind::kProtocolError, 500, false, false},
};

Error error_of(ErrorKind kind, std::optional<double> retry_after = std::nullopt) {
  Error error;
  error.kind = kind;
  error.retry_after = retry_after;
  return error;
}

TEST(FailureStatus, is_that_of_the_kind) {
  for (const Row& row : kTable) {
    const FailureStatus found = failure_status(error_of(row.kind));
    EXPECT_EQ(found.status, row.status) << to_string(row.kind);
    EXPECT_EQ(found.should_retry, row.should_retry) << to_string(row.kind);
    EXPECT_EQ(found.retry_after.has_value(), row.has_retry_after) << to_string(row.kind);
  }
}

TEST(FailureStatus, says_when_the_pool_tries_again_in_whole_seconds_from_1_to_60) {
  const auto seconds = [](std::optional<double> retry_after) {
    return failure_status(error_of(ErrorKind::kPoolUnavailable, retry_after)).retry_after;
  };
  EXPECT_EQ(seconds(std::nullopt), 1);
  EXPECT_EQ(seconds(0.0), 1);
  EXPECT_EQ(seconds(-3.0), 1);
  EXPECT_EQ(seconds(4.0), 4);
  EXPECT_EQ(seconds(4.2), 5);
  EXPECT_EQ(seconds(1e9), 60);
  EXPECT_EQ(seconds(std::numeric_limits<double>::infinity()), 60);
}

TEST(FailureStatus, of_a_providers_own_error_is_422_without_another_try) {
  EXPECT_EQ(kProviderError.status, 422);
  EXPECT_FALSE(kProviderError.should_retry);
  EXPECT_FALSE(kProviderError.retry_after);
}

}  // namespace
}  // namespace provider_host::server
