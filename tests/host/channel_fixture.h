#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string_view>

#include "base/fd.h"
#include "helpers/framed.h"
#include "host/calls/call_channel.h"

namespace provider_host::host {

/// A call channel, and the pool's end of it.
class ChannelFixture : public ::testing::Test {
 protected:
  ChannelFixture() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    pool_ = Fd(fds[0]);
    channel_ = std::make_unique<CallChannel>(Fd(fds[1]));
  }

  void pool_sends(std::string_view bytes) {
    EXPECT_EQ(::send(pool_.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }

  Fd pool_;
  std::unique_ptr<CallChannel> channel_;
};

}  // namespace provider_host::host
