// How soon a caller knows that its host died or that its call timed out, and how soon a new host responds.
//   detection SCRIPT COUNT
// One JSON object a line on stdout, for each kind of event: its name, and COUNT durations in milliseconds.
#include <provider_host/pool.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "runner.h"

namespace {

using namespace provider_host;
using benchmarks::Clock;

constexpr double kTimeout = 0.1;

// The time that the script wrote; Python's monotonic clock is this one.
class ScriptClock {
 public:
  ScriptClock() : path_(std::filesystem::temp_directory_path() / ("detection_" + std::to_string(::getpid()))) {}
  ~ScriptClock() { std::filesystem::remove(path_); }
  ScriptClock(const ScriptClock&) = delete;
  ScriptClock& operator=(const ScriptClock&) = delete;

  [[nodiscard]] Call call(const char* action) const { return Call::api_call(action, {{"clock", path_.string()}}); }
  [[nodiscard]] double ms_since() const {
    long long nanoseconds = 0;
    std::ifstream(path_) >> nanoseconds;
    const auto then = Clock::time_point(std::chrono::nanoseconds(nanoseconds));
    return benchmarks::us_since(then) / 1000;
  }

 private:
  std::filesystem::path path_;
};

void print(const std::string& name, const std::vector<double>& durations) {
  std::cout << nlohmann::json{{"name", name}, {"ms", durations}}.dump() << std::endl;
}

void expect(const Outcome& outcome, ErrorKind kind) {
  if (outcome || outcome.error().kind != kind) std::abort();
}

void measure_deaths(Pool& pool, const ScriptClock& clock, const char* action, const std::string& name, int count) {
  std::vector<double> reported;
  std::vector<double> ready;
  for (int i = 0; i < count; ++i) {
    const Outcome outcome = pool.call(clock.call(action));
    reported.push_back(clock.ms_since());
    expect(outcome, ErrorKind::kHostCrashed);
    if (!pool.call_api("x")) std::abort();
    ready.push_back(clock.ms_since());
  }
  print(name + ", to the caller", reported);
  print(name + ", to the next response", ready);
}

void measure_timeouts(Pool& pool, const ScriptClock& clock, const char* action, const std::string& name, int count) {
  std::vector<double> late;
  for (int i = 0; i < count; ++i) {
    if (!pool.call_api("x")) std::abort();  // the host is ready and idle
    Call call = clock.call(action);
    call.timeout = kTimeout;
    const auto start = Clock::now();
    const Outcome outcome = pool.call(std::move(call));
    late.push_back(benchmarks::us_since(start) / 1000 - kTimeout * 1000);
    expect(outcome, ErrorKind::kTimeout);
  }
  print(name + ", after its timeout", late);
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc == 3 ? std::atoi(argv[2]) : 0;
  if (count < 1) {
    std::cerr << "usage: detection SCRIPT COUNT\n";
    return 2;
  }
  PoolOptions options;
  options.script = argv[1];
  options.max_consecutive_crashes = 1'000'000;
  options.interrupt_grace = 0.1;
  options.log = [](const LogLine&) {};
  Pool pool(std::move(options));
  const ScriptClock clock;
  measure_deaths(pool, clock, "kill", "death by SIGKILL", count);
  measure_deaths(pool, clock, "segfault", "segmentation action", count);
  measure_deaths(pool, clock, "exit", "os._exit", count);
  measure_deaths(pool, clock, "grandchild", "death, a grandchild holds the pipes", count);
  measure_timeouts(pool, clock, "sleep", "code that sleeps", count);
  measure_timeouts(pool, clock, "spin", "code that spins", count);
  measure_timeouts(pool, clock, "gil", "code that holds the GIL", count);
  measure_timeouts(pool, clock, "stop", "a stopped host", count);
}
