#include "faults/load.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>
#include <thread>

#include "faults/sanitizer.h"
#include "inject/trap.h"

namespace provider_host::chaos {
namespace {

using Clock = std::chrono::steady_clock;

// No call takes longer by itself, however busy the machine is.
constexpr double kStuck = 150;
// What the parent may have grown by after the first third of the calls.
constexpr std::size_t kMayGrow = std::size_t{48} << 20;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

std::string line_about(const Settings& settings, std::uint64_t done, double elapsed) {
  char text[128];
  if (settings.seconds > 0) {
    std::snprintf(text, sizeof(text), "%.0f of %.0f s, %llu calls", elapsed, settings.seconds,
                  static_cast<unsigned long long>(done));
  } else {
    std::snprintf(text, sizeof(text), "%3.0f %%, %llu of %llu calls, %.0f s",
                  100.0 * static_cast<double>(done) / static_cast<double>(settings.calls),
                  static_cast<unsigned long long>(done), static_cast<unsigned long long>(settings.calls), elapsed);
  }
  return text;
}

bool is_idle(const PoolStats& stats) {
  return stats.queued == 0 && std::ranges::all_of(stats.hosts, [](const HostStats& host) {
           return host.state == "ready" && host.in_flight == 0;
         });
}

// Does `meanwhile` between two checks; gives up after a minute.
bool wait_until_idle(const Pool& pool, const std::function<void()>& meanwhile) {
  const auto start = Clock::now();
  while (!is_idle(pool.stats())) {
    if (seconds_since(start) > 60) return false;
    meanwhile();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::string text_of(const PoolStats& stats) {
  std::ostringstream text;
  text << stats;
  return text.str();
}

}  // namespace

Load::Load(const Settings& settings, Progress& progress) : settings_(settings), progress_(progress) {}

PoolOptions Load::watched(PoolOptions options) {
  options.log = [this](const LogLine& line) {
    const inject::Spared spared;
    if (line.source == "pool" && line.text.find("internal error") != std::string_view::npos) {
      ++internal_errors_;
      std::fprintf(stderr, "%s\n", std::string(line.text).c_str());
    }
  };
  return options;
}

void Load::run(OutcomeChecker& outcomes, Invariants& invariants, const Descendants& descendants) {
  Pool script(watched(script_pool(settings_)));
  Pool hostile(watched(hostile_pool(settings_)));
  CallerContext context{script, hostile, settings_};
  start_callers(context);
  std::vector<std::thread> threads;
  for (const auto& caller : callers_) threads.emplace_back([&caller] { caller->run(); });
  watch(context, descendants);
  for (std::thread& thread : threads) thread.join();
  for (const auto& caller : callers_) outcomes.merge(caller->outcomes());
  check_nested(context, invariants);
  const auto calls = script.stats().submitted + hostile.stats().submitted - context.nested;
  invariants.add("the pools counted every call", calls == outcomes.calls(), std::to_string(calls) + " counted");
  for (Pool* pool : {&script, &hostile})
    invariants.add("when idle the queue is empty, nothing is in flight, every host responds",
                   violations_when_idle(*pool));
  resident_end_ = resident_bytes();
  for (Pool* pool : {&script, &hostile}) {
    pool->shutdown();
    invariants.add("every call is a success or a failure", counter_violations(pool->stats(), pool->stats().submitted));
  }
  check_calls(outcomes, invariants);
  check_memory(invariants);
  const bool may_fail = settings_.any(&Fault::exhausts_resources);
  invariants.add("no internal error was logged", may_fail || internal_errors_ == 0,
                 std::to_string(internal_errors_) + " logged");
}

void Load::start_callers(CallerContext& context) {
  const auto threads = static_cast<std::uint64_t>(settings_.threads);
  for (std::uint64_t i = 0; i < threads; ++i) {
    const std::uint64_t calls = settings_.calls / threads + (i < settings_.calls % threads ? 1 : 0);
    callers_.push_back(std::make_unique<Caller>(context, static_cast<int>(i), calls));
  }
}

void Load::watch(CallerContext& context, const Descendants& descendants) {
  const auto start = Clock::now();
  const auto all_ended = [this] { return std::ranges::all_of(callers_, [](const auto& one) { return one->ended(); }); };
  while (!all_ended()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // between two checks
    std::uint64_t done = 0;
    for (const auto& caller : callers_) done += caller->done();
    const double elapsed = seconds_since(start);
    if (settings_.seconds > 0 && elapsed >= settings_.seconds) context.stop = true;
    if (const std::size_t now = resident_bytes(); now > 0) resident_now_ = now;  // 0: no descriptor to ask with
    progress_.show(line_about(settings_, done, elapsed) + ", " + mebibytes(resident_now_));
    const bool warm = settings_.seconds > 0 ? elapsed >= settings_.seconds / 3 : done >= settings_.calls / 3;
    if (warm && resident_warm_ == 0) resident_warm_ = resident_now_;
    for (const auto& caller : callers_) {
      if (caller->stuck_for() > kStuck) give_up(*caller, context, descendants);
    }
  }
}

void Load::give_up(const Caller& stuck, CallerContext& context, const Descendants& descendants) const {
  progress_.say("FAIL: " + stuck.stuck_in() + " has not settled for " + std::to_string(kStuck) + " s");
  progress_.say(text_of(context.script.stats()) + text_of(context.hostile.stats()));
  progress_.say("again: " + settings_.command);
  descendants.kill_all();
  std::_Exit(1);
}

void Load::check_calls(const OutcomeChecker& outcomes, Invariants& invariants) const {
  std::vector<std::string> unsettled;
  std::uint64_t expected = 0;
  for (std::size_t i = 0; i < callers_.size(); ++i) {
    expected += callers_[i]->completions().expected();
    for (const std::string& fault : callers_[i]->completions().violations())
      unsettled.push_back("thread " + std::to_string(i) + ", " + fault);
  }
  invariants.add("each call settled exactly once", std::move(unsettled), std::to_string(expected) + " calls");
  invariants.add("each result is that of its call", outcomes.foreign());
  invariants.add("the items of each stream are the first that its function yields, all of them when it succeeds",
                 outcomes.wrong_items(),
                 std::to_string(outcomes.items()) + " items of " + std::to_string(outcomes.streams()) + " streams");
  invariants.add("each error fits its fault", outcomes.unexpected());
  invariants.add("calls fail with their host only when an injected fault hit it", outcomes.unexplained());
}

// Calls of callbacks may come back a little later than those that they belong to.
void Load::check_nested(const CallerContext& context, Invariants& invariants) {
  const auto start = Clock::now();
  while (context.nested != context.nested_settled && seconds_since(start) < kStuck)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  invariants.add("each call of a callback settled", context.nested == context.nested_settled,
                 std::to_string(context.nested) + " made, " + std::to_string(context.nested_settled) + " settled");
}

void Load::check_memory(Invariants& invariants) const {
  const std::size_t grown = resident_end_ > resident_warm_ ? resident_end_ - resident_warm_ : 0;
  const std::string figures = mebibytes(resident_warm_) + " after a third, " + mebibytes(resident_end_) + " at the end";
  invariants.add("memory does not grow", kSanitized || grown < kMayGrow, figures);
}

std::vector<std::string> violations_when_idle(Pool& pool) {
  // An open breaker tries again only when somebody calls.
  wait_until_idle(pool, [&pool] { pool.call_api("ping"); });
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < 2 * pool.stats().hosts.size(); ++i) {
    const Outcome outcome = pool.call_api("pong");
    if (outcome && outcome.json() == R"({"output":"pong"})") continue;
    faults.push_back(outcome ? "returned " + std::string(outcome.json()) : outcome.error().message);
  }
  if (!wait_until_idle(pool, [] {})) faults.push_back(text_of(pool.stats()));
  return faults;
}

std::vector<std::string> counter_violations(const PoolStats& stats, std::uint64_t calls) {
  if (stats.succeeded + stats.failed == calls && stats.submitted == calls && stats.queued == 0) return {};
  return {text_of(stats)};
}

}  // namespace provider_host::chaos
