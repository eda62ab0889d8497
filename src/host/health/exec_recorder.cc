#include "host/health/exec_recorder.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "host/health/crash_recorder.h"
#include "host/platform/raw_calls.h"
#include "wire/crash_record.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX has it in no header

namespace provider_host::host {
namespace {

using wire::CrashRecord;

const std::set<std::string, std::less<>>* g_environment = nullptr;

// Appends texts, each with a NUL; leaves out those that do not fit.
class Texts {
 public:
  explicit Texts(std::span<char> space) : space_(space) { std::ranges::fill(space_, '\0'); }
  void add(std::string_view text) {
    if (text.size() + 2 > space_.size()) return;
    std::ranges::copy(text, space_.begin());
    space_ = space_.subspan(text.size() + 1);
  }

 private:
  std::span<char> space_;
};

void record(const char* program, char* const arguments[], char* const environment[]) {
  CrashRecord* const page = crash_record();
  if (!keeps_crash_record() || g_environment == nullptr || program == nullptr) return;
  Texts(page->program).add(program);
  Texts argv(page->arguments);
  for (; arguments != nullptr && *arguments != nullptr; ++arguments) argv.add(*arguments);
  Texts variables(page->environment);
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (!g_environment->contains(std::string_view(*environment))) variables.add(*environment);
  }
  record_exec();
}

// The exec has failed.
int failed() {
  const int error = errno;
  forget_exec();
  errno = error;
  return -1;
}

template <typename Function>
Function* libc_function(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

void record_execs() {
  auto* const environment = new std::set<std::string, std::less<>>();
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) environment->emplace(*entry);
  g_environment = environment;
}

}  // namespace provider_host::host

// These shadow libc's, for every library of the process.

extern "C" {
[[gnu::visibility("default")]] int execve(const char* path, char* const argv[],
                                          char* const envp[]) noexcept(provider_host::host::kLibcIsNoexcept) {
  provider_host::host::record(path, argv, envp);
  provider_host::host::raw_execve(path, argv, envp);
  return provider_host::host::failed();
}

[[gnu::visibility("default")]] int execv(const char* path,
                                         char* const argv[]) noexcept(provider_host::host::kLibcIsNoexcept) {
  return ::execve(path, argv, ::environ);
}

[[gnu::visibility("default")]] int execvp(const char* file,
                                          char* const argv[]) noexcept(provider_host::host::kLibcIsNoexcept) {
  static const auto search = provider_host::host::libc_function<int(const char*, char* const[])>("execvp");
  provider_host::host::record(file, argv, ::environ);
  search(file, argv);
  return provider_host::host::failed();
}

#ifndef __APPLE__  // which has none

// Not every system declares it.
[[gnu::visibility("default")]] int host_execvpe(const char* file, char* const argv[],
                                                char* const envp[]) asm("execvpe");

int host_execvpe(const char* file, char* const argv[], char* const envp[]) {
  static const auto search =
      provider_host::host::libc_function<int(const char*, char* const[], char* const[])>("execvpe");
  provider_host::host::record(file, argv, envp);
  search(file, argv, envp);
  return provider_host::host::failed();
}

#endif
}
