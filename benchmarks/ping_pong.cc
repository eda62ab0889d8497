// The limit: two processes that pass frames of a given size over a socketpair and do nothing else.
//   ping_pong BYTES [spin]
// With `spin` both poll for bytes for a while before they sleep, as Provider Host does: the lower bound then.
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/spin.h"
#include "runner.h"

namespace {

bool g_spin = false;

ssize_t read_some(int fd, char* into, std::size_t size) {
  static provider_host::Spin spin;
  ssize_t count = -1;
  const bool there = g_spin && spin.until([&] { return (count = ::recv(fd, into, size, MSG_DONTWAIT)) >= 0; });
  return there ? count : ::read(fd, into, size);
}

void read_all(int fd, char* into, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = read_some(fd, into + done, size - done);
    if (count <= 0) ::_exit(0);
    done += static_cast<std::size_t>(count);
  }
}

void write_all(int fd, const char* from, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = ::write(fd, from + done, size - done);
    if (count <= 0) ::_exit(0);
    done += static_cast<std::size_t>(count);
  }
}

// A header with the length, then as many bytes: what a frame is.
void send(int fd, std::vector<char>& frame) { write_all(fd, frame.data(), frame.size()); }

void receive(int fd, std::vector<char>& frame) {
  std::uint32_t size = 0;
  read_all(fd, reinterpret_cast<char*>(&size), sizeof(size));
  frame.resize(size + sizeof(size));
  read_all(fd, frame.data() + sizeof(size), size);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint32_t size = argc > 1 ? static_cast<std::uint32_t>(std::atoi(argv[1])) : 256;
  g_spin = argc > 2;
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) != 0) return 1;
  std::vector<char> frame(size + sizeof(size), 'x');
  *reinterpret_cast<std::uint32_t*>(frame.data()) = size;
  if (::fork() == 0) {
    ::close(fds[0]);
    while (true) {
      receive(fds[1], frame);
      *reinterpret_cast<std::uint32_t*>(frame.data()) = size;
      send(fds[1], frame);
    }
  }
  ::close(fds[1]);
  provider_host::benchmarks::serve_rounds([&] {
    send(fds[0], frame);
    receive(fds[0], frame);
    *reinterpret_cast<std::uint32_t*>(frame.data()) = size;
  });
  ::close(fds[0]);
  ::wait(nullptr);
}
