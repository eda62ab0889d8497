#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "inject/trap.h"

namespace provider_host::inject {

/// What can be made to fail.
enum class SystemCall : std::uint8_t {
  kCloseRange,
  kEpollCreate,
  kEpollCtl,  ///< All but EPOLL_CTL_DEL, which needs nothing.
  kEpollWait,
  kEventfd,
  kFcntl,
  kFtruncate,
  kMemfdCreate,
  kMmap,
  kPidfdOpen,
  kPipe,
  kPoll,
  kPosixSpawn,
  kRead,
  kSendmsg,
  kSocketpair,
  kThread,  ///< The start of a std::thread.
  kWaitid,
  kWrite,
};
inline constexpr std::array kSystemCalls{
    SystemCall::kCloseRange, SystemCall::kEpollCreate, SystemCall::kEpollCtl,  SystemCall::kEpollWait,
    SystemCall::kEventfd,    SystemCall::kFcntl,       SystemCall::kFtruncate, SystemCall::kMemfdCreate,
    SystemCall::kMmap,       SystemCall::kPidfdOpen,   SystemCall::kPipe,      SystemCall::kPoll,
    SystemCall::kPosixSpawn, SystemCall::kRead,        SystemCall::kSendmsg,   SystemCall::kSocketpair,
    SystemCall::kThread,     SystemCall::kWaitid,      SystemCall::kWrite};

/// `epoll_ctl`.
std::string_view to_string(SystemCall call);

/// As long as this lives, system calls of chosen threads fail with `error` instead of being made; only those that are
/// compiled into the program, not those of libc and other shared libraries. At most one at a time. For executables that
/// link provider_host_inject.
class FailingSystemCalls {
 public:
  /// Of one kind, or of any kind.
  FailingSystemCalls(std::optional<SystemCall> call, int error, Threads threads, Places places = {});
  ~FailingSystemCalls();
  FailingSystemCalls(const FailingSystemCalls&) = delete;
  FailingSystemCalls& operator=(const FailingSystemCalls&) = delete;

  /// From here on it only counts what it has counted.
  void stop();

  /// Calls so far, and those of them that failed. Valid after stop(), too.
  [[nodiscard]] std::uint64_t passed() const;
  [[nodiscard]] std::uint64_t failed() const;
};

}  // namespace provider_host::inject
