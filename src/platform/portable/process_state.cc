#include "platform/process_state.h"

// What POSIX says of other processes: nothing.

namespace provider_host::platform {

bool is_stopped(pid_t /*pid*/) { return false; }

bool wants_to_run(pid_t /*pid*/) { return false; }

bool is_exiting(pid_t /*pid*/) { return false; }

std::optional<std::uint64_t> resident_bytes(pid_t /*pid*/) { return std::nullopt; }

bool group_has_others(pid_t /*group*/) { return false; }

std::uint64_t exceeded_cpu_limit(pid_t /*pid*/, int /*signal*/) { return 0; }

}  // namespace provider_host::platform
