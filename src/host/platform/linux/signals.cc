#include "host/platform/signals.h"

#include <signal.h>

namespace provider_host::host {

int dump_signal() { return SIGRTMAX - 3; }

int cancel_signal() { return SIGRTMAX - 4; }

}  // namespace provider_host::host
