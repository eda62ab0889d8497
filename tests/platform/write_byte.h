#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.h"

namespace provider_host::platform {

inline void write_byte(const Fd& fd) { ASSERT_EQ(::write(fd.get(), "x", 1), 1); }

}  // namespace provider_host::platform
