#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "provider_host/options.h"
#include "provider_host/pool.h"
#include "server/monitoring/request_metrics.h"
#include "server/server_options.h"

namespace provider_host::server {

/// What a server has open at a moment, and what it has counted.
struct ServerCounts {
  RequestMetrics metrics;
  std::size_t connections = 0;  ///< Open.
  std::size_t calls = 0;        ///< Of requests that wait for them.
  std::size_t streams = 0;
};

/// A provider script at an address. It has one I/O thread for all connections; the calls run in a pool.
///
/// All of it may be called from one thread, which is not the I/O thread; log() from any.
class Server {
 public:
  /// Binds the address, so that clients can connect already. Throws std::runtime_error whose text names the address, or
  /// the access log.
  explicit Server(ServerOptions options);
  /// stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `127.0.0.1:8000`, with the real port.
  [[nodiscard]] std::string address() const;
  [[nodiscard]] int port() const;

  /// Handles requests from now on; the calls run in `pool`, which outlives stop(). Once.
  void start(Pool& pool);

  /// A line of the pool's log, for the live page.
  void log(const LogLine& line);

  /// After start(); also after stop().
  [[nodiscard]] ServerCounts counts() const;

  /// Opens the access log anew. Throws std::runtime_error.
  void reopen_log();

  // The end, step by step.

  /// Readiness is off; all else goes on.
  void drain();
  /// Accepts no more connections; closes each once it has its response.
  void stop_accepting();
  /// Waits until each request has its response, at most so many seconds. Clients that take nothing of it for two are
  /// not waited for.
  void wait_until_idle(double seconds);
  /// Closes all connections, and ends the I/O thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace provider_host::server
