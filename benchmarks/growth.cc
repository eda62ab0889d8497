// How time and memory grow with the load. One JSON object a line on stdout.
//   growth queued    SCRIPT CALLS      all submitted at once to one host
//   growth hosts     SCRIPT HOSTS      started together
//   growth payload   SCRIPT BYTES      echoed
//   growth in_flight SCRIPT CALLS      in flight in one host at a time
//   growth many      SCRIPT CALLS      one after the other; a line for every 20th part
#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <map>

#include "in_flight.h"
#include "runner.h"

namespace {

using namespace provider_host;
using benchmarks::us_since;
using nlohmann::json;

// A field of /proc/PID/status or smaps_rollup, in bytes.
double memory(int pid, const char* file, const std::string& field) {
  std::ifstream lines("/proc/" + std::to_string(pid) + "/" + file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) * 1024;
  }
  return 0;
}

double resident(int pid) { return memory(pid, "status", "VmRSS"); }
double most_resident(int pid) { return memory(pid, "status", "VmHWM"); }

// Resets the peak that `most_resident` reads.
void reset_most_resident(int pid) { std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << 5; }

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

PoolOptions options_for(const char* script, int workers = 1, int concurrency = 1) {
  PoolOptions options;
  options.script = script;
  options.workers = workers;
  options.concurrency = concurrency;
  options.max_queue = 0;
  options.log = [](const LogLine&) {};
  return options;
}

void print(const json& line) { std::cout << line.dump() << std::endl; }

void queued(const char* script, int calls) {
  Pool pool(options_for(script));
  benchmarks::InFlight(pool, "x").run(1000, 1);  // warm
  const double before = resident(::getpid());
  double after = 0;
  std::vector<double> durations;
  for (int round = 0; round < std::clamp(1000 / calls, 1, 200); ++round) {
    std::vector<Pending> pending;
    pending.reserve(static_cast<std::size_t>(calls));
    const auto start = benchmarks::Clock::now();
    for (int i = 0; i < calls; ++i) pending.push_back(pool.submit(Call::api_call("x")));
    if (round == 0) after = resident(::getpid());
    for (const Pending& call : pending) {
      if (!call.get()) std::abort();
    }
    durations.push_back(us_since(start));
  }
  print({{"n", calls}, {"us", median(durations) / calls}, {"bytes", (after - before) / calls}});
}

void hosts(const char* script, int count) {
  const auto start = benchmarks::Clock::now();
  Pool pool(options_for(script, count));
  benchmarks::wait_for_hosts(pool);
  const double us = us_since(start);
  double bytes = 0;
  for (const HostStats& host : pool.stats().hosts) bytes += memory(host.pid, "smaps_rollup", "Pss");
  const auto busy = benchmarks::Clock::now();
  constexpr int kCalls = 5000;
  benchmarks::InFlight(pool, "x").run(kCalls, count);
  print({{"n", count}, {"us", us / count}, {"bytes", bytes / count}, {"us_per_call", us_since(busy) / kCalls}});
}

void payload(const char* script, int bytes) {
  Pool pool(options_for(script));
  const std::string prompt(static_cast<std::size_t>(bytes), 'x');
  const int host = pool.call_api("x").pid;
  const double before = resident(::getpid()) + resident(host);
  for (const int pid : {::getpid(), host}) reset_most_resident(pid);
  std::vector<double> durations;
  for (int i = 0; i < std::clamp(20'000'000 / bytes, 5, 500); ++i) {
    const auto start = benchmarks::Clock::now();
    const Outcome outcome = pool.call_api(prompt);
    if (!outcome || outcome.value().at("output").get_ref<const std::string&>().size() != prompt.size()) std::abort();
    durations.push_back(us_since(start));
  }
  const double grown = most_resident(::getpid()) + most_resident(host) - before;
  print({{"n", bytes}, {"us", median(durations) / bytes}, {"bytes", grown / bytes}});
}

void in_flight(const char* script, int calls) {
  Pool pool(options_for(script, 1, calls));
  benchmarks::InFlight load(pool, "x");
  load.run(3, 1);
  const std::array<int, 2> processes = {::getpid(), pool.stats().hosts.at(0).pid};
  double before = 0;
  for (const int pid : processes) {
    before += resident(pid);
    reset_most_resident(pid);
  }
  const auto warm = benchmarks::Clock::now();
  load.run(calls, calls);
  const int rounds = static_cast<int>(std::clamp(1'500'000.0 / us_since(warm), 5.0, 60'000.0));  // 1.5 s
  const auto start = benchmarks::Clock::now();
  const int total = rounds * calls;
  load.run(total, calls);
  const double us = us_since(start) / total;
  double grown = -before;
  for (const int pid : processes) grown += most_resident(pid);
  print({{"n", calls}, {"us", us}, {"bytes", grown / calls}});
}

void many(const char* script, int calls) {
  Pool pool(options_for(script));
  const int host = pool.call_api("x").pid;
  const auto start = benchmarks::Clock::now();
  for (int done = 0; done < calls;) {
    const int end = done == 0 ? std::min(10'000, calls) : std::min(calls, done + calls / 20);
    for (; done < end; ++done) {
      if (!pool.call_api("x")) std::abort();
    }
    print({{"n", done}, {"us", us_since(start) / done}, {"parent", resident(::getpid())}, {"host", resident(host)}});
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(const char*, int)>> loads = {
      {"queued", queued}, {"hosts", hosts}, {"payload", payload}, {"in_flight", in_flight}, {"many", many}};
  const auto load = argc == 4 ? loads.find(argv[1]) : loads.end();
  if (load == loads.end() || std::atoi(argv[3]) < 1) {
    std::cerr << "usage: growth queued|hosts|payload|in_flight|many SCRIPT NUMBER\n";
    return 2;
  }
  load->second(argv[2], std::atoi(argv[3]));
}
