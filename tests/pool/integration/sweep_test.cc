// Allocations and system calls that fail, one after the other: whatever fails, each call settles once, the pool goes
// on, and ends.
#include "pool/integration/sweep.h"

#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace provider_host {
namespace {

using inject::SystemCall;

constexpr Shortage kMemory{"Allocations", std::nullopt, 0};

// What the kernel says when it is out of something, and what it never says.
const std::vector<Shortage> kSystemCalls{
    {"EpollCtlNoSpace", SystemCall::kEpollCtl, ENOSPC},
    {"EpollCtlNoMemory", SystemCall::kEpollCtl, ENOMEM},
    {"EpollWait", SystemCall::kEpollWait, EIO},
    {"EpollWaitInterrupted", SystemCall::kEpollWait, EINTR},
    {"Fcntl", SystemCall::kFcntl, EMFILE},
    {"Ftruncate", SystemCall::kFtruncate, EINTR},
    {"MemfdCreate", SystemCall::kMemfdCreate, EMFILE},
    {"Mmap", SystemCall::kMmap, ENOMEM},
    {"PidfdOpen", SystemCall::kPidfdOpen, EMFILE},
    {"Pipe", SystemCall::kPipe, EMFILE},
    {"Poll", SystemCall::kPoll, ENOMEM},
    {"PosixSpawn", SystemCall::kPosixSpawn, ENOMEM},

    {"ReadInterrupted", SystemCall::kRead, EINTR},
    {"Sendmsg", SystemCall::kSendmsg, ENOBUFS},
    {"SendmsgInterrupted", SystemCall::kSendmsg, EINTR},
    {"Socketpair", SystemCall::kSocketpair, EMFILE},
    {"Thread", SystemCall::kThread, EAGAIN},
    {"Waitid", SystemCall::kWaitid, EINTR},
    {"WaitidFails", SystemCall::kWaitid, EIO},
    {"Write", SystemCall::kWrite, EINTR},
};

// What fails, and how many calls a host has at a time: with one, a blocking call takes the fast path.
struct Case {
  const char* name;
  std::vector<Shortage> shortages;
  int concurrency;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class SweepTest : public Sweep, public testing::WithParamInterface<Case> {
 protected:
  PoolOptions options() { return options_for(GetParam().concurrency); }

  static void sweep(const std::function<void(Failing&)>& scene, bool here = true) {
    for (const Shortage& shortage : GetParam().shortages) for_each_place(shortage, here, scene);
  }

  // Calls that come to the same end, one after the other in one pool.
  void sweep_calls(const Call& call) {
    Pool pool(options());
    sweep([&](Failing& failing) { expect_settled_calls(pool, call, failing); });
  }
};

Call told_to(const std::string& action) { return Call::api_call("x", {{"do", action}}); }

TEST_P(SweepTest, CallsSettle) { sweep_calls(Call::api_call("x")); }

TEST_P(SweepTest, LargeCallsSettle) {
  Pool pool(options());
  const std::string text(300'000, 'x');
  sweep([&](Failing& failing) {
    std::optional<Outcome> outcome;
    failing.arm();
    try {
      outcome = pool.call_api(text);
    } catch (const std::bad_alloc&) {
    }
    failing.stop();
    if (outcome) expect_own(*outcome, "{\"output\":\"" + text + "\"}");
    expect_well(pool);
  });
}

TEST_P(SweepTest, CallsWhoseHostsDieSettle) { sweep_calls(told_to("vanishes")); }

TEST_P(SweepTest, CallsWhoseHostsBreakTheProtocolSettle) { sweep_calls(told_to("garbage")); }

TEST_P(SweepTest, CallsWhoseTimeIsUpSettle) {
  Call call = told_to("hangs");
  call.timeout = 0.01;
  sweep_calls(call);
}

TEST_P(SweepTest, QueuedCallsWhoseTimeIsUpSettle) {
  Pool pool(options());
  sweep([&](Failing& failing) {
    std::vector<Pending> pending;
    for (int i = 0; i < GetParam().concurrency; ++i) pending.push_back(pool.submit(told_to("silent")));
    Call call = Call::api_call("x");
    call.deadline = 0.01;
    failing.arm();
    try {
      const Pending queued = pool.submit(std::move(call));
      EXPECT_TRUE(queued.wait_for(kStuck));
    } catch (const std::bad_alloc&) {
    }
    failing.stop();
    for (const Pending& one : pending) one.cancel();
    for (const Pending& one : pending) ASSERT_TRUE(one.wait_for(kStuck));
    expect_well(pool);
  });
}

TEST_P(SweepTest, CancelledCallsSettle) {
  Pool pool(options());
  sweep([&](Failing& failing) {
    const Pending pending = pool.submit(told_to("silent"));
    failing.arm();
    try {
      pending.cancel();
    } catch (const std::bad_alloc&) {
      failing.stop();
      pending.cancel();
    }
    ASSERT_TRUE(pending.wait_for(kStuck));
    failing.stop();
    expect_well(pool);
  });
}

constexpr int kYielded = 200;

TEST_P(SweepTest, StreamsSettle) {
  Pool pool(options());
  sweep([&](Failing& failing) {
    std::optional<Stream> stream;
    int items = 0;
    Call call = told_to("yields");
    const std::uint64_t before = pool.stats().submitted;
    failing.arm();
    try {
      stream = pool.stream(std::move(call));
      while (stream->next()) ++items;
    } catch (const std::bad_alloc&) {
    }
    failing.stop();
    if (stream) expect_own(stream->outcome());
    EXPECT_EQ(pool.stats().submitted - before, stream ? 1U : 0U) << "the pool has no stream that nobody has";
    EXPECT_TRUE(!stream || !stream->outcome().ok() || items == kYielded);
    expect_well(pool);
  });
}

TEST_P(SweepTest, StreamsWithCallbacksSettle) {
  Pool pool(options());
  sweep([&](Failing& failing) {
    std::optional<Pending> pending;
    std::atomic<int> items = 0;
    std::atomic<int> ends = 0;
    const std::function<void(const Outcome&)> on_end = [&](const Outcome&) { ++ends; };
    Call call = told_to("yields");
    failing.arm();
    try {
      pending = pool.stream(
          std::move(call), [&](const Item&) { ++items; }, on_end);
    } catch (const std::bad_alloc&) {
    }
    ASSERT_TRUE(!pending || pending->wait_for(kStuck)) << "a stream has not settled";
    failing.stop();
    if (pending) expect_own(pending->get());
    expect_well(pool);
    while (pending && ends == 0) std::this_thread::yield();
    EXPECT_EQ(ends, pending ? 1 : 0);
    EXPECT_TRUE(!pending || !pending->get().ok() || items == kYielded);
  });
}

TEST_P(SweepTest, StreamsThatAreClosedSettle) {
  Pool pool(options());
  sweep([&](Failing& failing) {
    std::optional<Stream> stream = pool.stream(told_to("yields"));
    stream->next();
    failing.arm();
    stream->close();
    static_cast<void>(stream->outcome());
    stream.reset();
    failing.stop();
    expect_well(pool);
  });
}

TEST_P(SweepTest, PoolsEndWithTheirStreams) {
  sweep([&](Failing& failing) {
    auto pool = std::make_unique<Pool>(options());
    std::vector<Stream> streams;
    for (int i = 0; i < 2 * GetParam().concurrency; ++i) streams.push_back(pool->stream(told_to("silent")));
    failing.arm();
    pool->shutdown(0.01);
    pool.reset();
    failing.stop();
    for (Stream& stream : streams) EXPECT_FALSE(stream.outcome().ok());
  });
}

// Not here: the report is read into a tree of nlohmann's, which ends the program when there is no memory to destroy it.
TEST_P(SweepTest, InspectionsSettle) {
  Pool pool(options());
  const auto inspect = [&](Failing& failing) {
    failing.arm();
    try {
      static_cast<void>(pool.inspect());
    } catch (const std::exception&) {  // these hosts know no inspection
    }
    failing.stop();
    expect_well(pool);
  };
  sweep(inspect, false);
}

TEST_P(SweepTest, PoolsGoOnWithHostsThatAreReplaced) {
  PoolOptions mine = options();
  mine.max_calls_per_host = 2;
  Pool pool(std::move(mine));
  sweep([&](Failing& failing) { expect_settled_calls(pool, Call::api_call("x"), failing); });
}

// Memory not here: libraries that are used for the first time, std::filesystem and simdjson, do not cope.
TEST_P(SweepTest, PoolsStartOrSayWhyNot) {
  const auto start = [&](Failing& failing) {
    std::unique_ptr<Pool> pool;
    PoolOptions mine = options();
    failing.arm();
    try {
      pool = std::make_unique<Pool>(std::move(mine));
    } catch (const std::exception& error) {
      failing.stop();
      EXPECT_STRNE(error.what(), "");
    }
    failing.stop();
    if (pool) expect_well(*pool);
  };
  sweep(start, GetParam().shortages.front().call.has_value());
}

TEST_P(SweepTest, PoolsEndAndSettleWhatTheyHave) {
  sweep([&](Failing& failing) {
    auto pool = std::make_unique<Pool>(options());
    std::vector<Pending> pending;
    for (int i = 0; i < 2 * GetParam().concurrency; ++i) pending.push_back(pool->submit(told_to("silent")));
    failing.arm();
    pool->shutdown(0.01);
    pool.reset();
    failing.stop();
    for (const Pending& one : pending) EXPECT_TRUE(one.done());
  });
}

INSTANTIATE_TEST_SUITE_P(Pool, SweepTest,
                         testing::Values(Case{"AllocationsOneAtATime", {kMemory}, 1},
                                         Case{"AllocationsSeveralAtATime", {kMemory}, 4},
                                         Case{"SystemCalls", kSystemCalls, 1}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace provider_host
