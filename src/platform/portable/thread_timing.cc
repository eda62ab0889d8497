#include "platform/thread_timing.h"

namespace provider_host::platform {

void set_timer_slack(unsigned long /*nanoseconds*/) {}

}  // namespace provider_host::platform
