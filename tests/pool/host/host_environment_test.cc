#include "pool/host/host_environment.h"

#include <gmock/gmock.h>

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string> kOurs{"PATH=/bin", "API_KEY=secret", "LC_ALL=C", "OTHER=a=b"};

TEST(HostEnvironment, IsOursUnlessToldOtherwise) { EXPECT_EQ(host_environment({}, kOurs), kOurs); }

TEST(HostEnvironment, HasOnlyTheUsualAndWhatIsNamedWhenItIsClean) {
  PoolOptions options;
  options.env = EnvPolicy::kClean;
  EXPECT_THAT(host_environment(options, kOurs), ElementsAre("PATH=/bin", "LC_ALL=C"));
  options.env_keep = {"OTHER", "MISSING"};
  options.env_set = {{"NEW", "1"}};
  EXPECT_THAT(host_environment(options, kOurs), ElementsAre("PATH=/bin", "LC_ALL=C", "OTHER=a=b", "NEW=1"));
}

TEST(HostEnvironment, ReplacesWhatIsSet) {
  PoolOptions options;
  options.env_set = {{"PATH", "/elsewhere"}};
  EXPECT_THAT(host_environment(options, kOurs),
              ElementsAre("API_KEY=secret", "LC_ALL=C", "OTHER=a=b", "PATH=/elsewhere"));
}

}  // namespace
}  // namespace provider_host::internal
