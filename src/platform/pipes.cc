#include "platform/pipes.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "platform/close_on_exec.h"

namespace provider_host::platform {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// A program that runs with closed standard streams gets their numbers for its next descriptors; a child would lose
// them.
Fd above_standard_streams(Fd fd) {
  if (fd.get() > STDERR_FILENO) return fd;
  Fd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high) fail("cannot duplicate a descriptor");
  return high;
}

Ends take(const int (&fds)[2]) {
  Fd ours(fds[0]);
  Fd theirs(fds[1]);
  return {above_standard_streams(std::move(ours)), above_standard_streams(std::move(theirs))};
}

}  // namespace

void make_non_blocking(const Fd& fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0) fail("cannot make a descriptor non-blocking");
}

Ends make_socketpair() {
  int fds[2];
  if (socketpair_close_on_exec(AF_UNIX, SOCK_STREAM, fds) != 0) fail("cannot make a socketpair");
  Ends ends = take(fds);
  make_non_blocking(ends.ours);
  return ends;
}

Ends make_pipe() {
  int fds[2];
  if (pipe_close_on_exec(fds) != 0) fail("cannot make a pipe");
  return take(fds);
}

Ends make_output_pipe() {
  Ends ends = make_pipe();
  make_non_blocking(ends.ours);
  return ends;
}

}  // namespace provider_host::platform
