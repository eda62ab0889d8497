#include "pool/reactor/reactor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "pool/reactor/timer.h"

namespace provider_host::internal {
namespace {

class TestClient : public Reactor::Client {
 public:
  int faulty_iterations = 0;  // to come
  std::atomic<bool> is_over = false;
  std::atomic<int> errors = 0;

  void on_iteration() override {
    if (faulty_iterations > 0 && faulty_iterations-- > 0) throw std::runtime_error("no memory");
  }
  [[nodiscard]] std::optional<TimePoint> next_due() const override { return std::nullopt; }
  [[nodiscard]] bool is_done() const override { return is_over; }
  void on_exception() noexcept override { ++errors; }
};

class ReactorTest : public ::testing::Test {
 protected:
  ~ReactorTest() override {
    client_.is_over = true;
    reactor_.wake();
    reactor_.join();
  }
  /// What `work` returns on the reactor thread.
  template <typename Work>
  auto on_reactor(Work work) {
    auto task = std::make_shared<std::packaged_task<decltype(work())()>>(std::move(work));
    auto result = task->get_future();
    reactor_.post([task] { (*task)(); });
    return result.get();
  }

  TestClient client_;
  Reactor reactor_;
};

TEST_F(ReactorTest, RunsTasksOnItsThreadInTheirOrder) {
  std::string order;
  reactor_.post([&] { order += "a"; });
  reactor_.post([&] { order += "b"; });
  reactor_.start(client_);
  EXPECT_TRUE(on_reactor([&] { return reactor_.is_this_thread(); }));
  EXPECT_FALSE(reactor_.is_this_thread());
  EXPECT_EQ(order, "ab");
}

TEST_F(ReactorTest, RunsATaskAgainThatThrows) {
  int tries = 0;
  reactor_.post([&] {
    if (++tries < 3) throw std::runtime_error("no memory");
  });
  reactor_.start(client_);
  EXPECT_EQ(on_reactor([&] { return tries; }), 3);
  EXPECT_EQ(client_.errors, 2);
}

TEST_F(ReactorTest, GoesOnWhenItsClientThrows) {
  client_.faulty_iterations = 2;
  reactor_.start(client_);
  while (client_.errors < 2) reactor_.wake();
  EXPECT_EQ(on_reactor([] { return 7; }), 7);
}

TEST_F(ReactorTest, RunsTimersWhenTheyAreDue) {
  std::promise<bool> ran;
  reactor_.start(client_);
  on_reactor([&] {
    reactor_.timers().add(Clock::now(), [&] { ran.set_value(reactor_.is_this_thread()); });
    return 0;
  });
  EXPECT_TRUE(ran.get_future().get());
}

TEST_F(ReactorTest, SaysWhenItHasEnded) {
  reactor_.start(client_);
  EXPECT_FALSE(reactor_.wait_for_end(Clock::now()));
  client_.is_over = true;
  reactor_.wake();
  EXPECT_TRUE(reactor_.wait_for_end(Clock::now() + std::chrono::minutes(1)));
  reactor_.join();
  reactor_.join();
}

TEST(Timer, IsCancelledWithItsOwner) {
  TimerQueue queue;
  int ran = 0;
  {
    Timer timer(queue);
    EXPECT_FALSE(timer.is_armed());
    timer.arm(TimePoint(), [&] { ++ran; });
    EXPECT_TRUE(timer.is_armed());
  }
  queue.run_due(TimePoint());
  EXPECT_EQ(ran, 0);
}

TEST(Timer, WaitsForOneThingAtATime) {
  TimerQueue queue;
  std::string ran;
  Timer timer(queue);
  timer.arm(TimePoint(), [&] { ran += "a"; });
  timer.arm(TimePoint(), [&] { ran += "b"; });
  Timer moved(std::move(timer));
  queue.run_due(TimePoint());
  EXPECT_EQ(ran, "b");
  EXPECT_FALSE(moved.is_armed());
}

}  // namespace
}  // namespace provider_host::internal
