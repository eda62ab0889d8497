#include "host/health/exec_recorder.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "host/health/crash_recorder.h"
#include "wire/crash_record.h"

namespace provider_host::host {
namespace {

using wire::CrashRecord;

pid_t g_host_pid = 0;  // a child between fork and exec maps the same record and must not write
const std::set<std::string, std::less<>>* g_environment = nullptr;

// Appends a text and its end; leaves out what there is no room for.
class Texts {
 public:
  explicit Texts(std::span<char> room) : room_(room) { std::ranges::fill(room_, '\0'); }
  void add(std::string_view text) {
    if (text.size() + 2 > room_.size()) return;
    std::ranges::copy(text, room_.begin());
    room_ = room_.subspan(text.size() + 1);
  }

 private:
  std::span<char> room_;
};

void note(const char* program, char* const arguments[], char* const environment[]) {
  CrashRecord* const record = crash_record();
  if (record == nullptr || g_environment == nullptr || program == nullptr || ::getpid() != g_host_pid) return;
  Texts(record->program).add(program);
  Texts argv(record->arguments);
  for (; arguments != nullptr && *arguments != nullptr; ++arguments) argv.add(*arguments);
  Texts variables(record->environment);
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (!g_environment->contains(std::string_view(*environment))) variables.add(*environment);
  }
  record_exec();
}

// It did not happen.
int failed() {
  const int error = errno;
  forget_exec();
  errno = error;
  return -1;
}

template <typename Function>
Function libc_function(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

void record_execs() {
  auto* const environment = new std::set<std::string, std::less<>>();
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) environment->emplace(*entry);
  g_environment = environment;
  g_host_pid = ::getpid();
}

}  // namespace provider_host::host

// In front of libc's, for every library of the process.

extern "C" {
[[gnu::visibility("default")]] int execve(const char* path, char* const argv[], char* const envp[]) noexcept {
  provider_host::host::note(path, argv, envp);
  ::syscall(SYS_execve, path, argv, envp);
  return provider_host::host::failed();
}

[[gnu::visibility("default")]] int execv(const char* path, char* const argv[]) noexcept {
  return ::execve(path, argv, ::environ);
}

[[gnu::visibility("default")]] int execvpe(const char* file, char* const argv[], char* const envp[]) noexcept {
  static const auto search = provider_host::host::libc_function<decltype(&::execvpe)>("execvpe");
  provider_host::host::note(file, argv, envp);
  search(file, argv, envp);
  return provider_host::host::failed();
}

[[gnu::visibility("default")]] int execvp(const char* file, char* const argv[]) noexcept {
  return ::execvpe(file, argv, ::environ);
}
}
