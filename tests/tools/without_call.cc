// without_call CALL[,CALL…] ENOSYS|EPERM PROGRAM [ARGUMENT…]
//
// Runs the program with a seccomp filter that answers these system calls with that error, as an older kernel or the
// profile of a container does; everything that the program starts has it, too. Sets no_new_privs. Exit codes of its
// own: 125 when there can be no filter here, 126 when it is used wrongly, 127 when the program cannot be run.

#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>

namespace {

enum Exit { kNoFilter = 125, kUsage = 126, kNoProgram = 127 };

int fail(Exit code, const std::string& what) {
  std::fprintf(stderr, "without_call: %s\n", what.c_str());
  return code;
}

// Loads the filter; 0, or the exit code.
int refuse(const std::string& names, int error) {
  scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr) return fail(kNoFilter, "libseccomp cannot be used");
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ',');) {
    const int number = ::seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) return fail(kUsage, "libseccomp knows no system call " + name);
    // A number below zero: this architecture has no such call.
    const int result = ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)), number, 0);
    if (result != 0 && number >= 0) return fail(kUsage, name + ": " + std::strerror(-result));
  }
  const int result = ::seccomp_load(filter);
  ::seccomp_release(filter);
  return result == 0 ? 0 : fail(kNoFilter, std::string("the filter cannot be loaded: ") + std::strerror(-result));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string answer = argc > 3 ? argv[2] : "";
  if (answer != "ENOSYS" && answer != "EPERM") return fail(kUsage, "CALL[,CALL...] ENOSYS|EPERM PROGRAM [ARGUMENT...]");
  if (const int code = refuse(argv[1], answer == "ENOSYS" ? ENOSYS : EPERM); code != 0) return code;
  ::execvp(argv[3], argv + 3);
  return fail(kNoProgram, std::string(argv[3]) + ": " + std::strerror(errno));
}
