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
#include "cli/io/reload.h"
#include "cli/serve/arguments_of_requests.h"
#include "platform/resource_limit.h"

namespace provider_host::cli {
namespace {

constexpr double kStartPoll = 0.1;  // seconds
constexpr std::chrono::milliseconds kLookAtFiles{500};
// Editors and version control write several files, or one in several steps.
constexpr std::chrono::milliseconds kLastWrite{150};
constexpr double kResponseTime = 5;  // seconds that the last responses have at least
constexpr rlim_t kOtherDescriptors = 256;

// Connections are descriptors; many systems allow 1,024 unless a program asks for more. How many connections there can
// be, so that some are left to start hosts.
std::size_t possible_connections(std::size_t wanted) {
  rlimit limit{};
  if (platform::get_limit(RLIMIT_NOFILE, limit) != 0) return wanted;
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
  if (options_.watch) watch_.emplace(parse_script_spec(options_.script).script);
  pool_ = make_pool();
  const SignalScope scope(session_.signals, [this](int count) { on_signal(count); });
  session_.signals.handle_hangup([this] {
    const MutexLock lock(mutex_);
    hangup_ = true;
    changed_.notify_all();
  });
  start();
  wait_for_start();
  learn_files();
  for (Event event = wait_for_event(); event != Event::kEnd; event = wait_for_event()) {
    if (event == Event::kHangup) reopen_log();
    if (event == Event::kChange) await_last_write();
    reload();
    learn_files();
  }
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

std::unique_ptr<Pool> ServeRun::make_pool() {
  PoolOptions pool = pool_options(options_, parse_script_spec(options_.script), session_.console);
  pool.wait_for_start = false;
  pool.callbacks = CallbackThread::kSettling;  // they only hand outcomes to the I/O thread
  pool.shutdown_timeout = options_.drain_timeout;
  pool.log = [this, log = std::move(pool.log)](const LogLine& line) {
    log(line);
    server_->log(line);
  };
  return std::make_unique<Pool>(std::move(pool));
}

void ServeRun::start() {
  server_->start(*pool_);
  session_.console.say(fmt::format("serving {} at http://{}/ (live page), http://{}/v1 (OpenAI's API)", options_.script,
                                   server_->address(), server_->address()));
  write_port_file();  // last: who waits for it finds all that is said before
}

void ServeRun::wait_for_start() {
  while (!is_ending()) {
    if (!pool_->wait_for_start(kStartPoll)) continue;
    const auto error = pool_->start_error();
    if (!error) return session_.console.say("ready");
    server_->drain();
    server_->stop_accepting();
    pool_->shutdown(0);
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
  pool_->shutdown(0);
  std::_Exit(exit_code());
}

ServeRun::Event ServeRun::wait_for_event() {
  while (true) {
    {
      MutexLock lock(mutex_);
      while (!end_ && !hangup_ && !watch_) changed_.wait(lock);
      if (end_) return Event::kEnd;
      if (std::exchange(hangup_, false)) return Event::kHangup;
    }
    if (looks_at_files()) return Event::kChange;
    pause_until(next_look_);
  }
}

// Until then, or until a signal comes.
void ServeRun::pause_until(std::chrono::steady_clock::time_point until) const {
  MutexLock lock(mutex_);
  while (!end_ && !hangup_ && std::chrono::steady_clock::now() < until) changed_.wait_until(lock, until);
}

bool ServeRun::is_ending() const {
  const MutexLock lock(mutex_);
  return end_;
}

int ServeRun::exit_code() const { return session_.signals.last() == SIGINT ? kInterrupted : kDone; }

void ServeRun::reopen_log() {
  try {
    server_->reopen_log();
  } catch (const std::runtime_error& error) {
    session_.console.error(error.what());
  }
}

void ServeRun::reload() {
  session_.console.say(changed_file_ ? watch_->name_of(*changed_file_) + " changed: reloading" : "reloading");
  changed_file_.reset();
  if (watch_) watch_->accept();
  const bool is_reloaded = cli::reload(*pool_, session_.console, [this] { return is_ending(); });
  if (watch_) watch_->watch_beside(!is_reloaded);
}

// --- what changes

bool ServeRun::looks_at_files() {
  if (!watch_ || std::chrono::steady_clock::now() < next_look_) return false;
  changed_file_ = watch_->changed();
  next_look_ = std::chrono::steady_clock::now() + kLookAtFiles;
  return changed_file_.has_value();
}

void ServeRun::await_last_write() {
  auto last = watch_->look();
  while (!is_ending()) {
    pause_until(std::chrono::steady_clock::now() + kLastWrite);
    auto now = watch_->look();
    if (now == last) return;
    last = std::move(now);
  }
}

// Asks a host, as long as there is nothing else to be done. What it says is not waited for behind calls when files
// change meanwhile.
void ServeRun::learn_files() {
  if (!watch_) return;
  const auto has_event = [this] {
    {
      const MutexLock lock(mutex_);
      if (end_ || hangup_) return true;
    }
    return looks_at_files();
  };
  try {
    watch_->set_files(pool_->inspect(has_event).files);
  } catch (const InspectionFailed& failed) {
    if (failed.error().kind == ErrorKind::kCancelled) return;
    session_.console.note(LogLevel::kWarning,
                          "which modules are to be watched is not known: " + failed.error().message);
  }
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
  pool_->shutdown();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  server_->wait_until_idle(std::max(kResponseTime, options_.drain_timeout - taken.count()));
  server_->stop();
}

}  // namespace provider_host::cli
