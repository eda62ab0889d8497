#include "pool/spare_keeper.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>

#include "base/utf8.h"
#include "pool/policy/jitter.h"
#include "process/error_text.h"

namespace provider_host::internal {

SpareKeeper::SpareKeeper(const PoolOptions& options, Reactor& reactor, HostSet& hosts, Supervisor& supervisor,
                         LogQueue& log)
    : options_(options),
      reactor_(reactor),
      hosts_(hosts),
      supervisor_(supervisor),
      log_(log),
      backoff_(Jitter()),
      timer_(reactor.timers()) {}

void SpareKeeper::refill() {
  if (options_.spares == 0 || timer_.is_armed()) return;
  const auto wanted = static_cast<std::size_t>(options_.spares);
  while (hosts_.spares().size() < wanted) {
    observe();
    const auto start = supervisor_.next_spare_start();
    if (!start) return;  // what changes that makes for an iteration
    const TimePoint at = std::max(*start, backoff_.next_start());
    if (at > reactor_.now()) return timer_.arm(at, [] {});
    start_one();
  }
}

// What has become of spares since the last time.
void SpareKeeper::observe() {
  const SpareHosts& spares = hosts_.spares();
  if (spares.uses() > uses_) backoff_.on_used();
  if (spares.losses() > losses_) backoff_.on_lost(reactor_.now());
  uses_ = spares.uses();
  losses_ = spares.losses();
}

void SpareKeeper::start_one() {
  const int number = hosts_.spares().free_number();
  try {
    hosts_.spares().reserve_one();
    hosts_.spares().add(supervisor_.launch(number));
  } catch (...) {  // whatever it is: this start is over
    const std::string why = process::error_text(std::current_exception());
    log_.post({LogLevel::kWarning, number, "pool", to_valid_utf8("no spare can be started: " + why)});
    backoff_.on_lost(reactor_.now());
  }
}

}  // namespace provider_host::internal
