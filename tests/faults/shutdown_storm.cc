#include <provider_host/pool.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "faults/dice.h"
#include "faults/scenarios.h"

namespace provider_host::chaos {
namespace {

constexpr int kCallers = 4;
constexpr int kStoppers = 3;

// One pool, the threads that use it, and those that end it.
class Storm {
 public:
  Storm(PoolOptions options, Dice dice) : pool_(std::move(options)), dice_(dice) {}

  // Returns what was wrong.
  std::vector<std::string> run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < kCallers; ++i) threads.emplace_back([this, i] { use(i); });
    const std::uint64_t enough = dice_.below(100);
    while (settled_ < enough) std::this_thread::yield();
    for (int i = 0; i < kStoppers; ++i) {
      const double patience = dice_.below(2) == 0 ? 0 : dice_.fraction();
      threads.emplace_back([this, patience] { pool_.shutdown(patience); });
    }
    for (std::thread& thread : threads) thread.join();
    pool_.shutdown(0);  // waits for the callbacks of calls that came too late
    const PoolStats stats = pool_.stats();
    if (stats.submitted != settled_ || stats.succeeded + stats.failed != settled_ || stats.queued != 0)
      complain("the pool counted " + std::to_string(stats.submitted) + " calls, not " + std::to_string(settled_));
    if (callbacks_ != submitted_)
      complain(std::to_string(callbacks_) + " of " + std::to_string(submitted_) + " callbacks ran");
    return complaints_;
  }

 private:
  // Calls until it is refused.
  void use(int thread) {
    std::vector<Pending> pending;
    for (int i = 0; open_; ++i) {
      const std::string prompt = std::to_string(thread) + "-" + std::to_string(i);
      if (i % 2 == 0) {
        judge(prompt, pool_.call_api(prompt));
      } else {
        ++submitted_;
        pending.push_back(pool_.submit(Call::api_call(prompt), [this](const Outcome&) { ++callbacks_; }));
      }
    }
    for (std::size_t i = 0; i < pending.size(); ++i)
      judge(std::to_string(thread) + "-" + std::to_string(2 * i + 1), pending[i].get());
  }

  void judge(const std::string& prompt, const Outcome& outcome) {
    ++settled_;
    if (!outcome && outcome.error().kind == ErrorKind::kShuttingDown) {
      open_ = false;
    } else if (!outcome) {
      complain(prompt + ": " + outcome.error().message);
    } else if (outcome.json() != R"({"output":")" + prompt + "\"}") {
      complain(prompt + ": got " + std::string(outcome.json()));
    }
  }

  void complain(const std::string& what) {
    const std::lock_guard lock(mutex_);
    complaints_.push_back(what);
  }

  Pool pool_;
  Dice dice_;
  std::atomic<bool> open_ = true;
  std::atomic<std::uint64_t> settled_ = 0;
  std::atomic<std::uint64_t> submitted_ = 0;
  std::atomic<std::uint64_t> callbacks_ = 0;
  std::mutex mutex_;
  std::vector<std::string> complaints_;  // protected by mutex_
};

}  // namespace

void storm_of_shutdowns(const Settings& settings, Tally& tally, Findings& findings) {
  Dice dice(settings.seed);
  std::vector<std::string> complaints;
  const int rounds = settings.calls < 5'000 ? 6 : 40;
  for (int round = 0; round < rounds; ++round) {
    PoolOptions options = round % 4 == 0 ? script_pool(settings) : hostile_pool(settings);
    options.concurrency = round % 3 == 0 ? 4 : 1;
    options.stop_grace = 2;
    Storm storm(std::move(options), Dice(dice.next()));
    for (std::string& complaint : storm.run())
      complaints.push_back("round " + std::to_string(round) + ": " + std::move(complaint));
  }
  tally.add_injected("shutdown", static_cast<std::uint64_t>(rounds));
  findings.add("shutdown: every call settles while pools end under it", std::move(complaints),
               std::to_string(rounds) + " pools");
}

}  // namespace provider_host::chaos
