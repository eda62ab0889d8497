// A pool in the child of a fork(): nothing of the parent's may be touched.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "helpers/gate.h"
#include "pool/integration/child_pool.h"

namespace provider_host {
namespace {

using ::testing::HasSubstr;

// Whether `work` says so in a forked child, within 20 seconds.
bool in_child(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::_exit(work() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

// Whether the action says at once whose the pool is.
bool is_refused(const std::function<void()>& action, pid_t owner) {
  try {
    action();
  } catch (const std::logic_error& error) {
    return std::string(error.what()).find("belongs to process " + std::to_string(owner)) != std::string::npos;
  }
  return false;
}

class ForkTest : public ChildPool {};

TEST_F(ForkTest, LeavesTheHostsToTheParent) {
  auto pool = std::make_unique<Pool>(options_for("echo"));
  const int host = pool->call(echo_call("x")).pid;
  EXPECT_TRUE(in_child([&] {
    pool.reset();
    return true;
  }));
  const Outcome blocking = pool->call(echo_call("y"));
  EXPECT_EQ(blocking.pid, host);
  EXPECT_EQ(pool->submit(echo_call("z")).get().pid, host);
  pool->shutdown(0);
}

TEST_F(ForkTest, RefusesEverythingInTheChildAtOnce) {
  const Gate gate(script());
  Pool pool(options_for("gated"));
  const Pending settled = pool.submit(echo_call("settled"));
  EXPECT_TRUE(settled.get().ok());
  const Pending waiting = pool.submit(echo_call("gate"), [](const Outcome&) {});
  const pid_t owner = ::getpid();
  const std::vector<std::function<void()>> actions = {[&] { pool.call(echo_call("x")); },
                                                      [&] { pool.call(echo_call("x"), [] { return false; }); },
                                                      [&] { pool.call_api("x"); },
                                                      [&] { pool.submit(echo_call("x")); },
                                                      [&] { pool.submit(echo_call("x"), [](const Outcome&) {}); },
                                                      [&] { pool.inspect(); },
                                                      [&] { pool.reload(); },
                                                      [&] { static_cast<void>(pool.stats()); },
                                                      [&] { pool.check_health(); },
                                                      [&] { static_cast<void>(pool.default_api()); },
                                                      [&] { pool.flush_log(); },
                                                      [&] { pool.shutdown(); },
                                                      [&] { pool.shutdown(0); },
                                                      [&] { waiting.cancel(); },
                                                      [&] { waiting.withdraw(); },
                                                      [&] { static_cast<void>(waiting.done()); },
                                                      [&] { static_cast<void>(waiting.wait_for(0)); },
                                                      [&] { static_cast<void>(waiting.get()); }};
  for (std::size_t i = 0; i < actions.size(); ++i) {
    EXPECT_TRUE(in_child([&] { return is_refused(actions[i], owner); })) << "action " << i;
  }
  EXPECT_TRUE(in_child([&] { return settled.done() && settled.get().ok() && !settled.cancel(); }));
  gate.open();
  EXPECT_TRUE(waiting.get().ok());
}

TEST_F(ForkTest, InTheCallbackThatAsksWhetherACallIsInterruptedEndsTheCallInTheChildOnly) {
  const Gate gate(script());
  Pool pool(options_for("gated"));
  const pid_t owner = ::getpid();
  pid_t child = -1;
  const auto fork_once = [&] {
    if (child == -1) {
      child = ::fork();
      if (child != 0) gate.open();  // once: a host waits at it once
    }
    return false;
  };
  bool refused = false;
  try {
    EXPECT_TRUE(pool.call(echo_call("gate"), fork_once).ok());
  } catch (const std::logic_error& error) {
    refused = std::string(error.what()).find("belongs to process") != std::string::npos;
  }
  if (::getpid() != owner) ::_exit(refused ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(pool.call(echo_call("after")).ok());
}

#ifndef __SANITIZE_ADDRESS__  // its locks may be held by another thread at the fork, and stay so in the child
TEST_F(ForkTest, InACallbackComesBackInTheChildWithoutHarm) {
  for (const CallbackThread where : {CallbackThread::kOwn, CallbackThread::kSettling}) {
    PoolOptions options = options_for("echo");
    options.callbacks = where;
    Pool pool(std::move(options));
    std::atomic<pid_t> child = -1;
    const Pending call = pool.submit(echo_call("x"), [&](const Outcome&) { child = ::fork(); });
    EXPECT_TRUE(call.get().ok());
    Settlings settlings;
    pool.submit(echo_call("y"), settlings.expect("y"));
    settlings.wait_for(1);
    EXPECT_GT(child, 0);
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_TRUE(pool.call(echo_call("after")).ok());
  }
}
#endif

/// A stream whose host waits behind its items until the gate is opened.
class ForkedStreamTest : public ForkTest, public testing::WithParamInterface<int> {
 protected:
  PoolOptions options() {
    PoolOptions options = options_for("streams");
    options.concurrency = GetParam();
    return options;
  }
  static Call gated(int items) { return Call::of("f", nlohmann::json::array({items, "gate"})); }

  const Gate gate_{script()};
};

INSTANTIATE_TEST_SUITE_P(Concurrency, ForkedStreamTest, testing::Values(1, 2));

TEST_P(ForkedStreamTest, IsTheParentsOnly) {
  Pool pool(options());
  auto stream = std::make_unique<Stream>(pool.stream(gated(2)));
  EXPECT_EQ(stream->next()->text(), "0");
  const pid_t owner = ::getpid();
  EXPECT_TRUE(in_child([&] { return is_refused([&] { stream->next(); }, owner); }));
  EXPECT_TRUE(in_child([&] { return is_refused([&] { stream->try_next(); }, owner); }));
  EXPECT_TRUE(in_child([&] { return is_refused([&] { stream->outcome(); }, owner); }));
  EXPECT_TRUE(in_child([&] { return is_refused([&] { pool.stream(gated(1)); }, owner); }));
  EXPECT_TRUE(in_child([&] {
    stream->close();
    stream.reset();
    return true;
  }));
  EXPECT_EQ(stream->next()->text(), "1");
  gate_.open();
  EXPECT_EQ(stream->next(), std::nullopt);
  EXPECT_TRUE(stream->outcome().ok());
}

TEST_P(ForkedStreamTest, ThatHasEndedIsReadableInTheChildToo) {
  auto pool = std::make_unique<Pool>(options());
  Stream stream = pool->stream(gated(2));
  gate_.open();
  pool.reset();
  EXPECT_TRUE(in_child([&] { return stream.next() && stream.next() && !stream.next() && stream.outcome().ok(); }));
}

TEST_P(ForkedStreamTest, IsNotReadInAChildThatComesBackFromInterrupted) {
  Pool pool(options());
  Stream stream = pool.stream(gated(1));
  EXPECT_TRUE(stream.next());
  const pid_t owner = ::getpid();
  pid_t child = -1;
  const auto fork_once = [&] {
    if (child != -1) return false;
    child = ::fork();
    if (child != 0) gate_.open();
    return false;
  };
  bool is_refused = false;
  try {
    EXPECT_EQ(stream.next(fork_once), std::nullopt);
  } catch (const std::logic_error& error) {
    is_refused = std::string(error.what()).find("belongs to process") != std::string::npos;
  }
  if (::getpid() != owner) ::_exit(is_refused ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(stream.outcome().ok());
}

TEST_F(ForkTest, IsSafeWhileOtherThreadsUseThePool) {
  auto pool = std::make_unique<Pool>(options_for("echo"));
  const pid_t owner = ::getpid();
  std::atomic<bool> done = false;
  std::thread caller([&] {
    while (!done) EXPECT_TRUE(pool->submit(echo_call("x"), [](const Outcome&) {}).get().ok());
  });
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(in_child([&] {
      const bool refused = is_refused([&] { pool->call(echo_call("x")); }, owner);
      pool.reset();
      return refused;
    }));
  }
  done = true;
  caller.join();
}

}  // namespace
}  // namespace provider_host
