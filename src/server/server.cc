#include "server/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "platform/event_set.h"
#include "platform/thread.h"
#include "server/access_log.h"
#include "server/http/listener.h"
#include "server/service.h"
#include "server/unix_time.h"

namespace provider_host::server {
namespace {

constexpr std::chrono::milliseconds kIdlePoll{10};
constexpr std::chrono::duration<double> kLastWrite{5};

// Boost.Asio does without epoll_create1 only where that is ENOSYS.
const char* hint_at(const boost::system::error_code& error) {
  const bool is_refused = error == boost::system::errc::operation_not_permitted && !platform::EventSet().is_there();
  return is_refused ? "; a seccomp profile refuses epoll_create1, which the server needs: allow it" : "";
}

}  // namespace

/// All but `log` is used on the I/O thread once that runs.
class Server::Impl {
 public:
  explicit Impl(ServerOptions given)
      : options(std::move(given)), access_log(options.access_log), listener(io, options.listen, options.limits) {}

  // Runs it on the I/O thread and waits for it.
  template <typename Action>
  void run(Action action) {
    std::packaged_task<void()> task(std::move(action));
    boost::asio::post(io, [&task] { task(); });
    task.get_future().get();
  }

  ServerOptions options;
  AccessLog access_log;
  boost::asio::io_context io{1};
  Listener listener;
  PoolLog log;
  std::optional<CallRunner> runner;
  std::optional<Service> service;
  std::thread thread;
};

Server::Server(ServerOptions options) {
  const std::string address = to_string(options.listen.endpoint);
  try {
    impl_ = std::make_unique<Impl>(std::move(options));
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen at " + address + ": " + error.code().message() + hint_at(error.code()));
  }
}

Server::~Server() { stop(); }

std::string Server::address() const { return to_string(impl_->listener.endpoint()); }

int Server::port() const { return impl_->listener.endpoint().port(); }

void Server::start(Pool& pool) {
  Impl& impl = *impl_;
  impl.runner.emplace(impl.io, pool);
  impl.service.emplace(impl.options, *impl.runner, impl.log, impl.access_log);
  impl.listener.on_tick([&impl] { impl.service->tick(); });
  impl.listener.start(*impl.service);
  impl.thread = platform::start_thread("the thread of the server", [&impl] {
    const auto guard = boost::asio::make_work_guard(impl.io);
    impl.io.run();
  });
}

void Server::log(const LogLine& line) { impl_->log.add(line, unix_time()); }

ServerCounts Server::counts() const {
  ServerCounts counts;
  const auto take = [this, &counts] {
    counts = {impl_->service->metrics(), impl_->listener.connections(), impl_->runner->running(),
              impl_->runner->streams()};
  };
  if (impl_->thread.joinable()) {
    impl_->run(take);
  } else {
    take();
  }
  return counts;
}

void Server::reopen_log() {
  impl_->run([this] { impl_->service->reopen_log(); });
}

void Server::drain() {
  impl_->run([this] { impl_->service->drain(); });
}

void Server::stop_accepting() {
  impl_->run([this] {
    impl_->listener.stop_accepting();
    impl_->service->end_watching();
  });
}

void Server::wait_until_idle(double seconds) {
  impl_->run([this] { impl_->listener.hurry(kLastWrite); });
  const auto limit = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (impl_->service->in_flight() > 0 && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(kIdlePoll);
  }
}

void Server::stop() {
  if (!impl_ || !impl_->thread.joinable()) return;
  impl_->run([this] {
    impl_->listener.close();
    impl_->runner->close();
    impl_->io.stop();
  });
  impl_->thread.join();
}

}  // namespace provider_host::server
