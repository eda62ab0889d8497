#include "process/stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "inject/failing_system_calls.h"
#include "platform/pipes.h"

namespace provider_host::process {
namespace {

std::string read_now(const Fd& fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto [state, count] = read_some(fd.get(), buffer.data(), buffer.size());
    if (state != Transfer::kDone) return text;
    text.append(buffer.data(), count);
  }
}

TEST(Stream, SendsPartsAsOneFromAnyOffset) {
  const std::array<std::string_view, 4> parts{"one", "", "two", "three"};
  const std::string whole = "onetwothree";
  for (std::size_t offset = 0; offset < whole.size(); ++offset) {
    const platform::Ends ends = platform::make_socketpair();
    const auto [state, count] = send_some(ends.theirs.get(), parts, offset);
    EXPECT_EQ(state, Transfer::kDone);
    EXPECT_EQ(count, whole.size() - offset);
    EXPECT_EQ(read_now(ends.ours), whole.substr(offset));
  }
}

TEST(Stream, SendsWhatFitsAndSaysWhenNothingDoes) {
  const platform::Ends ends = platform::make_socketpair();
  const std::string big(std::size_t{8} << 20, 'x');
  std::size_t sent = 0;
  Transfer last = Transfer::kDone;
  while (last == Transfer::kDone) {
    const std::array<std::string_view, 1> parts{big};
    const auto [state, count] = send_some(ends.ours.get(), parts, sent);
    sent += count;
    last = state;
  }
  EXPECT_EQ(last, Transfer::kWouldBlock);
  EXPECT_GT(sent, 0U);
  EXPECT_LT(sent, big.size());
}

TEST(Stream, TellsNothingThereFromTheEnd) {
  platform::Ends ends = platform::make_socketpair();
  char byte = 0;
  EXPECT_EQ(read_some(ends.ours.get(), &byte, 1).state, Transfer::kWouldBlock);
  ends.theirs.reset();
  EXPECT_EQ(read_some(ends.ours.get(), &byte, 1).state, Transfer::kEnd);
}

TEST(Stream, SaysRefusedWhenThePeerIsGone) {
  platform::Ends ends = platform::make_socketpair();
  ends.theirs.reset();
  const std::array<std::string_view, 1> parts{"hello"};
  EXPECT_EQ(send_some(ends.ours.get(), parts, 0).state, Transfer::kRefused);  // and no SIGPIPE
}

TEST(Stream, SaysRefusedWhenThePeerLeftDataUnread) {
  platform::Ends ends = platform::make_socketpair();
  const std::array<std::string_view, 1> parts{"hello"};
  ASSERT_EQ(send_some(ends.ours.get(), parts, 0).state, Transfer::kDone);
  ends.theirs.reset();
  char byte = 0;
  EXPECT_EQ(read_some(ends.ours.get(), &byte, 1).state, Transfer::kRefused);
}

TEST(Stream, StillReadsWhatThePeerSentBeforeItLeft) {
  platform::Ends ends = platform::make_socketpair();
  const std::array<std::string_view, 1> parts{"last words"};
  ASSERT_EQ(send_some(ends.theirs.get(), parts, 0).state, Transfer::kDone);
  ends.theirs.reset();
  EXPECT_EQ(read_now(ends.ours), "last words");
}

TEST(Stream, ASocketThatTheKernelHasNoMemoryForIsTriedAgain) {
  const platform::Ends ends = platform::make_socketpair();
  const std::array<std::string_view, 1> parts{"text"};
  for (const int error : {ENOBUFS, ENOMEM}) {
    const inject::FailingSystemCalls failing(inject::SystemCall::kSendmsg, error, inject::Threads::kThis, {.first = 1});
    EXPECT_EQ(send_some(ends.ours.get(), parts, 0).state, Transfer::kWouldBlock);
    EXPECT_EQ(send_some(ends.ours.get(), parts, 0).state, Transfer::kDone);
  }
}

}  // namespace
}  // namespace provider_host::process
