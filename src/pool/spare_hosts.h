#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "pool/host/host.h"
#include "pool/metrics.h"

namespace provider_host::internal {

/// The spares of a pool: hosts without a worker that wait to take the place of another one, or are starting. Until then
/// their numbers are beyond those of the workers, and no calls, limits or probes are for them. Owns them and publishes
/// how many are ready; neither starts nor stops any. Belongs to the reactor thread.
class SpareHosts {
 public:
  /// `metrics` outlives this.
  SpareHosts(std::size_t workers, Metrics& metrics) : workers_(workers), metrics_(metrics) {}

  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] bool empty() const { return hosts_.empty(); }
  [[nodiscard]] bool contains(const Host& host) const;
  [[nodiscard]] bool has_ready() const;
  /// One with code of a generation before that; null when there is none.
  [[nodiscard]] Host* find_before(int generation) const;
  /// The lowest number that no worker and no other spare has.
  [[nodiscard]] int free_number() const;

  /// add() needs no memory after that.
  void reserve_one() { hosts_.reserve(hosts_.size() + 1); }
  void add(std::unique_ptr<Host> host);
  void on_ready() { publish(); }
  /// The ready one that was started first is the host with this number from now on; nothing when none is ready.
  std::unique_ptr<Host> take(int worker);
  std::unique_ptr<Host> remove(const Host& host);

  /// One has ended before it was of use.
  void on_lost() { ++losses_; }
  /// How often that has happened.
  [[nodiscard]] int losses() const { return losses_; }
  /// How often take() has given one.
  [[nodiscard]] int uses() const { return uses_; }

  /// They are to be visited in this iteration and in the next one, as HostSet::on_change().
  void on_change() noexcept { visits_ = 2; }
  /// `visit` may remove the one that it visits.
  template <typename Visit>
  void for_each_changed(Visit visit) {
    for (std::size_t i = 0; visits_ > 0 && i < hosts_.size();) {
      Host* const host = hosts_[i].get();
      visit(*host);
      if (i < hosts_.size() && hosts_[i].get() == host) ++i;
    }
  }
  void forget_changes() {
    if (visits_ > 0) --visits_;
  }

 private:
  void publish();

  const std::size_t workers_;
  Metrics& metrics_;
  std::vector<std::unique_ptr<Host>> hosts_;
  int visits_ = 0;
  int losses_ = 0;
  int uses_ = 0;
};

}  // namespace provider_host::internal
