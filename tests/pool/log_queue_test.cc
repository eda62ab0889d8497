#include "pool/log_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <future>
#include <string>
#include <vector>

#include "inject/failing_system_calls.h"
#include "pool/integration/child_pool.h"

namespace provider_host::internal {
namespace {

using testing::ElementsAre;

LogLine line(const std::string& text, std::string_view source = "stdout") { return {LogLevel::kInfo, 1, source, text}; }

// A log that can be stopped. What it has taken is read after flush().
class Log {
 public:
  LogQueue::Sink sink() {
    return [this](const LogLine& taken) {
      texts.emplace_back(taken.text);
      if (taken.text == "stuck") {
        is_stuck.set_value();
        go_on.get_future().wait();
      }
    };
  }
  std::vector<std::string> texts;
  std::promise<void> is_stuck;
  std::promise<void> go_on;
};

TEST(LogQueueTest, KeepsTheOrderAndMakesTextsUtf8) {
  Log log;
  LogQueue queue(log.sink());
  queue.post(line("a"));
  queue.post(line("b\xFF"));
  queue.post(line("c"));
  queue.flush();
  EXPECT_THAT(log.texts, ElementsAre("a", "b\uFFFD", "c"));
}

TEST(LogQueueTest, WritesWhatWaitsWhenNoThreadCanBeStarted) {
  Log log;
  {
    LogQueue queue(log.sink());
    const inject::FailingSystemCalls failing(inject::SystemCall::kThread, EAGAIN, inject::Threads::kThis,
                                             {.first = 1, .period = 1});
    queue.post(line("a"));
    queue.post(line("b"));
    queue.flush();
    EXPECT_THAT(log.texts, ElementsAre("a", "b"));
    queue.post(line("c"));
  }
  EXPECT_THAT(log.texts, ElementsAre("a", "b", "c"));
}

TEST(LogQueueTest, DropsWhatThereIsNoCapacityForAndSaysHowMuch) {
  Log log;
  LogQueue queue(log.sink(), {.capacity = 1000, .flush_timeout = 30});
  queue.post(line("stuck"));
  log.is_stuck.get_future().wait();
  queue.post(line("fits"));
  queue.post(line(std::string(2000, 'x')));
  queue.post(line(std::string(2000, 'y')));
  queue.post(line(std::string(1000, 'p'), "pool"));
  log.go_on.set_value();
  queue.flush();
  EXPECT_THAT(log.texts, ElementsAre("stuck", "fits", std::string(1000, 'p'),
                                     "2 lines were dropped: the log takes them too slowly"));
}

TEST(LogQueueTest, WaitsForAStuckLogOnlyOnceAndTellsItNothingMore) {
  auto log = std::make_shared<Log>();
  std::future<void> gone;
  {
    auto at_end = std::make_shared<std::promise<void>>();
    gone = at_end->get_future();
    const std::shared_ptr<void> witness(nullptr, [at_end](void*) { at_end->set_value(); });
    LogQueue queue([log, witness, sink = log->sink()](const LogLine& taken) { sink(taken); },
                   {.capacity = 1000, .flush_timeout = 0.05});
    queue.post(line("stuck"));
    queue.post(line("never"));
    log->is_stuck.get_future().wait();
    queue.flush();
    queue.flush();
  }
  log->go_on.set_value();
  gone.wait();
  EXPECT_THAT(log->texts, ElementsAre("stuck"));
}

TEST(LogQueueTest, LetsTheLogDestroyIt) {
  std::promise<void> done;
  std::shared_ptr<LogQueue> queue;
  queue = std::make_shared<LogQueue>([&](const LogLine& taken) {
    queue.reset();
    if (taken.text == "last") done.set_value();
  });
  std::shared_ptr<LogQueue> first = queue;
  first->post(line("first"));
  first->post(line("last"));
  first.reset();
  done.get_future().wait();
}

class SlowLogTest : public ChildPool {};

TEST_F(SlowLogTest, DelaysNoCallAndNoDeadline) {
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  PoolOptions options = options_for("silent");
  options.interrupt_grace = 0.05;
  options.stop_grace = 0.05;
  options.log = [may_go_on](const LogLine&) { may_go_on.wait(); };
  Pool pool(std::move(options));
  Call call = echo_call("x");
  call.deadline = 0.05;
  EXPECT_EQ(kind_of(pool.submit(call).get()), ErrorKind::kTimeout);
  EXPECT_EQ(kind_of(pool.call(call)), ErrorKind::kTimeout);
  go_on.set_value();
}

TEST_F(SlowLogTest, GetsTheLinesOfAPoolThatCannotStartBeforeTheError) {
  std::vector<std::string> lines;
  PoolOptions options = options_for("exits_at_start");
  options.log = [&](const LogLine& taken) { lines.emplace_back(taken.text); };
  EXPECT_THROW(Pool pool(std::move(options)), ImportFailed);
  EXPECT_THAT(lines, testing::Contains("the last words of this host"));
}

TEST_F(SlowLogTest, MayUseThePool) {
  std::promise<std::size_t> hosts;
  Pool* in_use = nullptr;
  std::promise<void> ready;
  PoolOptions options = options_for("gated");
  auto may_use = ready.get_future().share();
  bool told = false;
  options.log = [&](const LogLine&) {
    may_use.wait();
    if (std::exchange(told, true)) return;
    EXPECT_EQ(in_use->call(echo_call("inside")).json(), R"(["inside"])");
    hosts.set_value(in_use->stats().hosts.size());
  };
  Pool pool(std::move(options));
  in_use = &pool;
  ready.set_value();
  pool.call(echo_call("prints"));
  EXPECT_EQ(hosts.get_future().get(), 1U);
}

}  // namespace
}  // namespace provider_host::internal
