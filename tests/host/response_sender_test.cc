#include "host/calls/response_sender.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>

#include "host/channel_fixture.h"
#include "values/python_environment.h"
#include "wire/host_memory.h"

namespace provider_host::host {
namespace {

using std::chrono::seconds;
using Clock = ResponseSender::Clock;

class ResponseSenderTest : public ChannelFixture {
 protected:
  ResponseSenderTest() {
    start_.frame_limit = 1'000'000;
    writer_ = std::make_unique<ResponseWriter>(start_, modules_);
    sender_ = std::make_unique<ResponseSender>(*channel_, memory_->responses);
  }

  /// So many calls are there; the host runs the first of them.
  void receive_calls(int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += framed("{}");
    pool_sends(bytes);
    EXPECT_EQ(channel_->receive(), CallChannel::Received::kBytes);
    EXPECT_EQ(channel_->next_frame(), "{}");
  }
  /// The call that runs ends; then comes the next, if any.
  void respond(std::uint64_t id, Clock::time_point began = Clock::now() + seconds(1000)) {
    writer_->recalled(id);
    is_open_ = sender_->send(*writer_, began);
    channel_->next_frame();
  }
  static std::string response(std::uint64_t id) {
    return framed(R"({"type":"recalled","id":)" + std::to_string(id) + "}");
  }
  /// What has come over the channel.
  std::string sent() {
    std::string bytes(2'000'000, '\0');
    const ssize_t count = ::recv(pool_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    read_ += bytes.size();
    return bytes;
  }
  /// What the pool finds in the ring, which has read all that was sent.
  std::string taken() {
    std::string bytes;
    EXPECT_TRUE(wire::take_responses(memory_->responses, read_,
                                     [&](const auto& parts) { bytes = std::string(parts[0]).append(parts[1]); }));
    read_ += bytes.size();
    return bytes;
  }

  const std::unique_ptr<wire::HostMemory> memory_ = std::make_unique<wire::HostMemory>();
  StartMessage start_;
  BootstrapModules modules_;
  std::unique_ptr<ResponseWriter> writer_;
  std::unique_ptr<ResponseSender> sender_;
  std::uint64_t read_ = 0;
  bool is_open_ = true;
};

TEST_F(ResponseSenderTest, sends_at_once_when_no_call_waits) {
  receive_calls(1);
  respond(1);
  EXPECT_EQ(sent(), response(1));
}

TEST_F(ResponseSenderTest, sends_those_of_quick_calls_together) {
  receive_calls(3);
  respond(1);
  respond(2);
  EXPECT_EQ(sent(), "");
  respond(3);
  EXPECT_EQ(sent(), response(1) + response(2) + response(3));
  EXPECT_EQ(taken(), "");
}

TEST_F(ResponseSenderTest, lets_the_pool_take_them_before) {
  receive_calls(3);
  respond(1);
  respond(2);
  EXPECT_EQ(taken(), response(1) + response(2));
  respond(3);
  EXPECT_EQ(sent(), response(3));
}

TEST_F(ResponseSenderTest, sends_that_of_a_slow_call_at_once) {
  receive_calls(3);
  respond(1);
  respond(2, Clock::now() - seconds(1));
  EXPECT_EQ(sent(), "") << "the first call of those began not long ago";
  EXPECT_EQ(taken(), response(1) + response(2));
  receive_calls(2);
  respond(3, Clock::now() - seconds(1));
  EXPECT_EQ(sent(), response(3));
}

TEST_F(ResponseSenderTest, sends_a_large_one_behind_the_others_and_goes_on) {
  receive_calls(4);
  respond(1);
  writer_->error(2, make_error("python_exception", std::string(100'000, 'x')));
  const std::string large = framed(writer_->frame().view().substr(wire::kHeaderSize));
  EXPECT_TRUE(sender_->send(*writer_, Clock::now() + seconds(1000)));
  channel_->next_frame();
  EXPECT_EQ(sent(), response(1) + large);
  respond(3);
  EXPECT_EQ(taken(), response(3)) << "the pool knows where it is in the stream";
  respond(4);
  EXPECT_EQ(sent(), response(4));
}

TEST_F(ResponseSenderTest, sends_a_message_of_a_call_that_goes_on_at_once) {
  receive_calls(3);
  respond(1);
  for (const std::uint64_t id : {2U, 3U}) {
    writer_->progress(id);
    EXPECT_TRUE(sender_->send_at_once(*writer_));
    const std::string message = framed(R"({"type":"progress","id":)" + std::to_string(id) + "}");
    EXPECT_EQ(sent(), id == 2 ? response(1) + message : message);
  }
  respond(2);
  EXPECT_EQ(taken() + sent(), response(2)) << "the pool knows where it is in the stream";
}

TEST_F(ResponseSenderTest, leaves_a_single_one_that_it_cannot_send_in_the_ring) {
  receive_calls(1);
  ::shutdown(channel_->fd(), SHUT_WR);
  respond(1);
  EXPECT_FALSE(is_open_);
  EXPECT_EQ(taken(), response(1));
}

TEST_F(ResponseSenderTest, leaves_what_it_cannot_send_in_the_ring) {
  receive_calls(2);
  respond(1);
  ::shutdown(channel_->fd(), SHUT_WR);
  EXPECT_TRUE(is_open_);
  respond(2);
  EXPECT_FALSE(is_open_);
  std::string rest;
  wire::take_last_responses(memory_->responses, read_,
                            [&](const auto& parts) { rest = std::string(parts[0]).append(parts[1]); });
  EXPECT_EQ(rest, response(1) + response(2));
}

}  // namespace
}  // namespace provider_host::host
