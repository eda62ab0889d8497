// Pools in a process that ignores SIGCHLD, so that the kernel keeps no exit status for it.
#include <csignal>
#include <string>

#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

class IgnoredSigchldTest : public ChildPool {
 protected:
  IgnoredSigchldTest() : before_(std::signal(SIGCHLD, SIG_IGN)) {}
  ~IgnoredSigchldTest() override { std::signal(SIGCHLD, before_); }

 private:
  void (*before_)(int);
};

TEST_F(IgnoredSigchldTest, DoesNotKeepAPoolFromServing) {
  Pool pool(options_for("echo"));
  EXPECT_TRUE(pool.call(echo_call("x")).ok());
  pool.shutdown();
  EXPECT_EQ(pool.stats().succeeded, 1U);
}

TEST_F(IgnoredSigchldTest, IsNamedWhenNobodyKnowsHowAHostHasEnded) {
  Pool pool(options_for("segfaults_on_call"));
  const Outcome outcome = pool.call(echo_call("x"));
  ASSERT_EQ(kind_of(outcome), ErrorKind::kHostCrashed);
  EXPECT_THAT(outcome.error().message, HasSubstr("this process ignores SIGCHLD"));
}

TEST_F(IgnoredSigchldTest, KillsTheChildrenOfADeadHost) {
  Pool pool(options_for("grandchild_holds_pipes"));
  EXPECT_EQ(kind_of(pool.call(echo_call("x"))), ErrorKind::kHostCrashed);
  const std::string line = log_.wait_for("grandchild ");
  wait_until_dead(std::stoi(line.substr(line.find_last_of(' '))));
}

}  // namespace
}  // namespace provider_host
