#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "platform/platform_name.h"

namespace provider_host {

inline bool is_portable() { return platform::platform_name() == "portable"; }

/// Skips a test of what the portable platform does not have; `what` says what that is.
#define NEEDS_LINUX(what) \
  if (is_portable()) GTEST_SKIP() << "on the portable platform: " << (what)

}  // namespace provider_host
