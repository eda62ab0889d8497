#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "pool/call/call_state.h"
#include "pool/host/host.h"
#include "pool/host_leases.h"
#include "pool/metrics.h"
#include "pool/policy/restart_cause.h"
#include "pool/reactor/clock.h"

namespace provider_host::internal {

/// The place of one host, with the hosts that have it one after the other.
struct Worker {
  int number = 0;                       ///< From 1.
  std::unique_ptr<Host> host;           ///< Empty: none runs.
  std::unique_ptr<Host> replacement;    ///< Starting, or ready and waiting until the host is idle.
  bool has_lost_replacement = false;    ///< It failed, and the host must go on.
  int published_load = 0;               ///< Calls in flight as Metrics knows them.
  std::optional<TimePoint> crashed_at;  ///< Of a crash after which no host has become ready yet.

  [[nodiscard]] bool is_ready() const { return host != nullptr && host->is_ready(); }
  [[nodiscard]] bool has_ready_replacement() const { return replacement != nullptr && replacement->is_usable(); }
};

/// All host processes of a pool, and which worker each belongs to: its host, its replacement, or one that is retiring.
/// Owns them and says so to Metrics; starts and ends none. Belongs to the reactor's thread.
class HostSet {
 public:
  /// They outlive this.
  HostSet(std::size_t workers, HostLeases& leases, Metrics& metrics);

  std::vector<Worker>& workers() { return workers_; }
  [[nodiscard]] const std::vector<Worker>& workers() const { return workers_; }
  /// Hosts that no worker has any more and whose processes are not gone yet.
  [[nodiscard]] const std::vector<std::unique_ptr<Host>>& retiring() const { return retiring_; }

  /// The worker whose host it is; nothing when it is none's any more, or not yet.
  [[nodiscard]] Worker* worker_of(const Host& host);
  /// The worker whose replacement it is.
  [[nodiscard]] Worker* worker_of_replacement(const Host& host);
  Worker& worker_numbered(int number) { return workers_[static_cast<std::size_t>(number - 1)]; }
  /// The host that has the call; nothing when none has.
  [[nodiscard]] Host* host_of(const CallState& call);
  [[nodiscard]] bool is_empty() const;
  [[nodiscard]] bool has_process() const;
  /// Calls in flight that count as the worker's.
  [[nodiscard]] int load_of(const Worker& worker) const;

  /// Each may end up in another place while `visit` runs.
  template <typename Visit>
  void for_each(Visit visit) {
    for (Worker& worker : workers_) {
      if (worker.replacement != nullptr) visit(*worker.replacement);
      if (worker.host != nullptr) visit(*worker.host);
    }
    for (std::size_t i = 0; i < retiring_.size(); ++i) visit(*retiring_[i]);
  }

  // What throws has changed nothing.
  void install(Worker& worker, std::unique_ptr<Host> host);
  /// The worker's host is ready.
  void on_ready(Worker& worker);
  /// A replacement that is there becomes the worker's host. Does nothing for a host that has no worker.
  void remove_from_rotation(Host& host, RestartCause cause);
  /// A retiring host gets its worker back, which must have none.
  void reinstate(Host& host);
  /// Returns the host, which is retiring now.
  Host& dismiss_replacement(Worker& worker);
  /// Tells Metrics how many calls are in flight, if that has changed.
  void publish_load(Worker& worker);
  void destroy_reaped();

 private:
  void show(const Worker& worker);

  HostLeases& leases_;
  Metrics& metrics_;
  std::vector<Worker> workers_;
  std::vector<std::unique_ptr<Host>> retiring_;
};

}  // namespace provider_host::internal
