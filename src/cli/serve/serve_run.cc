#include "cli/serve/serve_run.h"

#include <signal.h>
#include <spdlog/fmt/fmt.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cli/exit_code.h"
#include "cli/serve/arguments_of_requests.h"

namespace provider_host::cli {
namespace {

constexpr double kStartPoll = 0.1;   // seconds
constexpr double kResponseTime = 5;  // seconds that the last responses have at least
constexpr rlim_t kOtherDescriptors = 256;

// Connections are descriptors; many systems allow 1,024 unless a program asks for more. How many connections there can
// be, so that some are left to start hosts.
std::size_t possible_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kOtherDescriptors;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const rlim_t possible = limit.rlim_cur - std::min(kOtherDescriptors, limit.rlim_cur / 4 * 3);
  return std::clamp<rlim_t>(possible, 1, wanted);
}

}  // namespace

ServeRun::ServeRun(ServeOptions options, Session session) : options_(std::move(options)), session_(session) {
  complete_server_options(options_);
  options_.server.make_arguments = arguments_of_requests(options_.arguments);
}

ServeRun::~ServeRun() {
  session_.signals.handle_hangup(nullptr);
  if (server_) server_->stop();
}

int ServeRun::run() {
  limit_connections();
  std::error_code ignored;
  std::filesystem::remove(options_.port_file, ignored);  // of a former run
  try {
    server_ = std::make_unique<server::Server>(options_.server);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  const SignalScope scope(session_.signals, [this](int count) { on_signal(count); });
  session_.signals.handle_hangup([this] {
    const MutexLock lock(mutex_);
    reload_ = true;
    changed_.notify_all();
  });
  start();
  wait_for_start();
  while (wait_for_event() == Event::kReload) reload();
  drain();
  return exit_code();
}

// --- start

void ServeRun::limit_connections() {
  std::size_t& connections = options_.server.limits.connections;
  const std::size_t possible = possible_connections(connections);
  if (possible == connections) return;
  session_.console.note(LogLevel::kWarning,
                        fmt::format("at most {} connections, not {}: the limit of open files (`ulimit -n`) is too low",
                                    possible, connections));
  connections = possible;
}

std::shared_ptr<Pool> ServeRun::new_pool(bool waits) {
  PoolOptions pool = pool_options(options_, parse_script_spec(options_.script), session_.console);
  pool.wait_for_start = waits;
  pool.callbacks = CallbackThread::kSettling;  // they only hand outcomes to the I/O thread
  pool.shutdown_timeout = options_.drain_timeout;
  pool.log = [this, log = std::move(pool.log)](const LogLine& line) {
    log(line);
    server_->log(line);
  };
  return std::make_shared<Pool>(std::move(pool), [this] { return is_ending(); });
}

void ServeRun::start() {
  set_pool(new_pool(false));
  server_->start(*pool());
  session_.console.say(fmt::format("serving {} at http://{}/ (live page), http://{}/v1 (OpenAI's API)", options_.script,
                                   server_->address(), server_->address()));
  write_port_file();  // last: who waits for it finds all that is said before
}

void ServeRun::wait_for_start() {
  while (!is_ending()) {
    if (!pool()->wait_for_start(kStartPoll)) continue;
    const auto error = pool()->start_error();
    if (!error) return session_.console.say("ready");
    server_->drain();
    server_->stop_accepting();
    pool()->shutdown(0);
    server_->wait_until_idle(kResponseTime);
    server_->stop();
    throw ImportFailed(*error);
  }
}

void ServeRun::write_port_file() const {
  if (options_.port_file.empty()) return;
  const std::filesystem::path path = options_.port_file;
  std::filesystem::path unfinished = path;
  unfinished += ".new";
  std::ofstream file(unfinished);
  file << server_->port() << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(unfinished, path, error);
  if (!file || error) throw UsageError("--port-file: '" + path.string() + "' cannot be written");
}

// --- what signals ask for

void ServeRun::on_signal(int count) {
  if (count == 1) {
    {
      const MutexLock lock(mutex_);
      end_ = true;
      changed_.notify_all();
    }
    return session_.console.note(LogLevel::kWarning,
                                 "draining: waiting for the calls that are there; once more to end at once");
  }
  if (const auto last = pool()) last->shutdown(0);
  std::_Exit(exit_code());
}

ServeRun::Event ServeRun::wait_for_event() {
  MutexLock lock(mutex_);
  while (!end_ && !reload_) changed_.wait(lock);
  if (end_) return Event::kEnd;
  reload_ = false;
  return Event::kReload;
}

bool ServeRun::is_ending() const {
  const MutexLock lock(mutex_);
  return end_;
}

int ServeRun::exit_code() const { return session_.signals.last() == SIGINT ? kInterrupted : kDone; }

void ServeRun::reload() {
  session_.console.say("reloading");
  try {
    server_->reopen_log();
    std::shared_ptr<Pool> next = new_pool(true);
    server_->use(*next);
    std::shared_ptr<Pool> former = pool();
    set_pool(std::move(next));
    retire(std::move(former));
    session_.console.say("reloaded");
  } catch (const std::exception& error) {
    if (!is_ending()) session_.console.error(std::string("not reloaded, the former hosts go on: ") + error.what());
  }
}

void ServeRun::retire(std::shared_ptr<Pool> pool) {
  std::erase_if(retiring_, [](const std::future<void>& ended) {
    return ended.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  retiring_.push_back(std::async(std::launch::async, [pool = std::move(pool)] { pool->shutdown(); }));
}

void ServeRun::drain() {
  server_->drain();
  {
    const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(options_.drain_delay);
    while (std::chrono::steady_clock::now() < until) {
      MutexLock lock(mutex_);
      changed_.wait_until(lock, until);
    }
  }
  const auto began = std::chrono::steady_clock::now();
  server_->stop_accepting();
  pool()->shutdown();
  for (const auto& retiring : retiring_) retiring.wait();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  server_->wait_until_idle(std::max(kResponseTime, options_.drain_timeout - taken.count()));
  server_->stop();
}

std::shared_ptr<Pool> ServeRun::pool() const {
  const MutexLock lock(mutex_);
  return pool_;
}

void ServeRun::set_pool(std::shared_ptr<Pool> pool) {
  const MutexLock lock(mutex_);
  pool_ = std::move(pool);
}

}  // namespace provider_host::cli
