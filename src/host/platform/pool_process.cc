#include "host/platform/pool_process.h"

#include <unistd.h>

namespace provider_host::host {
namespace {

const pid_t g_self = ::getpid();
const pid_t g_parent = ::getppid();

}  // namespace

bool parent_has_ended() { return ::getppid() != g_parent && ::getpid() == g_self; }

}  // namespace provider_host::host
