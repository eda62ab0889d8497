#include "faults/settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <random>
#include <stdexcept>

#include "faults/sanitizer.h"

namespace provider_host::chaos {
namespace {

constexpr const char* kFooter = R"(
Threads make plain calls that echo a text of their own, and now and then one that comes with a fault: blocking, submitted,
with a callback. Which calls follows from the seed alone. At the end each must have settled once, with its own result or
with an error that its fault explains, and nothing may be left behind: no process, no descriptor, no memory.
The exit code is 0 when all that holds, 1 when something does not, 2 for wrong usage.

Examples:
  provider-host-chaos --calls 200000                        nearly every fault, about 2,000 of them
  provider-host-chaos --calls 200000 --faults all           failing allocations and system calls, too: more errors are accepted
  provider-host-chaos --faults kill,gil --fault-rate 0.1    two faults, under every tenth call
  provider-host-chaos --seconds 600 --concurrency 8         ten minutes, eight calls at a time in each host
  provider-host-chaos --spares 2 --recycle 100              hosts that wait take the place of those that die
  provider-host-chaos --preload                             hosts are forks of a template
  provider-host-chaos --min-workers 0 --threads 3           pools that grow and shrink all the time
  provider-host-chaos --seed 42 --calls 5000                the run that printed "seed 42"

More about it is in docs/testing.md.)";

void list_faults() {
  for (const Fault& fault : all_faults())
    std::printf("%-22s %-13s %s\n", fault.name.c_str(), std::string(to_string(fault.source)).c_str(),
                fault.what.c_str());
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

std::string command_for(const Settings& settings, const std::vector<std::string>& names) {
  std::string command = "provider-host-chaos";
  auto add = [&](const std::string& option, const std::string& value) { command += " --" + option + " " + value; };
  if (settings.seconds > 0) {
    add("seconds", number(settings.seconds));
  } else {
    add("calls", std::to_string(settings.calls));
  }
  add("seed", std::to_string(settings.seed));
  add("workers", std::to_string(settings.workers));
  add("concurrency", std::to_string(settings.concurrency));
  add("threads", std::to_string(settings.threads));
  add("recycle", std::to_string(settings.recycle));
  if (settings.min_workers >= 0) add("min-workers", std::to_string(settings.min_workers));
  if (settings.spares > 0) add("spares", std::to_string(settings.spares));
  if (settings.preload) command += " --preload";
  add("fault-rate", number(settings.fault_rate));
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  if (!list.empty()) add("faults", list);
  return command;
}

void add_options(CLI::App& app, Settings& settings, std::vector<std::string>& names, bool& list) {
  auto* calls = app.add_option("--calls", settings.calls, "Calls in all threads together")->type_name("N");
  calls->check(CLI::PositiveNumber)->capture_default_str();
  auto* seconds = app.add_option("--seconds", settings.seconds, "Time instead of a number of calls")->type_name("T");
  seconds->check(CLI::PositiveNumber)->excludes(calls);
  app.add_option("--seed", settings.seed, "What is drawn at random follows from it (default: another one each time)")
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  auto add_count = [&](const char* flag, int& target, const char* what) {
    app.add_option(flag, target, what)->check(CLI::Range(1, 1000))->type_name("N")->capture_default_str();
  };
  add_count("--workers", settings.workers, "Hosts with Python; half as many without");
  add_count("--concurrency", settings.concurrency, "Calls in flight in one host");
  add_count("--threads", settings.threads, "Threads that make calls");
  app.add_option("--recycle", settings.recycle, "Calls after which a host is replaced; 0: never")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--min-workers", settings.min_workers,
                 "Hosts of each pool that stay when there is nothing to do (default: all of them)")
      ->check(CLI::Range(0, 1000))
      ->type_name("N");
  app.add_option("--spares", settings.spares, "Hosts of each pool that wait to take the place of another one")
      ->check(CLI::Range(0, 1000))
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--preload", settings.preload, "Hosts with Python are forked from a template");
  app.add_option("--fault-rate", settings.fault_rate, "Share of the calls that come with a fault")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("R")
      ->capture_default_str();
  app.add_option("--faults", names,
                 "Only these, separated by commas; all (default: all but failing allocations and system calls)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_flag("--list", list, "List the faults and exit");
}

WorkerRange range_of(const Settings& settings, int workers) {
  return {settings.min_workers < 0 ? workers : std::min(settings.min_workers, workers), workers};
}

PoolOptions options_for(const Settings& settings) {
  PoolOptions options;
  options.script = CHAOS_DIRECTORY "/chaos_provider.py";
  options.concurrency = settings.concurrency;
  // A wedged host may keep its other calls waiting until their own timeout.
  options.timeout = settings.concurrency == 1 ? 60 : 5;
  options.start_timeout = 60;
  options.shutdown_timeout = 60;
  options.stop_grace = 0.2;
  options.interrupt_grace = 0.1;
  // The load is made of crashes; the breaker has a scenario of its own.
  options.max_consecutive_crashes = 1'000'000;
  options.max_calls_per_host = settings.recycle;
  options.spares = settings.spares;
  options.idle_timeout = 0.05;  // of elastic pools: they grow and shrink all the time
  options.health_interval = 0.2;
  options.frame_limit = std::size_t{4} << 20;
  options.log = [](const LogLine&) {};
  return options;
}

}  // namespace

bool Settings::has(const std::string& fault) const {
  return std::ranges::any_of(faults, [&](const Fault* one) { return one->name == fault; });
}

bool Settings::any(bool Fault::*property) const {
  return std::ranges::any_of(faults, [&](const Fault* one) { return one->*property; });
}

bool Settings::any(FaultSource source) const {
  return std::ranges::any_of(faults, [&](const Fault* one) { return one->source == source; });
}

std::optional<Settings> parse_arguments(int argc, const char* const* argv, int& exit_code) {
  CLI::App app("Attacks pools under load in every known way, and checks that no call is lost.", "provider-host-chaos");
  Settings settings;
  std::vector<std::string> names;
  bool list = false;
  add_options(app, settings, names, list);
  app.footer(kFooter);
  app.get_formatter()->column_width(28);
  try {
    app.parse(argc, argv);
    settings.faults = faults_named(names);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  } catch (const std::invalid_argument& error) {
    std::cerr << "provider-host-chaos: " << error.what() << '\n';
    exit_code = 2;
    return std::nullopt;
  }
  exit_code = 0;
  if (list) return list_faults(), std::nullopt;
  if (kSanitized) std::erase_if(settings.faults, [](const Fault* fault) { return !fault->sanitizable; });
  if (settings.seed == 0) settings.seed = std::random_device()() | 1U;
  settings.command = command_for(settings, names);
  return settings;
}

PoolOptions script_pool(const Settings& settings) {
  PoolOptions options = options_for(settings);
  if (settings.preload) options.preload = Preload::kOn;
  options.workers = range_of(settings, settings.workers);
  return options;
}

PoolOptions hostile_pool(const Settings& settings) {
  PoolOptions options = options_for(settings);
  options.workers = range_of(settings, std::max(1, settings.workers / 2));
  options.python = CHAOS_DIRECTORY "/../children/fake_python";
  options.host_executable = TEST_CHILDREN "/child_hostile";
  return options;
}

}  // namespace provider_host::chaos
