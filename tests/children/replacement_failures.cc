// The first process of a script echoes. The second, its replacement, is ready once SCRIPT.start.gate is opened, and
// does what the file SCRIPT.failure says once SCRIPT.failure.gate is opened; it echoes when that says nothing. Those
// after it echo. A call with "gate" in its arguments gets its response when somebody opens SCRIPT.gate, one with "grow"
// when the host has 256 MiB more.
#include <sys/mman.h>

#include <algorithm>
#include <string>

#include "child_host.h"

using namespace provider_host::child;

namespace {

bool is_first_to_mark(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

void pass(const std::string& gate) { ::close(::open(gate.c_str(), O_RDONLY)); }

std::string read_file(const std::string& path) {
  std::string text(100, 0);
  const int fd = ::open(path.c_str(), O_RDONLY);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(fd, text.data(), text.size()), 0)));
  ::close(fd);
  return text;
}

void grow() {
  static_cast<void>(::mmap(nullptr, std::size_t{256} << 20, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
}

void misbehave(ChildHost& host, const std::string& failure) {
  if (failure == "exits") ::_exit(1);
  if (failure == "is_killed") ::raise(SIGKILL);
  if (failure == "sends_rubbish") host.call().write_frame("rubbish");
  if (failure == "sends_rubbish_on_control") host.control().write_frame("rubbish");
  if (failure == "sends_rubbish_and_exits") {
    host.call().write_frame("rubbish");
    ::_exit(1);
  }
  if (failure == "closes_its_channel") ::close(host.call().fd());
  wait_for_ever();
}

}  // namespace

int main(int argc, char** argv) {
  ChildHost host(argc, argv);
  const std::string script = host.script();
  const bool is_replacement = !is_first_to_mark(script + ".first") && is_first_to_mark(script + ".second");
  if (is_replacement) pass(script + ".start.gate");
  host.start();
  if (is_replacement) std::printf("the replacement is ready: %d\n", ::getpid());
  if (const std::string failure = read_file(script + ".failure"); is_replacement && !failure.empty()) {
    pass(script + ".failure.gate");
    misbehave(host, failure);
  }
  while (true) {
    const Request request = host.next_call();
    if (request.args.find("grow") != std::string::npos) grow();
    if (request.args.find("gate") != std::string::npos) {
      std::printf("got %s\n", request.args.c_str());
      pass(script + ".gate");
    }
    host.respond(request);
  }
}
