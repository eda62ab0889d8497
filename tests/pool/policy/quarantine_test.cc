#include "pool/policy/quarantine.h"

#include <gtest/gtest.h>

namespace provider_host::internal {
namespace {

TEST(Quarantine, CountsTheHostsThatAnInputHasCrashed) {
  Quarantine quarantine;
  EXPECT_EQ(quarantine.crashes(1), 0);
  quarantine.on_crash(1);
  quarantine.on_crash(1);
  quarantine.on_crash(2);
  EXPECT_EQ(quarantine.crashes(1), 2);
  EXPECT_EQ(quarantine.crashes(2), 1);
}

TEST(Quarantine, ForgetsTheFirstInputsWhenThereAreTooMany) {
  Quarantine quarantine;
  for (std::uint64_t input = 0; input <= Quarantine::kMax; ++input) quarantine.on_crash(input);
  EXPECT_EQ(quarantine.crashes(0), 0);
  EXPECT_EQ(quarantine.crashes(1), 1);
  EXPECT_EQ(quarantine.crashes(Quarantine::kMax), 1);
}

}  // namespace
}  // namespace provider_host::internal
