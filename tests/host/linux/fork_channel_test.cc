#include "host/template/fork_channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <vector>

#include "helpers/framed.h"
#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

class ForkChannelTest : public ::testing::Test {
 protected:
  ForkChannelTest() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    pool_ = Fd(fds[0]);
    theirs_ = Fd(fds[1]);
  }

  // With so many descriptors of /dev/null.
  void send(const std::string& payload, std::size_t descriptors = 0) {
    const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    std::string bytes = framed(payload);
    iovec part{bytes.data(), bytes.size()};
    std::vector<char> control(CMSG_SPACE(descriptors * sizeof(int)));
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptors > 0) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* const head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
      const int number = null.get();
      for (std::size_t i = 0; i < descriptors; ++i)
        std::memcpy(CMSG_DATA(head) + i * sizeof number, &number, sizeof number);
    }
    EXPECT_EQ(::sendmsg(pool_.get(), &message, 0), static_cast<ssize_t>(bytes.size()));
  }

  // What has been sent, as text.
  std::string read_all(ForkChannel& channel) {
    std::string text;
    while (true) {
      while (auto request = channel.next()) {
        text += (request->ends ? "fork " : "reap ") + std::to_string(request->id) + ";";
        if (request->ends) {
          EXPECT_GE(::fcntl(request->ends->call.get(), F_GETFD), FD_CLOEXEC);
          EXPECT_GE(::fcntl(request->ends->err.get(), F_GETFD), FD_CLOEXEC);
        }
      }
      if (!channel.receive()) return text;
    }
  }

  Fd pool_;
  Fd theirs_;
};

TEST_F(ForkChannelTest, gives_each_fork_its_own_descriptors) {
  ForkChannel channel(theirs_.get());
  send(R"({"type":"reap","id":9})");
  send(R"({"type":"fork","id":1})", 6);
  send(R"({"type":"fork","id":2})", 6);
  send(R"({"type":"reap","id":1})");
  pool_.reset();
  EXPECT_EQ(read_all(channel), "reap 9;fork 1;fork 2;reap 1;");
}

TEST_F(ForkChannelTest, does_not_wait) {
  ForkChannel channel(theirs_.get());
  EXPECT_TRUE(channel.receive());
  EXPECT_FALSE(channel.next());
}

TEST_F(ForkChannelTest, refuses_too_few_descriptors) {
  ForkChannel channel(theirs_.get());
  send(R"({"type":"fork","id":1})", 5);
  EXPECT_THROW(read_all(channel), ProtocolViolation);
}

TEST_F(ForkChannelTest, refuses_too_many_descriptors) {
  ForkChannel channel(theirs_.get());
  send(R"({"type":"fork","id":1})", 8);
  EXPECT_THROW(read_all(channel), ProtocolViolation);
}

TEST_F(ForkChannelTest, refuses_other_messages) {
  for (const char* const message : {R"({"type":"inspect","id":1})", R"({"type":"fork","id":01})", R"({"type":"fork"})",
                                    R"({"type":"reap","id":1,"x":2})"}) {
    ForkChannel channel(theirs_.get());
    send(message);
    EXPECT_TRUE(channel.receive());
    EXPECT_THROW(channel.next(), ProtocolViolation) << message;
  }
}

}  // namespace
}  // namespace provider_host::host
