#include "process/pipes.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace provider_host::process {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// A program that runs with closed standard streams gets their numbers for its next descriptors; a child would lose
// them.
Fd above_standard_streams(int fd) {
  if (fd > STDERR_FILENO) return Fd(fd);
  const Fd low(fd);
  const int high = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (high < 0) fail("cannot duplicate a descriptor");
  return Fd(high);
}

void make_non_blocking(const Fd& fd) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0) fail("cannot make a descriptor non-blocking");
}

}  // namespace

Ends make_socketpair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) fail("cannot make a socketpair");
  Ends ends{above_standard_streams(fds[0]), above_standard_streams(fds[1])};
  make_non_blocking(ends.ours);
  return ends;
}

Ends make_output_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
  Ends ends{above_standard_streams(fds[0]), above_standard_streams(fds[1])};
  make_non_blocking(ends.ours);
  return ends;
}

}  // namespace provider_host::process
