#pragma once

#include <future>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "cli/commands/session.h"
#include "cli/serve/serve_options.h"
#include "provider_host/pool.h"
#include "server/server.h"

namespace provider_host::cli {

/// One run of `provider-host serve`. This thread starts, reloads and ends; the server's own handles requests.
///
///   SIGHUP:   another pool starts; once it is ready it takes over, and the former one ends with its calls
///   SIGTERM:  readiness off ─ drain_delay ─▶ no more connections ─ drain_timeout ─▶ calls settle as shutting_down ─▶
///   end a second one ends at once
class ServeRun {
 public:
  ServeRun(ServeOptions options, Session session);
  ~ServeRun();
  ServeRun(const ServeRun&) = delete;
  ServeRun& operator=(const ServeRun&) = delete;

  /// Returns the exit code. Throws UsageError (the address cannot be used), ConfigError, ImportFailed.
  int run();

 private:
  enum class Event { kReload, kEnd };

  void limit_connections();
  void start();
  void wait_for_start();
  Event wait_for_event();
  void reload();
  void retire(std::shared_ptr<Pool> pool);
  void drain();
  void write_port_file() const;
  std::shared_ptr<Pool> new_pool(bool waits);
  [[nodiscard]] std::shared_ptr<Pool> pool() const;
  void set_pool(std::shared_ptr<Pool> pool);

  void on_signal(int count);
  [[nodiscard]] bool is_ending() const;
  [[nodiscard]] int exit_code() const;

  ServeOptions options_;
  Session session_;
  std::unique_ptr<server::Server> server_;
  std::vector<std::future<void>> retiring_;  // pools that end

  mutable Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<Pool> pool_ GUARDED_BY(mutex_);
  bool reload_ GUARDED_BY(mutex_) = false;
  bool end_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::cli
