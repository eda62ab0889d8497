#include "process/spawn.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/fd.h"
#include "platform/environment.h"
#include "platform/ignored_signals.h"
#include "platform/standard_streams.h"
#include "process/fork_and_exec.h"

namespace provider_host::process {
namespace {

void check(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

// posix_spawn_file_actions_addchdir_np, which glibc has since 2.29 only; null where it is missing.
using AddChangeDirectory = int (*)(posix_spawn_file_actions_t*, const char*);
AddChangeDirectory add_change_directory() {
  static const auto function =
      reinterpret_cast<AddChangeDirectory>(::dlsym(RTLD_DEFAULT, "posix_spawn_file_actions_addchdir_np"));
  return function;
}

// What posix_spawn has to do in the child, in order.
class FileActions {
 public:
  FileActions() { check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void stream(int target, int source) {
    if (source >= 0) {
      check(::posix_spawn_file_actions_adddup2(&actions_, source, target), "posix_spawn_file_actions_adddup2");
    } else {
      check(::posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", O_WRONLY, 0),
            "posix_spawn_file_actions_addopen");
    }
  }
  // From a copy: dup2 of a descriptor onto itself clears its close-on-exec flag in POSIX of 2024 only (glibc 2.29).
  void inherit(int fd) {
    copies_.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!copies_.back()) check(errno, "cannot duplicate a descriptor");
    stream(fd, copies_.back().get());
  }
  void change_directory(const std::string& path) {
    check(add_change_directory()(&actions_, path.c_str()), "posix_spawn_file_actions_addchdir_np");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
  std::vector<Fd> copies_;
};

// A group of its own, no blocked signals, default handlers. What is ignored and not reset stays ignored.
class Attributes {
 public:
  Attributes() {
    check(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t none;
    sigset_t reset;
    sigemptyset(&none);
    sigfillset(&reset);
    for (const int signal : platform::kLeftIgnored) sigdelset(&reset, signal);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &reset);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    check(::posix_spawnattr_setflags(&attributes_,
                                     POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF),
          "posix_spawnattr_setflags");
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// As exec wants them: null-terminated, and not to be written to.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

pid_t posix_spawn_of(const SpawnRequest& request, char* const* argv, char* const* environment) {
  FileActions actions;
  actions.stream(STDIN_FILENO, request.stdin_fd);
  actions.stream(STDOUT_FILENO, request.stdout_fd);
  actions.stream(STDERR_FILENO, request.stderr_fd);
  for (const int fd : request.inherited_fds) actions.inherit(fd);
  if (!request.working_directory.empty()) actions.change_directory(request.working_directory);
  const Attributes attributes;
  pid_t pid = 0;
  check(::posix_spawn(&pid, request.executable.c_str(), actions.get(), attributes.get(), argv, environment),
        "cannot start " + request.executable);
  return pid;
}

// Else it would seem to be the executable that is not there.
void check_directory(const std::string& path) {
  struct stat status {};
  if (!path.empty() && ::stat(path.c_str(), &status) != 0) check(errno, "the working directory " + path);
}

}  // namespace

pid_t spawn(SpawnRequest request) {
  check_directory(request.working_directory);
  const Fd empty = request.stdin_fd < 0 ? platform::open_empty() : Fd();
  if (empty) request.stdin_fd = empty.get();
  std::vector<char*> argv = pointers_to(request.argv);
  std::vector<char*> environment;
  if (request.environment) environment = pointers_to(*request.environment);
  char* const* const variables = request.environment ? environment.data() : platform::environment();
  if (!request.working_directory.empty() && add_change_directory() == nullptr) {
    return fork_and_exec(request, argv.data(), variables);
  }
  return posix_spawn_of(request, argv.data(), variables);
}

}  // namespace provider_host::process
