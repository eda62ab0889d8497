#include "host/platform/signals.h"

#include <signal.h>

namespace provider_host::host {

int dump_signal() { return SIGIO; }

int cancel_signal() { return SIGURG; }

}  // namespace provider_host::host
