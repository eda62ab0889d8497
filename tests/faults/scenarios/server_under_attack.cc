#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "faults/processes.h"
#include "faults/random.h"
#include "faults/sanitizer.h"
#include "faults/scenarios/scenarios.h"
#include "faults/server/attackers.h"
#include "faults/server/good_client.h"

namespace provider_host::chaos {
namespace {

using server::Route;

constexpr int kClients = 3;
// What the process may have grown by from one round to the last.
constexpr std::size_t kServerMayGrow = std::size_t{48} << 20;

std::size_t thread_count() {
  std::error_code ignored;
  const auto tasks = std::filesystem::directory_iterator("/proc/self/task", ignored);
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

std::vector<std::unique_ptr<Attacker>> attackers_of(const Settings& settings) {
  std::vector<std::unique_ptr<Attacker>> attackers;
  const auto add = [&](const char* name, Attacker::Attack attack, std::uint64_t enough, std::uint64_t most) {
    if (settings.has(name)) attackers.push_back(std::make_unique<Attacker>(name, attack, enough, most));
  };
  const std::uint64_t most = 10 + settings.calls / 20;
  add("http-vanishes", vanish, 10, most);
  add("http-stalls", stall, 1, most);
  add("http-halves", send_half, 3, most);
  add("http-too-much", send_too_much, 5, most);
  add("http-garbage", send_garbage, 10, most);
  add("http-crashes", let_host_die, 5, most);
  add("http-reloads", reload, 2, most);
  return attackers;
}

// One server from its start to its end.
class ServerRound {
 public:
  ServerRound(const Settings& settings, Random random, int number)
      : settings_(settings), random_(random), number_(number), attackers_(attackers_of(settings)) {}

  void run(OutcomeChecker& outcomes) {
    AttackedServer server(settings_, number_ % 2 == 0 ? 1 : 4);
    if (settings_.has("http-crashes")) server.let_hosts_die();
    start_clients(server);
    wait_for_enough(server);
    server.begin_end();
    if (drains()) {
      server.drain();
    } else {
      server.stop();
    }
    for (std::thread& thread : threads_) thread.join();
    check_open(server);
    const server::RequestMetrics metrics = server.counts().metrics;
    server.end_pool();
    check_counts(server, metrics);
    violations_ = server.violations();
    for (std::string& violation : found_) violations_.push_back(std::move(violation));
    for (const auto& attacker : attackers_) outcomes.add_injected(attacker->name(), attacker->attacks());
    outcomes.add_injected("http-drains");
    answers_ = server.answers();
  }

  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] std::uint64_t answers() const { return answers_; }

 private:
  [[nodiscard]] bool drains() const { return number_ % 2 == 0; }

  void start_clients(AttackedServer& server) {
    for (int i = 0; i < kClients; ++i)
      clients_.push_back(std::make_unique<GoodClient>(server, number_ * kClients + i, Random(random_.next())));
    for (const auto& client : clients_) threads_.emplace_back([&client] { client->run(); });
    for (const auto& attacker : attackers_)
      threads_.emplace_back([&attacker, &server, random = Random(random_.next())] { attacker->run(server, random); });
  }

  // A client that never gets its answer reports that itself.
  void wait_for_enough(const AttackedServer& server) const {
    const std::uint64_t enough = 50 + settings_.calls / 20;
    const auto attacked = [this] {
      return std::ranges::all_of(attackers_, [](const auto& attacker) { return attacker->has_done_enough(); });
    };
    while ((server.answers() < enough || !attacked()) && server.violations().empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  void expect(bool fine, const std::string& what) {
    if (!fine) found_.push_back(what);
  }

  void check_open(const AttackedServer& server) {
    const server::ServerCounts counts = server.counts();
    const auto none = [this](std::uint64_t count, const char* what) {
      expect(count == 0, std::to_string(count) + " " + what + " are open at the end");
    };
    none(counts.connections, "connections");
    none(counts.metrics.open_connections(), "connections, as the metrics say,");
    none(counts.metrics.in_flight(), "requests");
    none(counts.metrics.open_streams(), "streams of responses");
    none(counts.calls, "calls");
    none(counts.streams, "streams of calls");
  }

  void check_counts(const AttackedServer& server, const server::RequestMetrics& metrics) {
    GoodCounts all;
    for (const auto& client : clients_) {
      for (const auto& [route, count] : client->counts().answers) all.answers[route] += count;
      for (const auto& [route, count] : client->counts().lost) all.lost[route] += count;
      all.calls += client->counts().calls;
      for (const std::string& id : client->counts().ids) expect(all.ids.insert(id).second, "two answers have one id");
    }
    // Nobody else sends these requests, but for chats that are never read: one that failed with its host may be small
    // enough for the kernel, and counts as sent.
    for (const auto& attacker : attackers_) {
      if (attacker->name() == "http-stalls") all.lost[Route::kChat] += attacker->attacks() + 1;
    }
    for (const Route route : {Route::kChat, Route::kEmbeddings, Route::kModels}) {
      const std::uint64_t counted = metrics.ended(route, 200);
      // Those that the kernel took when the server stopped, which did not learn of it, count as not taken.
      const std::uint64_t cut_off = metrics.ended(route, 499);
      const std::uint64_t got = all.answers[route];
      expect(got <= counted + cut_off && counted <= got + all.lost[route],
             std::to_string(counted) + " requests of " + std::string(to_string(route)) + " are counted; clients got " +
                 std::to_string(got) + " answers and lost " + std::to_string(all.lost[route]));
    }
    std::uint64_t most = 0;
    for (int status = 100; status < 600; ++status)
      most += metrics.ended(Route::kChat, status) + metrics.ended(Route::kCall, status) +
              2 * metrics.ended(Route::kEmbeddings, status);
    expect(all.calls <= server.succeeded() && server.calls() <= most,
           std::to_string(all.calls) + " calls were answered, " + std::to_string(server.succeeded()) + " of " +
               std::to_string(server.calls()) + " succeeded, requests asked for at most " + std::to_string(most));
  }

  const Settings& settings_;
  Random random_;
  int number_;
  std::vector<std::unique_ptr<Attacker>> attackers_;
  std::vector<std::unique_ptr<GoodClient>> clients_;
  std::vector<std::thread> threads_;
  std::vector<std::string> found_;
  std::vector<std::string> violations_;
  std::uint64_t answers_ = 0;
};

}  // namespace

void server_under_attack(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants) {
  Random random(settings.seed);
  const int rounds = settings.calls < 5'000 ? 2 : 6;
  std::vector<std::string> violations;
  std::uint64_t answers = 0;
  std::size_t warm = 0;
  const std::size_t threads = thread_count();
  const std::size_t descriptors = open_descriptor_count();
  for (int number = 0; number < rounds; ++number) {
    ServerRound round(settings, Random(random.next()), number);
    round.run(outcomes);
    answers += round.answers();
    for (const std::string& violation : round.violations())
      violations.push_back("server " + std::to_string(number) + ": " + violation);
    if (number == 1) warm = resident_bytes();
  }
  invariants.add("server: each request is answered once and rightly, or its connection ends; nothing stays open",
                 std::move(violations), std::to_string(answers) + " answers of " + std::to_string(rounds) + " servers");
  invariants.add("server: no thread and no descriptor is left",
                 comes_down_to(threads, thread_count) && comes_down_to(descriptors, open_descriptor_count),
                 std::to_string(threads) + " threads before, " + std::to_string(thread_count()) + " after; " +
                     std::to_string(descriptors) + " descriptors before, " + std::to_string(open_descriptor_count()) +
                     " after");
  invariants.add("server: memory does not grow", kSanitized || resident_bytes() < warm + kServerMayGrow,
                 std::to_string(warm >> 20U) + " MiB, then " + std::to_string(resident_bytes() >> 20U) + " MiB");
}

}  // namespace provider_host::chaos
