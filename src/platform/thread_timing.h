#pragma once

namespace provider_host::platform {

/// The kernel may end a timed wait of the calling thread so many nanoseconds late, not more (PR_SET_TIMERSLACK of
/// Linux, which has 50,000 by default). Elsewhere nothing happens.
void set_timer_slack(unsigned long nanoseconds);

}  // namespace provider_host::platform
