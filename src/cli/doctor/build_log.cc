#include "cli/doctor/build_log.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "platform/close_on_exec.h"
#include "platform/environment.h"

namespace provider_host::cli {
namespace {

constexpr int kNotStarted = 127;

// stdin is /dev/null.
int run_with(const std::vector<std::string>& argv, int out, int err) {
  std::vector<char*> arguments;
  for (const std::string& each : argv) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t ignored_by_us;
  sigemptyset(&none);
  sigemptyset(&ignored_by_us);
  sigaddset(&ignored_by_us, SIGPIPE);
  ::posix_spawnattr_setsigmask(&attributes, &none);  // the program's own threads block what Signals waits for
  ::posix_spawnattr_setsigdefault(&attributes, &ignored_by_us);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), platform::environment());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return kNotStarted;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

FileDescriptor open_log(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (file.get() < 0) throw BuildFailed("cannot write " + path.string() + ": " + std::strerror(errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    throw BuildFailed("another process builds this host just now, see " + path.string());
  }
  [[maybe_unused]] const int emptied = ::ftruncate(file.get(), 0);
  return file;
}

}  // namespace

BuildLog::BuildLog(std::filesystem::path file) : path_(std::move(file)), file_(open_log(path_)) {}

int BuildLog::run(const std::vector<std::string>& argv) {
  std::string command = "$";
  for (const std::string& each : argv) command += " " + each;
  write_all(file_.get(), command + "\n", path_.string());
  return run_with(argv, file_.get(), file_.get());
}

void BuildLog::require(const std::string& what, const std::vector<std::string>& argv) {
  if (const int code = run(argv); code != 0) {
    throw BuildFailed(what + " failed (" + argv.front() + ", exit code " + std::to_string(code) + "):\n" + end() +
                      "all of it: " + path_.string());
  }
}

std::string BuildLog::end() const {
  constexpr std::size_t kLines = 25;
  std::ifstream stream(path_);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back("  | " + line + "\n");
  std::string text;
  for (std::size_t i = lines.size() - std::min(lines.size(), kLines); i < lines.size(); ++i) text += lines[i];
  return text;
}

std::string first_line_of(const std::vector<std::string>& argv) {
  int ends[2];
  if (platform::pipe_close_on_exec(ends) != 0) return "";
  const FileDescriptor reading(ends[0]);
  int code = 0;
  {
    const FileDescriptor writing(ends[1]);
    const FileDescriptor nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    code = run_with(argv, writing.get(), nothing.get());
  }
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(reading.get(), buffer.data(), buffer.size());
  if (code != 0 || count <= 0) return "";
  const std::string text(buffer.data(), static_cast<std::size_t>(count));
  return text.substr(0, text.find('\n'));
}

}  // namespace provider_host::cli
