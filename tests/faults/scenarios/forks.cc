#include <provider_host/pool.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "faults/random.h"
#include "faults/scenarios/scenarios.h"
#include "faults/scenarios/streaming_call.h"

namespace {

bool g_is_child = false;

}  // namespace

// The leak sanitizer asks: what the threads of the parent held is lost in a child, which is not a leak.
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off();
extern "C" int __lsan_is_turned_off() { return g_is_child ? 1 : 0; }

namespace provider_host::chaos {
namespace {

constexpr int kForkThreads = 3;
constexpr unsigned kMaxLife = 30;  // seconds that a child may take
constexpr int kAnswered = 7;

enum class Use : std::uint8_t { kCall, kSubmit, kStream, kRead, kClose, kDestroy, kShutDown, kExit };
constexpr int kUses = 8;

// What a child does; it may touch nothing of its parent's, and no call of it can get a response.
[[noreturn]] void live(std::unique_ptr<Pool>& pool, Stream& stream, Use use) {
  g_is_child = true;
  ::alarm(kMaxLife);
  try {
    if (use == Use::kCall && pool->call_api("child")) ::_exit(kAnswered);
    if (use == Use::kSubmit && pool->submit(Call::api_call("child")).get()) ::_exit(kAnswered);
    if (use == Use::kStream && pool->stream(streaming_call("child")).outcome()) ::_exit(kAnswered);
    if (use == Use::kRead) rest_of(stream);
    if (use == Use::kClose) stream.close();
    if (use == Use::kShutDown) pool->shutdown(0);
  } catch (const std::exception&) {  // an exception is fine, too
  }
  if (use == Use::kDestroy) pool.reset();
  if (use == Use::kExit) std::exit(0);
  ::_exit(0);
}

void check_stream(Stream& stream, const std::string& prompt, std::vector<std::string>& violations) {
  const std::string text = rest_of(stream);
  if (!stream.outcome()) violations.push_back(prompt + ": " + stream.outcome().error().message);
  if (text != prompt) violations.push_back(prompt + ": streamed " + text);
}

// Calls all the time until told otherwise; none of them has any reason to fail.
void call_until(Pool& pool, int thread, const std::atomic<bool>& stop, std::vector<std::string>& violations) {
  for (int i = 0; !stop; ++i) {
    const std::string prompt = std::to_string(thread) + "-" + std::to_string(i);
    if (i % 3 == 2) {
      Stream stream = pool.stream(streaming_call(prompt));
      check_stream(stream, prompt, violations);
      continue;
    }
    const Outcome outcome = i % 3 == 0 ? pool.call_api(prompt) : pool.submit(Call::api_call(prompt)).get();
    if (!outcome) violations.push_back(prompt + ": " + outcome.error().message);
    if (outcome && outcome.json() != R"({"output":")" + prompt + "\"}") violations.push_back(prompt + ": foreign");
  }
}

void await(pid_t child, Use use, std::vector<std::string>& violations) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  violations.push_back("a child (use " + std::to_string(static_cast<int>(use)) + ") " +
                       (WIFSIGNALED(status) ? "died of signal " + std::to_string(WTERMSIG(status))
                                            : "exited with " + std::to_string(WEXITSTATUS(status))));
}

std::vector<std::string> fork_often(PoolOptions options, int forks, Random& random) {
  auto pool = std::make_unique<Pool>(std::move(options));
  std::atomic<bool> stop = false;
  std::vector<std::vector<std::string>> found(kForkThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kForkThreads; ++i)
    threads.emplace_back([&, i] { call_until(*pool, i, stop, found[static_cast<std::size_t>(i)]); });
  std::vector<std::string> violations;
  for (int i = 0; i < forks; ++i) {
    const auto use = static_cast<Use>(random.below(kUses));
    Stream stream = pool->stream(streaming_call("parent"));
    const pid_t child = ::fork();
    if (child == 0) live(pool, stream, use);
    await(child, use, violations);
    check_stream(stream, "parent", violations);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (const auto& some : found) violations.insert(violations.end(), some.begin(), some.end());
  if (pool->stats().restarts != 0) violations.emplace_back("a host was replaced");
  return violations;
}

}  // namespace

void forks_under_load(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants) {
  Random random(settings.seed);
  std::vector<std::string> violations;
  const int forks = settings.calls < 5'000 ? 10 : 50;
  for (const int concurrency : {1, 4}) {
    PoolOptions options = hostile_pool(settings);
    options.concurrency = concurrency;
    options.max_calls_per_host = 0;
    for (std::string& violation : fork_often(std::move(options), forks, random))
      violations.push_back(std::move(violation));
  }
  outcomes.add_injected("forks", static_cast<std::uint64_t>(2 * forks));
  invariants.add("forks: a child of a fork harms no pool of its parent, and ends", std::move(violations),
                 std::to_string(2 * forks) + " children");
}

}  // namespace provider_host::chaos
