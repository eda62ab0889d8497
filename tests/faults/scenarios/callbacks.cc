#include <provider_host/pool.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "faults/random.h"
#include "faults/sanitizer.h"
#include "faults/scenarios/scenarios.h"
#include "faults/scenarios/streaming_call.h"

namespace provider_host::chaos {
namespace {

constexpr int kBurst = 20;
constexpr double kPatience = 60;
// Deep enough for a recursion to be the end of any stack.
constexpr int kEndless = kSanitized ? 10'000 : 100'000;

using PoolPtr = std::shared_ptr<Pool>;

// A pool, what its callbacks do to it, and what was wrong in the end. What a callback may not do is an error at once.
class Round {
 public:
  Round(const Settings& settings, Random& random) : random_(random) {
    PoolOptions options = hostile_pool(settings);
    options.concurrency = random_.below(2) == 0 ? 1 : 4;
    options.stop_grace = 1;
    pool_ = std::make_shared<Pool>(std::move(options));
  }

  std::vector<std::string> shut_down() {
    const double drain = random_.fraction() * 0.01;
    submit_all([pool = pool_.get(), drain] { pool->shutdown(drain); });
    return end();
  }

  std::vector<std::string> call() {
    submit_all([pool = pool_.get()] { static_cast<void>(pool->call_api("inner")); });
    return end();
  }

  // The callback of the last call that settles has the last reference.
  std::vector<std::string> drop() {
    submit_all([mine = pool_] {});
    const std::weak_ptr<Pool> pool = pool_;
    pool_.reset();
    wait_for_all();
    for (int i = 0; i < kPatience * 1000 && !pool.expired(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (!pool.expired()) violations_.emplace_back("a callback keeps its pool for ever");
    check_callbacks();
    return std::move(violations_);
  }

  // However its calls end, refused ones too.
  std::vector<std::string> submit_again() {
    std::atomic<int> left = kEndless;
    std::atomic<int> open = 1;
    std::function<void(const Outcome&)> again = [&](const Outcome&) {
      if (const int number = left--; number > 0) {
        ++open;
        if (number % 2 == 0) pool_->submit(Call::api_call("again"), again);
        if (number % 2 == 1)
          pool_->stream(
              streaming_call("again"), [](const Item&) {}, again);
      }
      --open;
    };
    pool_->submit(Call::api_call("again"), again);
    std::this_thread::sleep_for(std::chrono::milliseconds(random_.below(20)));
    pool_->shutdown(random_.fraction() * 0.01);
    for (int i = 0; i < kPatience * 1000 && open > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (open > 0) violations_.push_back(std::to_string(open) + " calls of callbacks have not settled");
    return end();
  }

 private:
  // Every other one is a stream, whose items do the same.
  void submit_all(const std::function<void()>& use) {
    const auto carefully = [use] {
      try {
        use();
      } catch (const std::logic_error&) {  // told that this is not for callbacks
      }
    };
    const auto end = [this, carefully](const Outcome&) { ++callbacks_, carefully(); };
    for (int i = 0; i < kBurst; ++i) {
      const auto on_item = [carefully](const Item&) { carefully(); };
      pending_.push_back(i % 2 == 0 ? pool_->submit(Call::api_call("x"), end)
                                    : pool_->stream(streaming_call("items"), on_item, end));
    }
  }

  void wait_for_all() {
    for (const Pending& pending : pending_) {
      if (!pending.wait_for(kPatience)) violations_.emplace_back("a call has not settled");
    }
  }

  std::vector<std::string> end() {
    wait_for_all();
    pool_->shutdown(0);
    const PoolStats stats = pool_->stats();
    if (stats.queued != 0 || stats.submitted != stats.succeeded + stats.failed)
      violations_.push_back("the pool counted " + std::to_string(stats.submitted) + " calls, " +
                            std::to_string(stats.succeeded) + " of them fine and " + std::to_string(stats.failed) +
                            " failed");
    pool_.reset();
    check_callbacks();
    return std::move(violations_);
  }

  void check_callbacks() {
    if (callbacks_ != static_cast<int>(pending_.size()))
      violations_.push_back(std::to_string(callbacks_) + " of " + std::to_string(pending_.size()) + " callbacks ran");
  }

  Random& random_;
  PoolPtr pool_;
  std::vector<Pending> pending_;
  std::atomic<int> callbacks_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace

void pools_used_in_callbacks(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants) {
  using Kind = std::pair<const char*, std::vector<std::string> (Round::*)()>;
  Random random(settings.seed);
  std::vector<std::string> violations;
  const int rounds = settings.calls < 5'000 ? 2 : 10;
  for (int i = 0; i < rounds; ++i) {
    for (const auto& [name, use] : {Kind{"shut down", &Round::shut_down}, Kind{"called", &Round::call},
                                    Kind{"dropped", &Round::drop}, Kind{"submitted to", &Round::submit_again}}) {
      Round round(settings, random);
      for (const std::string& violation : (round.*use)()) violations.push_back(std::string(name) + ": " + violation);
      outcomes.add_injected("callbacks");
    }
  }
  invariants.add("callbacks: a pool that its own callbacks shut down, call, drop and submit to settles every call",
                 std::move(violations), std::to_string(4 * rounds) + " pools");
}

}  // namespace provider_host::chaos
