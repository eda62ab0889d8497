#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <string>

#include "base/fd.h"
#include "platform/close_on_exec.h"
#include "platform/descriptors.h"
#include "platform/own_executable.h"
#include "promptfoo/helper/helper_process.h"

namespace provider_host::promptfoo {
namespace {

constexpr mode_t kPrivateMask = 0077;

// In the forked child: system calls only.
[[noreturn]] void become_helper(int ready, const char* program, const char* directory, const char* name) {
  ::setsid();
  if (::fork() != 0) ::_exit(0);  // so that it can never get a controlling terminal
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  if (ready != kReadyDescriptor) ::dup2(ready, kReadyDescriptor);
  ::fcntl(kReadyDescriptor, F_SETFD, 0);
  platform::close_descriptors(kReadyDescriptor + 1, UINT_MAX);
  ::umask(kPrivateMask);
  if (::chdir("/") == 0) {
    ::execl(program, "provider-host-python", kHelperArgument, directory, name, nullptr);
  }
  ::_exit(1);
}

}  // namespace

void start_helper(const HelperDirectory& directory, const std::string& name, std::chrono::milliseconds timeout) {
  int ends[2];
  if (platform::pipe_close_on_exec(ends) != 0) return;
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  const std::string program = platform::own_executable_link();
  const pid_t child = ::fork();
  if (child < 0) return;
  if (child == 0) become_helper(writer.get(), program.c_str(), directory.path().c_str(), name.c_str());
  writer.reset();
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  pollfd ready{.fd = reader.get(), .events = POLLIN, .revents = 0};  // also at its end, when the helper has ended
  while (::poll(&ready, 1, static_cast<int>(timeout.count())) < 0 && errno == EINTR) {
  }
}

}  // namespace provider_host::promptfoo
