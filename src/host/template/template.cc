#include "host/template/template.h"

#include <poll.h>
#include <pybind11/pybind11.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "base/byte_buffer.h"
#include "host/calls/send_response.h"
#include "host/template/child_signal.h"
#include "host/template/fork_channel.h"
#include "host/template/host_fork.h"
#include "host/template/living_forks.h"
#include "values/python_error.h"
#include "wire/frame_codec.h"
#include "wire/json_text.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

class Template {
 public:
  explicit Template(const TemplateParts& parts) : parts_(parts), requests_(parts.channel.fd()) {}

  // Returns in a fork.
  void run() {
    while (true) {
      while (auto request = requests_.next()) {
        if (!request->ends) {
          forks_.reap(request->id);
        } else if (fork(request->id, *request->ends)) {
          parts_.channel.restart();
          return;
        }
      }
      wait();
      for (const std::string& message : forks_.take_exited()) send(message);
      if (!requests_.receive()) ::_exit(0);
    }
  }

 private:
  // Whether this is the fork.
  bool fork(std::uint64_t id, const HostEnds& ends) {
    flush_streams();
    std::fflush(nullptr);
    const pid_t pid = fork_host(ends, parts_.memory);
    if (pid == 0) return true;
    if (pid < 0) {
      send_unforked(id, "fork() failed: " + std::string(std::strerror(errno)));
      return false;
    }
    if (!watch(id, pid)) return false;
    send(R"({"type":"forked","id":)" + std::to_string(id) + R"(,"pid":)" + std::to_string(pid) + "}");
    return false;
  }

  // False when that cannot be done: such a fork must not live.
  bool watch(std::uint64_t id, pid_t pid) {
    try {
      forks_.add(id, pid);
      return true;
    } catch (const std::system_error& error) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      send_unforked(id, error.what());
      return false;
    }
  }

  // Until there is something to do.
  void wait() {
    std::vector<pollfd> polled{{requests_.fd(), POLLIN, 0}, {parts_.pool, POLLIN, 0}};
    forks_.watch(polled);
    {
      const py::gil_scoped_release release;
      ::poll(polled.data(), polled.size(), -1);
    }
    if ((polled[1].revents & POLLIN) != 0) ::_exit(0);
    if (polled[1].revents != 0) parts_.pool = -1;  // the script has closed it
    values::drop_late_interrupt();
  }

  void send_unforked(std::uint64_t id, const std::string& reason) {
    send(R"({"type":"unforked","id":)" + std::to_string(id) + R"(,"reason":)" + wire::quote(reason) + "}");
  }

  void send(const std::string& payload) {
    ByteBuffer frame;
    frame.append(std::string_view("\0\0\0\0", wire::kHeaderSize));
    frame.append(payload);
    CallChannel::fill_header(frame);
    if (!send_bytes(parts_.channel, frame.view())) ::_exit(0);
  }

  TemplateParts parts_;
  ForkChannel requests_;
  LivingForks forks_;
};

}  // namespace

void make_hosts(const TemplateParts& parts) {
  const ChildSignalBlocked blocked;
  Template(parts).run();
}

}  // namespace provider_host::host
