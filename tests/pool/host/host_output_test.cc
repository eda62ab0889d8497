#include "pool/host/host_output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "inject/failing_system_calls.h"

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;

TEST(HostOutputTest, IsReadOnAfterAnErrorAndUntilItsEnd) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK), 0);
  Fd script(fds[1]);
  std::vector<std::string> lines;
  HostOutput output([&](std::string_view line) { lines.emplace_back(line); }, false);
  output.open(Fd(fds[0]));
  ASSERT_EQ(::write(script.get(), "text\n", 5), 5);
  {
    const inject::FailingSystemCalls failing(inject::SystemCall::kRead, EIO, inject::Threads::kThis, {.first = 1});
    EXPECT_TRUE(output.read());
    EXPECT_EQ(failing.failed(), 1U);
  }
  EXPECT_TRUE(output.read());
  EXPECT_THAT(lines, ElementsAre("text"));
  script.reset();
  EXPECT_FALSE(output.read());
}

}  // namespace
}  // namespace provider_host::internal
