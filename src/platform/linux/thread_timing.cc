#include "platform/thread_timing.h"

#include <sys/prctl.h>

namespace provider_host::platform {

void set_timer_slack(unsigned long nanoseconds) { ::prctl(PR_SET_TIMERSLACK, nanoseconds); }

}  // namespace provider_host::platform
