#pragma once

#include <sys/types.h>

namespace provider_host::host {

/// What libc's functions do, past those of this executable that shadow them. Results and errno are theirs. Safe in
/// signal handlers and in forked children.

int raw_close(int fd);
/// dup3(2); `flags` is 0 or O_CLOEXEC.
int raw_dup3(int from, int to, int flags);
/// close_range(2); fails with ENOSYS where there is none.
int raw_close_range(unsigned first, unsigned last, int flags);
int raw_kill(pid_t pid, int signal);
[[noreturn]] void raw_exit(int code);
int raw_execve(const char* path, char* const argv[], char* const envp[]);

/// The flag of close_range(2) that leaves the descriptors open.
inline constexpr int kCloseRangeOnExec = 1 << 2;

/// Whether libc declares its functions noexcept for C++; what shadows them has to be declared alike.
#ifdef __GLIBC__
inline constexpr bool kLibcIsNoexcept = true;
#else
inline constexpr bool kLibcIsNoexcept = false;
#endif

}  // namespace provider_host::host
