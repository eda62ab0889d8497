#include "host/template/host_fork.h"

#include <Python.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

#include "host/channels.h"
#include "host/health/crash_recorder.h"
#include "wire/host_memory.h"

namespace provider_host::host {
namespace {

constexpr int kNoHostExit = 71;  // EX_OSERR of sysexits.h

void redirect(const Fd& from, int to) {
  if (::dup2(from.get(), to) < 0) throw std::system_error(errno, std::generic_category(), "cannot take over a stream");
}

void take_over(const HostEnds& ends, platform::SharedMemory& memory) {
  replace_channels(ends.call, ends.control, ends.diagnostics);
  memory.replace(ends.memory.get());
  redirect(ends.out, STDOUT_FILENO);
  redirect(ends.err, STDERR_FILENO);
  ::setpgid(0, 0);
  wire::CrashRecord& record = static_cast<wire::HostMemory*>(memory.data())->record;
  open_crash_record(record);
  record.peak_rss_at_start = 0;  // all of its memory is its script's
}

void take_over_or_exit(const HostEnds& ends, platform::SharedMemory& memory) {
  try {
    take_over(ends, memory);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "provider host: a fork cannot become a host: %s\n", error.what());
    ::_exit(kNoHostExit);
  }
}

}  // namespace

pid_t fork_host(const HostEnds& ends, platform::SharedMemory& memory) {
  PyOS_BeforeFork();
  const pid_t pid = fork_with_channels();
  const int error = errno;
  if (pid == 0) {
    take_over_or_exit(ends, memory);
    return 0;
  }
  if (pid > 0) ::setpgid(pid, pid);  // the pool may signal the group as soon as it knows of it
  PyOS_AfterFork_Parent();
  errno = error;
  return pid;
}

}  // namespace provider_host::host
