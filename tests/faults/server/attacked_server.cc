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

AttackedServer::AttackedServer(const Settings& settings, int concurrency) : pool_options_(script_pool(settings)) {
  pool_options_.workers = 2;
  pool_options_.concurrency = concurrency;
  pool_options_.callbacks = CallbackThread::kSettling;
  pool_ = new_pool();
  server_ = std::make_unique<server::Server>(server_options());
  server_->start(*pool_);
  port_ = server_->port();
}

AttackedServer::~AttackedServer() {
  if (server_) server_->stop();
}

std::unique_ptr<Pool> AttackedServer::new_pool() const { return std::make_unique<Pool>(pool_options_); }

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

void AttackedServer::kill_host(std::uint64_t random) {
  const std::lock_guard lock(server_mutex_);
  attack_host(*pool_, "host-killed", random);
}

void AttackedServer::reload() {
  auto next = new_pool();
  {
    const std::lock_guard lock(server_mutex_);
    if (!is_ending()) {
      server_->use(*next);
      std::swap(pool_, next);
    }
  }
  end(std::move(next));
}

void AttackedServer::end(std::unique_ptr<Pool> pool) {
  pool->shutdown();
  const PoolStats stats = pool->stats();
  for (const std::string& fault : counter_violations(stats, stats.submitted)) report("a pool's counters: " + fault);
  calls_ += stats.submitted;
  succeeded_ += stats.succeeded;
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

void AttackedServer::end_pools() {
  server_.reset();  // a pool may outlive it
  end(std::move(pool_));
}

}  // namespace provider_host::chaos
