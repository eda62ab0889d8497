// The program of a host that is a library: it executes the interpreter that the pool has chosen, with the library
// loaded into it. So the host needs no libpython, and is exactly that interpreter.
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "host/preload.h"

namespace {

constexpr int kUsageExit = 2;
constexpr int kCannotExecuteExit = 126;

// lib<name of this program>.so, beside it.
std::string library_of(const char* argv0) {
  std::array<char, PATH_MAX> path{};
  const bool known = ::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0;
  std::string library = known ? path.data() : argv0;
  library.insert(library.rfind('/') + 1, "lib");
  return library + ".so";
}

// Whether it gains rights when it is executed, so that the loader ignores LD_PRELOAD (ld.so(8), secure execution).
bool gains_rights(const char* program) {
  struct stat file {};
  if (::stat(program, &file) != 0) return false;
  return ((file.st_mode & S_ISUID) != 0 && file.st_uid != ::geteuid()) ||
         ((file.st_mode & S_ISGID) != 0 && file.st_gid != ::getegid()) ||
         (::getxattr(program, "security.capability", nullptr, 0) > 0 && ::geteuid() != 0);
}

}  // namespace

int main(int argc, char** argv) {
  namespace host = provider_host::host;
  const char* const interpreter = std::getenv(host::kInterpreterVariable);
  if (interpreter == nullptr || argc < 1) {
    std::fputs("This program runs Python provider scripts for Provider Host. Pools start it by themselves.\n", stderr);
    return kUsageExit;
  }
  const std::string library = library_of(argv[0]);
  if (::access(library.c_str(), R_OK) != 0) {
    std::fprintf(stderr, "%s, without which this host is none, cannot be read: %s; install the package again\n",
                 library.c_str(), std::strerror(errno));
    return kCannotExecuteExit;
  }
  if (gains_rights(interpreter)) {
    std::fprintf(stderr,
                 "%s has file capabilities, or belongs to somebody else and has a set-user-ID or set-group-ID bit, so "
                 "the system "
                 "loads no host into it; build a host for it: provider-host doctor --build %s\n",
                 interpreter, interpreter);
    return kCannotExecuteExit;
  }
  host::run_with_preloaded(interpreter, library, argv);
  std::fprintf(stderr, "%s cannot be run as %s: %s\n", interpreter, argv[0], std::strerror(errno));
  return kCannotExecuteExit;
}
