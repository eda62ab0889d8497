#include "platform/process_state.h"

#ifdef __APPLE__
#include <libproc.h>
#include <sys/proc.h>
#include <sys/proc_info.h>

#include <algorithm>
#include <vector>
#else
#include <sys/wait.h>
#endif

namespace provider_host::platform {

#ifdef __APPLE__
namespace {

std::optional<proc_taskallinfo> info_of(pid_t pid) {
  proc_taskallinfo info{};
  if (::proc_pidinfo(pid, PROC_PIDTASKALLINFO, 0, &info, sizeof info) != sizeof info) return std::nullopt;
  return info;
}

}  // namespace

bool is_stopped(pid_t pid) {
  const auto info = info_of(pid);
  return info && info->pbsd.pbi_status == SSTOP;
}

bool wants_to_run(pid_t pid) {
  const auto info = info_of(pid);
  return info && info->pbsd.pbi_status != SSTOP && info->ptinfo.pti_numrunning > 0;
}

bool is_exiting(pid_t pid) {
  proc_bsdinfo info{};
  return ::proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) == sizeof info &&
         (info.pbi_flags & PROC_FLAG_INEXIT) != 0;
}

std::optional<std::uint64_t> resident_bytes(pid_t pid) {
  const auto info = info_of(pid);
  return info ? std::optional(info->ptinfo.pti_resident_size) : std::nullopt;
}

bool group_has_others(pid_t group) {
  std::vector<pid_t> members(1024);
  const int size = static_cast<int>(members.size() * sizeof(pid_t));
  const int filled = ::proc_listpids(PROC_PGRP_ONLY, static_cast<std::uint32_t>(group), members.data(), size);
  members.resize(static_cast<std::size_t>(std::max(filled, 0)) / sizeof(pid_t));
  return std::ranges::any_of(members, [group](pid_t pid) { return pid != 0 && pid != group; });
}

#else  // what POSIX says of other processes: whether a child is stopped

bool is_stopped(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

bool wants_to_run(pid_t /*pid*/) { return false; }

bool is_exiting(pid_t /*pid*/) { return false; }

std::optional<std::uint64_t> resident_bytes(pid_t /*pid*/) { return std::nullopt; }

bool group_has_others(pid_t /*group*/) { return false; }

#endif

std::uint64_t exceeded_cpu_limit(pid_t /*pid*/, int /*signal*/) { return 0; }

}  // namespace provider_host::platform
