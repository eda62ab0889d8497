#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "promptfoo/helper/host_settings.h"
#include "promptfoo/helper/scaling_policy.h"
#include "promptfoo/helper/warm_host.h"
#include "provider_host/error.h"

namespace provider_host::promptfoo {

using HelperClock = std::chrono::steady_clock;

struct ScriptHosts;

/// A host for one call.
struct Lease {
  std::shared_ptr<WarmHost> host;
  std::shared_ptr<ScriptHosts> script;
  HelperClock::time_point since;
};

/// No host can run the call; the real interpreter may.
struct Refusal {
  std::string reason;
};

/// Nobody waits for the call any more.
struct Abandoned {};

/// What comes of waiting for a host. An Error is that of an import that began after the call had come.
using Acquired = std::variant<Lease, Error, Refusal, Abandoned>;

/// A call that waits for a host.
struct Waiter {
  HelperClock::time_point since;
  CondVar answered;
  std::optional<Acquired> answer;
};

/// The hosts of one script with the same settings, and the calls that wait for them. A plain state, which WarmHosts
/// guards with its mutex; functions are pure, but for `take_idle`, which looks at files.
struct ScriptHosts {
  struct Idle {
    std::shared_ptr<WarmHost> host;
    HelperClock::time_point since;
  };
  /// A leased host.
  struct Work {
    HelperClock::time_point began;
    std::optional<HelperClock::time_point> ended;  ///< Of its call. The host is about to be free.
  };

  HostSettings settings;
  std::filesystem::path file;  ///< What hosts import.
  std::deque<std::shared_ptr<Waiter>> waiting;
  std::vector<Idle> idle;                          ///< The one that worked last is at the end, new ones at the front.
  std::vector<std::shared_ptr<WarmHost>> retired;  ///< They get no more calls and run for their children only.
  std::vector<Work> leased;
  int starting = 0;
  bool owner_has_ended = false;
  std::optional<double> import_time;  ///< Seconds of the last start.
  double call_time = 0;               ///< Seconds that a call usually takes. 0: none has ended.

  [[nodiscard]] bool is_unused() const {
    return waiting.empty() && idle.empty() && retired.empty() && leased.empty() && starting == 0;
  }
  [[nodiscard]] bool has_owner() const { return settings.owner.pid != 0 && !owner_has_ended; }
  /// What two calls have reached counts as the time of a call. One that takes longer may be an exception.
  [[nodiscard]] ScriptLoad load(HelperClock::time_point now) const;

  /// Takes a host that has just been started. It is used after those that have worked.
  void add_new(std::shared_ptr<WarmHost> host, HelperClock::time_point now);

  /// The host that has been idle for the longest time; the end when there is none.
  std::vector<Idle>::iterator oldest_idle();

  /// The idle host that worked last and is not outdated for a call that has come at that time; nothing when there is
  /// none. Outdated ones go to `discarded`.
  std::shared_ptr<WarmHost> take_idle(HelperClock::time_point came, std::vector<std::shared_ptr<WarmHost>>& discarded);

  /// Takes a host that is to get no more calls. While the owner runs, a few that `has_children` are kept for these;
  /// others go to `discarded`.
  void retire(std::shared_ptr<WarmHost> host, bool has_children, std::vector<std::shared_ptr<WarmHost>>& discarded);

  /// Idle hosts whose time is over go to `discarded`. One that `has_children` is kept while its owner runs: they end
  /// with it, and may be a server that a hook has started for the eval.
  void end_idle(HelperClock::time_point now, const std::function<bool(const std::shared_ptr<WarmHost>&)>& has_children,
                std::vector<std::shared_ptr<WarmHost>>& discarded);

  /// A call has ended; its host is still leased.
  void end_call(HelperClock::time_point began, HelperClock::time_point ended);

  /// A host is leased no longer.
  void end_lease(HelperClock::time_point began);
};

}  // namespace provider_host::promptfoo
