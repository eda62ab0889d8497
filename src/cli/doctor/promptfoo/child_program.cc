#include "cli/doctor/promptfoo/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "platform/close_on_exec.h"
#include "platform/environment.h"
#include "platform/exit_watch.h"
#include "platform/memory_file.h"
#include "platform/send_flags.h"

namespace provider_host::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kShownErrors = 1000;

std::pair<FileDescriptor, FileDescriptor> socket_pair() {
  int ends[2];
  if (platform::socketpair_close_on_exec(AF_UNIX, SOCK_STREAM, ends) != 0) {
    throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

pid_t spawn(const std::vector<std::string>& argv, int in, int out, int err) {
  std::vector<char*> arguments;
  for (const std::string& each : argv) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, arguments[0], &actions, &attributes, arguments.data(), platform::environment());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw std::runtime_error(fmt::format("cannot start {}: {}", argv[0], std::strerror(error)));
  return pid;
}

// The end of a file that others have written; without the last newline.
std::string end_of(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  std::string text(std::min(kShownErrors, static_cast<std::size_t>(std::max<off_t>(size, 0))), '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

ChildProgram::ChildProgram(const std::vector<std::string>& argv, milliseconds limit)
    : name_(std::filesystem::path(argv.at(0)).filename()),
      limit_(limit),
      deadline_(std::chrono::steady_clock::now() + limit),
      errors_(platform::open_memory_file(0).release()) {
  auto [in, in_of_child] = socket_pair();
  auto [out, out_of_child] = socket_pair();
  pid_ = spawn(argv, in_of_child.get(), out_of_child.get(), errors_.get());
  in_ = std::move(in);
  out_ = std::move(out);
}

ChildProgram::~ChildProgram() {
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ChildProgram::write_line(std::string_view text) {
  const std::string line = std::string(text) + "\n";
  if (::send(in_.get(), line.data(), line.size(), platform::kNoSignal) != static_cast<ssize_t>(line.size())) {
    fail(name_ + " has closed its stdin");
  }
}

std::string ChildProgram::read_line(std::string_view expected) {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    if (!receive(expected)) fail(fmt::format("{} has ended without {}", name_, expected));
  }
}

void ChildProgram::wait_for_end() {
  while (receive("its end")) {
  }
  const Fd end = platform::watch_exit(pid_);
  wait_until_readable(end.get(), "its end");
  int status = 0;
  if (::waitpid(std::exchange(pid_, -1), &status, 0) < 0) return;
  if (WIFSIGNALED(status)) fail(fmt::format("{} was killed by {}", name_, ::strsignal(WTERMSIG(status))));
  if (WEXITSTATUS(status) != 0) fail(fmt::format("{} exited with code {}", name_, WEXITSTATUS(status)));
}

bool ChildProgram::receive(std::string_view expected) {
  wait_until_readable(out_.get(), expected);
  std::array<char, 4096> buffer{};
  const ssize_t count = ::recv(out_.get(), buffer.data(), buffer.size(), 0);
  if (count > 0) unread_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

void ChildProgram::wait_until_readable(int fd, std::string_view expected) const {
  pollfd waiting{fd, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline_ - std::chrono::steady_clock::now());
    const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return;
    if (ready == 0) {
      fail(fmt::format("{} was given {:.1f} s, and they passed before {}", name_,
                       std::chrono::duration<double>(limit_).count(), expected));
    }
  }
}

void ChildProgram::fail(const std::string& what) const {
  const std::string errors = end_of(errors_.get());
  throw std::runtime_error(errors.empty() ? what : what + ": " + errors);
}

}  // namespace provider_host::cli
