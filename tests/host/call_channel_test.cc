#include "host/calls/call_channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "host/channel_fixture.h"
#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

using Received = CallChannel::Received;

using CallChannelTest = ChannelFixture;

TEST_F(CallChannelTest, gives_frames_however_the_bytes_arrive) {
  const std::string bytes = framed("{\"a\":1}") + framed("{}");
  pool_sends(bytes.substr(0, 6));
  EXPECT_EQ(channel_->receive(), Received::kBytes);
  EXPECT_EQ(channel_->next_frame(), "");
  pool_sends(bytes.substr(6));
  EXPECT_EQ(channel_->receive(), Received::kBytes);
  EXPECT_EQ(channel_->next_frame(), "{\"a\":1}");
  EXPECT_EQ(channel_->next_frame(), "{}");
  EXPECT_EQ(channel_->next_frame(), "");
}

TEST_F(CallChannelTest, does_not_wait_when_told_so) { EXPECT_EQ(channel_->receive(false), Received::kNothingYet); }

TEST_F(CallChannelTest, ends_between_frames) {
  pool_sends(framed("{}"));
  ::shutdown(pool_.get(), SHUT_WR);
  EXPECT_EQ(channel_->receive(), Received::kBytes);
  EXPECT_EQ(channel_->next_frame(), "{}");
  EXPECT_EQ(channel_->receive(), Received::kEnd);
}

TEST_F(CallChannelTest, takes_an_end_inside_a_frame_as_a_violation) {
  pool_sends(framed("{}").substr(0, 5));
  ::shutdown(pool_.get(), SHUT_WR);
  EXPECT_EQ(channel_->receive(), Received::kBytes);
  EXPECT_EQ(channel_->next_frame(), "");
  EXPECT_THROW(channel_->receive(), ProtocolViolation);
}

TEST_F(CallChannelTest, refuses_frames_above_the_limit) {
  channel_->set_frame_limit(3);
  pool_sends(framed("[1]") + framed("[12]"));
  EXPECT_EQ(channel_->receive(), Received::kBytes);
  EXPECT_EQ(channel_->next_frame(), "[1]");
  EXPECT_THROW(channel_->next_frame(), ProtocolViolation);
}

TEST_F(CallChannelTest, refuses_what_is_not_utf8) {
  pool_sends(framed("\"\xff\""));
  EXPECT_EQ(channel_->receive(), Received::kBytes);
  EXPECT_THROW(channel_->next_frame(), ProtocolViolation);
}

TEST_F(CallChannelTest, sends_frames_larger_than_the_sockets_buffer) {
  const std::string payload(5'000'000, 'x');
  ByteBuffer frame;
  frame.append("????");
  frame.append(payload);
  CallChannel::fill_header(frame);
  std::thread sender(
      [&] { EXPECT_TRUE(channel_->finish_sending(frame.view(), channel_->start_sending(frame.view()))); });
  std::string received(payload.size() + wire::kHeaderSize, '\0');
  EXPECT_EQ(::recv(pool_.get(), received.data(), received.size(), MSG_WAITALL), static_cast<ssize_t>(received.size()));
  sender.join();
  EXPECT_TRUE(received == framed(payload));
}

TEST_F(CallChannelTest, drops_a_response_when_the_pool_is_gone) {
  pool_.reset();
  ByteBuffer frame;
  frame.append("????{}");
  CallChannel::fill_header(frame);
  EXPECT_FALSE(channel_->finish_sending(frame.view(), channel_->start_sending(frame.view())));
  EXPECT_EQ(channel_->receive(), Received::kEnd);
}

}  // namespace
}  // namespace provider_host::host
