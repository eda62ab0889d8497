#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "promptfoo/helper/inline_scripts.h"
#include "promptfoo/helper/script_hosts.h"

namespace provider_host::promptfoo {

/// All hosts of a helper, by their settings. Starts more of them as calls wait (scaling_policy.h), and ends those that
/// are idle, outdated, or whose owner has ended. Any thread. It must outlive the threads that it starts: once it
/// `is_empty` there are none.
class WarmHosts {
 public:
  explicit WarmHosts(InlineScripts inline_scripts);

  /// Waits for a host; first come, first served. `is_abandoned` is asked several times a second.
  Acquired acquire(const HostSettings& settings, const std::function<bool()>& is_abandoned);

  /// Says that the call of a leased host has ended. So a call that waits counts on this host.
  void end_call(const Lease& lease);

  /// Gives a host back, whether the call was run or not.
  void release(Lease lease);

  /// Ends what is not needed any more. To be called about twice a second.
  void tend();

  /// No host, no call, and no thread.
  [[nodiscard]] bool is_empty();

 private:
  using Started = std::variant<std::shared_ptr<WarmHost>, Error, Refusal>;

  std::shared_ptr<ScriptHosts> script_of(const HostSettings& settings) REQUIRES(mutex_);
  void serve(const std::shared_ptr<ScriptHosts>& script) REQUIRES(mutex_);
  void start(const std::shared_ptr<ScriptHosts>& script) REQUIRES(mutex_);
  void refuse(ScriptHosts& script, const std::string& reason) REQUIRES(mutex_);
  bool make_room(const ScriptHosts& script) REQUIRES(mutex_);
  bool end_oldest_idle(const std::function<bool(const ScriptHosts&)>& is_candidate) REQUIRES(mutex_);
  [[nodiscard]] MachineLoad machine(HelperClock::time_point now) const REQUIRES(mutex_);
  void run_start(const std::shared_ptr<ScriptHosts>& script, HelperClock::time_point began) noexcept;
  void finish_start(const std::shared_ptr<ScriptHosts>& script, HelperClock::time_point began, Started started);
  bool is_wanted(const ScriptHosts& script);
  void remove_unused() REQUIRES(mutex_);
  void end_discarded();

  Mutex mutex_;
  InlineScripts inline_scripts_ GUARDED_BY(mutex_);
  std::map<HostSettings, std::shared_ptr<ScriptHosts>> scripts_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<WarmHost>> discarded_ GUARDED_BY(mutex_);
  int ending_ GUARDED_BY(mutex_) = 0;  // threads that end hosts
};

}  // namespace provider_host::promptfoo
