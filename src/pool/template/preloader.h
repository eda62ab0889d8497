#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pool/host/host.h"
#include "pool/host/host_stopper.h"
#include "pool/host/launcher.h"
#include "pool/host_set.h"
#include "pool/log_queue.h"
#include "pool/policy/preload_policy.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "pool/template/template_process.h"
#include "provider_host/options.h"
#include "wire/messages.h"

namespace provider_host::internal {

/// Makes hosts for the Supervisor: by themselves, or as forks of a template, which it keeps (PoolOptions::preload).
/// The first template is started as the host of a worker, so that what goes wrong with it is handled, and told, as with
/// any host, and nothing is lost when it cannot be one. Later ones are started beside the hosts. Belongs to the reactor
/// thread.
class Preloader {
 public:
  /// All outlive this.
  struct Parts {
    const PoolOptions& options;
    Reactor& reactor;
    HostSet& hosts;
    Launcher& launcher;
    HostStopper& stopper;
    Host::Listener& listener;
    LogQueue& log;
  };

  explicit Preloader(const Parts& parts);

  /// Whether a host can be started now: no template is being made.
  [[nodiscard]] bool can_launch() const;
  /// Starts the host of a worker; can_launch(). Throws std::exception.
  std::unique_ptr<Host> launch_for(const Worker& worker);
  /// Starts a host that is no worker's yet, and so no template; can_launch(). Throws std::exception.
  std::unique_ptr<Host> launch(int number);
  /// Each iteration while hosts are needed: replaces a template that was lost, when it is time. Returns one that it has
  /// started.
  Host* start_template();
  /// Starts the template of new code, beside the present one, which is forked from until it is ready. Null: hosts start
  /// without one. Throws std::exception.
  Host* start_next();
  /// Whether it is that one, and neither ready nor given up.
  [[nodiscard]] bool is_next(const Host& host) const { return next_ == &host; }
  /// Each iteration: ends former templates without forks.
  void end_unused();
  /// Ends all templates, once there is no other host; may be called again.
  void stop_all();

  // --- what happens to templates
  /// Ready, not able to fork, or about a fork.
  void on_message(Host& host, const wire::HostMessage& message);
  /// A host that was to be a template was given up before it was ready. `has_failed_alike`: any host would. The present
  /// one stays when it was the next one.
  void on_not_started(const Host& host, bool has_failed_alike);
  /// A template has ended. `how` says how, for the log.
  void on_exit(Host& host, std::string_view how);

  // --- what happens to forks
  void on_fork_ready() { policy_.on_fork_ready(); }
  /// It has ended, or was given up, before it was ready.
  void on_fork_failed();

 private:
  [[nodiscard]] TemplateProcess* process_of(const Host& host);
  void on_ready(Host& host);
  void on_unforkable(Host& host, const std::string& reason);
  Host* launch_template();
  void on_lost();
  void stop(Host& host);
  void log(LogLevel level, std::string text) { parts_.log.post({level, 0, "pool", text}); }

  const Parts parts_;
  PreloadPolicy policy_;
  std::vector<std::unique_ptr<TemplateProcess>> processes_;
  TemplateProcess* current_ = nullptr;  // that is forked from
  Host* next_ = nullptr;                // that is to take its place
  Timer retry_;
  bool is_stopping_ = false;
};

}  // namespace provider_host::internal
