#include <provider_host/pool.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "faults/random.h"
#include "faults/scenarios/scenarios.h"
#include "faults/scenarios/streaming_call.h"

namespace provider_host::chaos {
namespace {

constexpr int kCallers = 4;
constexpr int kStoppers = 3;

// One pool, the threads that use it, and those that end it.
class ConcurrentShutdown {
 public:
  ConcurrentShutdown(PoolOptions options, Random random) : pool_(std::move(options)), random_(random) {}

  // Returns what was wrong.
  std::vector<std::string> run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < kCallers; ++i) threads.emplace_back([this, i] { use(i); });
    const std::uint64_t enough = random_.below(100);
    while (settled_ < enough) std::this_thread::yield();
    for (int i = 0; i < kStoppers; ++i) {
      const double drain = random_.below(2) == 0 ? 0 : random_.fraction();
      threads.emplace_back([this, drain] { pool_.shutdown(drain); });
    }
    for (std::thread& thread : threads) thread.join();
    pool_.shutdown(0);  // waits for the callbacks of calls that came too late
    const PoolStats stats = pool_.stats();
    if (stats.submitted != settled_ || stats.succeeded + stats.failed != settled_ || stats.queued != 0)
      report_violation("the pool counted " + std::to_string(stats.submitted) + " calls, not " +
                       std::to_string(settled_));
    if (callbacks_ != submitted_)
      report_violation(std::to_string(callbacks_) + " of " + std::to_string(submitted_) + " callbacks ran");
    return violations_;
  }

 private:
  struct Open {
    std::string prompt;
    Pending pending;
    std::shared_ptr<std::string> items;  // of a stream, joined; null: a call
  };

  // Calls and streams until it is refused.
  void use(int thread) {
    std::vector<Open> open;
    for (int i = 0; open_; ++i) {
      const std::string prompt = std::to_string(thread) + "-" + std::to_string(i);
      if (i % 4 == 0) check(prompt, pool_.call_api(prompt));
      if (i % 4 == 1) read(prompt);
      if (i % 4 == 2) open.push_back(submit(prompt));
      if (i % 4 == 3) open.push_back(stream(prompt));
    }
    pool_.shutdown();  // waits for the callbacks
    for (const Open& call : open) {
      const Outcome& outcome = call.pending.get();
      if (call.items != nullptr) check_items(call.prompt, *call.items, outcome);
      check(call.prompt, outcome, call.items != nullptr);
    }
  }

  Open submit(const std::string& prompt) {
    ++submitted_;
    return {prompt, pool_.submit(Call::api_call(prompt), [this](const Outcome&) { ++callbacks_; }), nullptr};
  }

  Open stream(const std::string& prompt) {
    ++submitted_;
    auto items = std::make_shared<std::string>();
    return {prompt,
            pool_.stream(
                streaming_call(prompt), [items](const Item& item) { *items += item.text().value_or("?"); },
                [this](const Outcome&) { ++callbacks_; }),
            items};
  }

  void read(const std::string& prompt) {
    Stream stream = pool_.stream(streaming_call(prompt));
    const std::string items = rest_of(stream);
    check_items(prompt, items, stream.outcome());
    check(prompt, stream.outcome(), true);
  }

  void check_items(const std::string& prompt, const std::string& items, const Outcome& outcome) {
    if (!prompt.starts_with(items) || (outcome && items != prompt)) report_violation(prompt + ": streamed " + items);
  }

  void check(const std::string& prompt, const Outcome& outcome, bool streams = false) {
    ++settled_;
    if (!outcome && outcome.error().kind == ErrorKind::kShuttingDown) {
      open_ = false;
    } else if (!outcome) {
      report_violation(prompt + ": " + outcome.error().message);
    } else if (outcome.json() != (streams ? "null" : R"({"output":")" + prompt + "\"}")) {
      report_violation(prompt + ": got " + std::string(outcome.json()));
    }
  }

  void report_violation(const std::string& what) {
    const std::lock_guard lock(mutex_);
    violations_.push_back(what);
  }

  Pool pool_;
  Random random_;
  std::atomic<bool> open_ = true;
  std::atomic<std::uint64_t> settled_ = 0;
  std::atomic<std::uint64_t> submitted_ = 0;
  std::atomic<std::uint64_t> callbacks_ = 0;
  std::mutex mutex_;
  std::vector<std::string> violations_;  // protected by mutex_
};

}  // namespace

void concurrent_shutdowns(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants) {
  Random random(settings.seed);
  std::vector<std::string> violations;
  const int rounds = settings.calls < 5'000 ? 6 : 40;
  for (int round = 0; round < rounds; ++round) {
    PoolOptions options = round % 4 == 0 ? script_pool(settings) : hostile_pool(settings);
    options.concurrency = round % 3 == 0 ? 4 : 1;
    options.stop_grace = 2;
    ConcurrentShutdown shutdowns(std::move(options), Random(random.next()));
    for (std::string& violation : shutdowns.run())
      violations.push_back("round " + std::to_string(round) + ": " + std::move(violation));
  }
  outcomes.add_injected("shutdown", static_cast<std::uint64_t>(rounds));
  invariants.add("shutdown: every call settles while pools end under it", std::move(violations),
                 std::to_string(rounds) + " pools");
}

}  // namespace provider_host::chaos
