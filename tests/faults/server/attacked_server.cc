#include "faults/server/attacked_server.h"

#include <utility>

#include "faults/attack.h"
#include "faults/load.h"

namespace provider_host::chaos {
namespace {

constexpr double kLongestDrain = 150;  // seconds

std::string arguments_of(const server::RequestArguments& request) {
  const auto or_empty = [](std::string_view json) { return std::string(json.empty() ? "{}" : json); };
  const std::string context = request.api == Api::kCall ? "," + or_empty(request.context) : "";
  return "[" + std::string(request.prompt) + "," + or_empty(request.options) + context + "]";
}

server::ServerOptions server_options() {
  server::ServerOptions options;
  options.listen = server::ListenAddress::parse("127.0.0.1:0");
  options.limits.body = kMaxBody;
  options.limits.header = kMaxHeader;
  options.limits.read = std::chrono::duration<double>(kClientLimit);
  options.limits.write = std::chrono::duration<double>(kClientLimit);
  options.version = "0";
  options.script = "chaos_provider.py";
  options.function = "answer";
  options.model_name = "chaos";
  options.chat_prompt = server::ChatPrompt::kLastUser;
  options.heartbeat = 0;
  options.make_arguments = arguments_of;
  return options;
}

}  // namespace

AttackedServer::AttackedServer(const Settings& settings, int concurrency) {
  PoolOptions options = script_pool(settings);
  options.workers = 2;
  options.concurrency = concurrency;
  options.callbacks = CallbackThread::kSettling;
  pool_ = std::make_unique<Pool>(std::move(options));
  server_ = std::make_unique<server::Server>(server_options());
  server_->start(*pool_);
  port_ = server_->port();
}

AttackedServer::~AttackedServer() {
  if (server_) server_->stop();
}

server::ServerCounts AttackedServer::counts() const {
  const std::lock_guard lock(server_mutex_);
  return server_->counts();
}

void AttackedServer::report(std::string violation) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(std::move(violation));
}

std::vector<std::string> AttackedServer::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

void AttackedServer::kill_host(std::uint64_t random) { attack_host(*pool_, "host-killed", random); }

// A host that is killed while it imports the script ends the reload.
void AttackedServer::reload() {
  try {
    pool_->reload();
  } catch (const ImportFailed& failed) {
    if (!hosts_die() && !is_ending()) report(std::string("a reload failed: ") + failed.what());
  }
}

void AttackedServer::drain() {
  const std::lock_guard lock(server_mutex_);
  server_->drain();
  server_->stop_accepting();
  pool_->shutdown();
  server_->wait_until_idle(kLongestDrain);
  const auto left = server_->counts().metrics.in_flight();
  if (left > 0) report(std::to_string(left) + " requests have no response at the end of a drain");
  server_->stop();
}

void AttackedServer::stop() {
  const std::lock_guard lock(server_mutex_);
  server_->stop();
}

void AttackedServer::end_pool() {
  server_.reset();
  pool_->shutdown();
  const PoolStats stats = pool_->stats();
  for (const std::string& fault : counter_violations(stats, stats.submitted)) report("the pool's counters: " + fault);
  calls_ = stats.submitted;
  succeeded_ = stats.succeeded;
}

}  // namespace provider_host::chaos
