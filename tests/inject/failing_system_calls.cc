#include "inject/failing_system_calls.h"

#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <system_error>

namespace provider_host::inject {
namespace {

constexpr int kAny = -1;

constinit Trap g_calls;
constinit std::atomic<int> g_call = kAny;
constinit std::atomic<int> g_error = 0;

// Whether this one fails; errno says why.
bool fails(SystemCall call) {
  const int wanted = g_call;
  if ((wanted != kAny && wanted != static_cast<int>(call)) || !g_calls.strikes()) return false;
  errno = g_error;
  return true;
}

}  // namespace

std::string_view to_string(SystemCall call) {
  constexpr std::array<std::string_view, kSystemCalls.size()> kNames{
      "close_range",  "epoll_create1", "epoll_ctl",  "epoll_wait", "eventfd", "fcntl",       "ftruncate",
      "memfd_create", "mmap",          "pidfd_open", "pipe",       "poll",    "posix_spawn", "read",
      "sendmsg",      "socketpair",    "thread",     "waitid",     "write"};
  return kNames[static_cast<std::size_t>(call)];
}

FailingSystemCalls::FailingSystemCalls(std::optional<SystemCall> call, int error, Threads threads, Places places) {
  g_call = call ? static_cast<int>(*call) : kAny;
  g_error = error;
  g_calls.arm(threads, places);
}
FailingSystemCalls::~FailingSystemCalls() { g_calls.disarm(); }
void FailingSystemCalls::stop() { g_calls.disarm(); }
std::uint64_t FailingSystemCalls::passed() const { return g_calls.passed(); }
std::uint64_t FailingSystemCalls::failed() const { return g_calls.failed(); }

}  // namespace provider_host::inject

// The linker sends the program's calls of NAME to __wrap_NAME; __real_NAME is the function itself (ld --wrap).
extern "C" {

using provider_host::inject::fails;
using provider_host::inject::SystemCall;

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags) { return fails(SystemCall::kEpollCreate) ? -1 : __real_epoll_create1(flags); }

int __real_epoll_ctl(int epoll, int operation, int fd, epoll_event* event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
  if (operation != EPOLL_CTL_DEL && fails(SystemCall::kEpollCtl)) return -1;
  return __real_epoll_ctl(epoll, operation, fd, event);
}

int __real_epoll_wait(int epoll, epoll_event* events, int room, int timeout);
int __wrap_epoll_wait(int epoll, epoll_event* events, int room, int timeout) {
  return fails(SystemCall::kEpollWait) ? -1 : __real_epoll_wait(epoll, events, room, timeout);
}

int __real_eventfd(unsigned int value, int flags);
int __wrap_eventfd(unsigned int value, int flags) {
  return fails(SystemCall::kEventfd) ? -1 : __real_eventfd(value, flags);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  return fails(SystemCall::kFcntl) ? -1 : __real_fcntl(fd, command, argument);
}

int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size) { return fails(SystemCall::kFtruncate) ? -1 : __real_ftruncate(fd, size); }

int __real_memfd_create(const char* name, unsigned int flags);
int __wrap_memfd_create(const char* name, unsigned int flags) {
  return fails(SystemCall::kMemfdCreate) ? -1 : __real_memfd_create(name, flags);
}

void* __real_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset);
void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset) {
  return fails(SystemCall::kMmap) ? MAP_FAILED : __real_mmap(address, size, protection, flags, fd, offset);
}

int __real_pipe(int* fds);
int __wrap_pipe(int* fds) { return fails(SystemCall::kPipe) ? -1 : __real_pipe(fds); }

int __real_pipe2(int* fds, int flags);
int __wrap_pipe2(int* fds, int flags) { return fails(SystemCall::kPipe) ? -1 : __real_pipe2(fds, flags); }

int __real_poll(pollfd* fds, nfds_t count, int timeout);
int __wrap_poll(pollfd* fds, nfds_t count, int timeout) {
  return fails(SystemCall::kPoll) ? -1 : __real_poll(fds, count, timeout);
}

int __real_posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                       const posix_spawnattr_t* attributes, char* const* argv, char* const* environment);
int __wrap_posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                       const posix_spawnattr_t* attributes, char* const* argv, char* const* environment) {
  if (fails(SystemCall::kPosixSpawn)) return errno;
  return __real_posix_spawn(pid, path, actions, attributes, argv, environment);
}

ssize_t __real_read(int fd, void* into, std::size_t room);
ssize_t __wrap_read(int fd, void* into, std::size_t room) {
  return fails(SystemCall::kRead) ? -1 : __real_read(fd, into, room);
}

ssize_t __real_sendmsg(int socket, const msghdr* message, int flags);
ssize_t __wrap_sendmsg(int socket, const msghdr* message, int flags) {
  return fails(SystemCall::kSendmsg) ? -1 : __real_sendmsg(socket, message, flags);
}

int __real_socketpair(int domain, int type, int protocol, int* fds);
int __wrap_socketpair(int domain, int type, int protocol, int* fds) {
  return fails(SystemCall::kSocketpair) ? -1 : __real_socketpair(domain, type, protocol, fds);
}

int __real_waitid(idtype_t type, id_t id, siginfo_t* info, int options);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  return fails(SystemCall::kWaitid) ? -1 : __real_waitid(type, id, info, options);
}

ssize_t __real_write(int fd, const void* from, std::size_t size);
ssize_t __wrap_write(int fd, const void* from, std::size_t size) {
  return fails(SystemCall::kWrite) ? -1 : __real_write(fd, from, size);
}

// For what libc has no function for. How many arguments there are is the kernel's business: some of the six are read
// where there are none.
long __real_syscall(long number, ...);
[[gnu::no_sanitize_address]] long __wrap_syscall(long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  std::array<long, 6> given{};
  for (long& one : given) one = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_pidfd_open && fails(SystemCall::kPidfdOpen)) return -1;
  if (number == SYS_close_range && fails(SystemCall::kCloseRange)) return -1;
  if (number == SYS_waitid && fails(SystemCall::kWaitid)) return -1;
  return __real_syscall(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

// std::thread::_M_start_thread(std::unique_ptr<_State>, void (*)()): as any non-trivial class, the pointer comes by
// reference and stays the caller's.
void __real__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(void* thread,
                                                                                                  void* state,
                                                                                                  void (*depend)());
void __wrap__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(void* thread,
                                                                                                  void* state,
                                                                                                  void (*depend)()) {
  if (fails(SystemCall::kThread)) throw std::system_error(errno, std::generic_category());
  __real__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(thread, state, depend);
}

}  // extern "C"
