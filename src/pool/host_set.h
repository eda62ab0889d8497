#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "pool/call/call_state.h"
#include "pool/host/host.h"
#include "pool/host_leases.h"
#include "pool/metrics.h"
#include "pool/policy/restart_cause.h"
#include "pool/reactor/clock.h"
#include "pool/spare_hosts.h"

namespace provider_host::internal {

/// One of the `workers` of a pool. Its hosts come one after the other.
struct Worker {
  int number = 0;                       ///< From 1.
  std::unique_ptr<Host> host;           ///< Empty: none runs.
  std::unique_ptr<Host> replacement;    ///< Starting, or ready and waiting until the host is idle.
  bool has_lost_replacement = false;    ///< The replacement failed; the host stays in service.
  int published_load = 0;               ///< Calls in flight as last published to Metrics.
  std::optional<TimePoint> crashed_at;  ///< Of a crash after which no host has become ready yet.
  bool is_wanted = true;                ///< It has a host, or lacks one; else it is parked, and has none.
  int away = 0;                         ///< Its hosts that are away (HostSet::send_away).
  bool is_kept = false;                 ///< The place of one of them, in which no other host has been since.
  int visits = 0;                       ///< In so many iterations it is one of HostSet::for_each_changed().

  [[nodiscard]] bool is_ready() const { return host != nullptr && host->is_ready(); }
  [[nodiscard]] bool has_ready_replacement() const { return replacement != nullptr && replacement->is_usable(); }
};

/// All host processes of a pool, and which worker each belongs to: its host, its replacement, or one that is retiring;
/// spares and templates belong to none.
/// Owns them and publishes them to Metrics. Neither starts nor stops any. Belongs to the reactor thread.
///
/// Most hosts of a large pool have nothing to be done for in an iteration, so its steps visit those workers only that
/// have changed: whoever changes something about a host or a worker that a step looks at calls on_change().
class HostSet {
 public:
  /// The first `wanted` workers are wanted. Both parts outlive this.
  HostSet(std::size_t workers, std::size_t wanted, HostLeases& leases, Metrics& metrics);

  std::vector<Worker>& workers() { return workers_; }
  [[nodiscard]] const std::vector<Worker>& workers() const { return workers_; }
  /// Hosts that are out of rotation and whose processes have not ended yet.
  [[nodiscard]] const std::vector<std::unique_ptr<Host>>& retiring() const { return retiring_; }
  SpareHosts& spares() { return spares_; }
  [[nodiscard]] const SpareHosts& spares() const { return spares_; }

  /// Processes that were started as templates and are no worker's host.
  [[nodiscard]] const std::vector<std::unique_ptr<Host>>& templates() const { return templates_; }
  [[nodiscard]] bool is_template(const Host& host) const;

  /// The worker whose host it is; nothing when it is none's any more, or not yet.
  [[nodiscard]] Worker* worker_of(const Host& host);
  /// The worker whose replacement it is.
  [[nodiscard]] Worker* worker_of_replacement(const Host& host);
  /// `number` is a worker's.
  Worker& worker_numbered(int number) { return workers_[static_cast<std::size_t>(number - 1)]; }
  /// The host that has the call; nothing when none has.
  [[nodiscard]] Host* host_of(const CallState& call);
  [[nodiscard]] bool is_empty() const { return templates_.empty() && !has_other_than_templates(); }
  [[nodiscard]] bool has_other_than_templates() const;
  [[nodiscard]] bool has_process() const { return missing_ < wanted_; }
  /// How many workers are wanted.
  [[nodiscard]] int wanted() const { return static_cast<int>(wanted_); }
  /// How many of them have no host.
  [[nodiscard]] std::size_t missing() const { return missing_; }
  /// The host that has been starting for the longest time, while none is ready; nothing when one is.
  [[nodiscard]] Host* importing() const;
  /// Calls in flight that count as the worker's.
  [[nodiscard]] int load_of(const Worker& worker) const;

  /// All but the spares, which have no calls. `visit` may move hosts between workers, replacements and retiring.
  template <typename Visit>
  void for_each(Visit visit) {
    for (Worker& worker : workers_) visit_hosts(worker, visit);
    for (std::size_t i = 0; i < retiring_.size(); ++i) visit(*retiring_[i]);
    for (std::size_t i = 0; i < templates_.size(); ++i) visit(*templates_[i]);
  }

  /// The worker is to be visited in this iteration and in the next one, as steps that come earlier have been made.
  void on_change(Worker& worker) noexcept {
    if (std::exchange(worker.visits, 2) == 0) changed_.push_back(&worker);
  }
  void on_change(const Host& host) noexcept;
  /// Those workers; `visit` may add more.
  template <typename Visit>
  void for_each_changed(Visit visit) {
    for (std::size_t i = 0; i < changed_.size(); ++i) visit(*changed_[i]);
  }
  /// The hosts of those workers, the spares if one has changed, all that retire, and templates.
  template <typename Visit>
  void for_each_changed_host(Visit visit) {
    for_each_changed([&](Worker& worker) { visit_hosts(worker, visit); });
    spares_.for_each_changed(visit);
    for (std::size_t i = 0; i < retiring_.size(); ++i) visit(*retiring_[i]);
    for (std::size_t i = 0; i < templates_.size(); ++i) visit(*templates_[i]);
  }
  /// At the end of an iteration: workers for which `is_done` need not be visited any longer, until they change again.
  template <typename IsDone>
  void forget_changes(IsDone is_done) {
    spares_.forget_changes();
    std::erase_if(changed_, [&](Worker* worker) {
      if (--worker->visits > 0) return false;
      if (!is_done(*worker)) worker->visits = 1;
      return worker->visits == 0;
    });
  }

  /// A parked worker is wanted from now on, and lacks a host.
  void want(Worker& worker);
  /// The worker, which has no host, is not wanted until want(). Its number stays.
  void park(Worker& worker);

  // What throws has changed nothing.
  void install(Worker& worker, std::unique_ptr<Host> host);
  /// The worker's host is ready.
  void on_ready(Worker& worker);
  /// The host retires. A replacement that exists becomes the worker's host. Does nothing for a host without a worker.
  void remove_from_rotation(Host& host, RestartCause cause);
  /// The same for a host whose code was interrupted and does not end: it may come back. Another one that is started
  /// meanwhile only stands in for it, and is not counted as a restart.
  void send_away(Host& host);
  /// Whether that host has its worker back as soon as reinstate() is called: nobody has its place, or a stand-in has.
  [[nodiscard]] bool has_place_for(const Host& host);
  /// Makes sure that no caller has the channel of the worker's host; else it is to be tried in the next iteration.
  bool withdraw(const Worker& worker) { return leases_.withdraw(worker.number); }
  /// A retiring host becomes the host of its worker again, which must have none.
  void reinstate(Host& host);
  /// A host that is away does not come back, if it is one: it was replaced, for that cause.
  void give_up(Host& host, RestartCause cause);
  /// The replacement retires; returns it.
  Host& dismiss_replacement(Worker& worker);
  void add_template(std::unique_ptr<Host> host) { templates_.push_back(std::move(host)); }
  /// The worker's host is a template; the worker has none.
  void make_template(Worker& worker);
  /// The spare retires.
  void dismiss_spare(const Host& spare);
  /// Publishes the number of calls in flight to Metrics, if it has changed.
  void publish_load(Worker& worker);
  void destroy_reaped();

 private:
  template <typename Visit>
  static void visit_hosts(Worker& worker, Visit& visit) {
    if (worker.replacement != nullptr) visit(*worker.replacement);
    if (worker.host != nullptr) visit(*worker.host);
  }
  [[nodiscard]] bool is_of_worker(const Host& host) const {
    return host.number >= 1 && static_cast<std::size_t>(host.number) <= workers_.size();
  }
  void show(const Worker& worker);

  HostLeases& leases_;
  Metrics& metrics_;
  std::vector<Worker> workers_;
  std::vector<std::unique_ptr<Host>> retiring_;
  std::vector<std::unique_ptr<Host>> templates_;
  SpareHosts spares_;
  std::vector<Worker*> changed_;  // has room for all
  std::size_t wanted_;
  std::size_t missing_;  // of those
};

}  // namespace provider_host::internal
