#include "platform/exit_watch.h"

#include "platform/exit_thread.h"

namespace provider_host::platform {

Fd watch_exit(pid_t child) { return watch_exit_in_thread(child); }

}  // namespace provider_host::platform
