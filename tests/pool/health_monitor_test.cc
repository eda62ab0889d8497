// When hosts are asked how they are.
#include "pool/health_monitor.h"

#include <gmock/gmock.h>

#include "pool/engine_fixture.h"

namespace provider_host::internal {
namespace {

using ::testing::HasSubstr;

class HealthMonitorTest : public EngineFixture {};

TEST_F(HealthMonitorTest, AsksReadyHostsNowAndThen) {
  options_.health_interval = 10;
  FakeHost& host = start_ready();
  parts_->engine.watch();
  EXPECT_THAT(host.control_message(), HasSubstr("probe"));
  turn(9);
  EXPECT_FALSE(host.has_control_message());
  turn(1);
  EXPECT_THAT(host.control_message(), HasSubstr("probe"));
}

TEST_F(HealthMonitorTest, AsksNobodyByItselfWithoutAnInterval) {
  options_.health_interval = 0;
  FakeHost& host = start_ready();
  parts_->engine.watch();
  turn(1000);
  EXPECT_FALSE(host.has_control_message());
}

}  // namespace
}  // namespace provider_host::internal
