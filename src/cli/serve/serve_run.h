#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "cli/commands/session.h"
#include "cli/serve/serve_options.h"
#include "cli/serve/source_watch.h"
#include "provider_host/pool.h"
#include "server/server.h"

namespace provider_host::cli {

/// One run of `provider-host serve`. This thread starts, reloads and ends; the server's own handles requests.
///
///   SIGHUP:   the access log is opened anew, and hosts import the script anew (Pool::reload)
///   --watch:  the same for the hosts when a file of the script has changed
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
  enum class Event { kHangup, kChange, kEnd };

  void limit_connections();
  void start();
  void wait_for_start();
  Event wait_for_event();
  void reload();
  void reopen_log();
  void drain();
  void write_port_file() const;
  std::unique_ptr<Pool> make_pool();

  [[nodiscard]] bool looks_at_files();
  void await_last_write();
  void learn_files();

  void on_signal(int count);
  [[nodiscard]] bool is_ending() const;
  void pause_until(std::chrono::steady_clock::time_point until) const;
  [[nodiscard]] int exit_code() const;

  ServeOptions options_;
  Session session_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<Pool> pool_;
  std::optional<SourceWatch> watch_;
  std::optional<std::filesystem::path> changed_file_;
  std::chrono::steady_clock::time_point next_look_{};

  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool hangup_ GUARDED_BY(mutex_) = false;
  bool end_ GUARDED_BY(mutex_) = false;
};

}  // namespace provider_host::cli
