// The program of a host that is a library: it executes the interpreter that the pool has chosen, with the library
// loaded into it. So the host needs no libpython, and is exactly that interpreter.
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/fd.h"
#include "host/preload.h"

namespace {

namespace host = provider_host::host;

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

// Whether all of the library is there: its section headers are at its end. An installation may have been interrupted.
bool is_complete(const provider_host::Fd& library) {
  Elf64_Ehdr header{};
  struct stat file {};
  return ::read(library.get(), &header, sizeof header) == sizeof header && ::fstat(library.get(), &file) == 0 &&
         std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_shoff + header.e_shnum * sizeof(Elf64_Shdr) <= static_cast<std::uint64_t>(file.st_size);
}

// Whether it gains rights when it is executed, so that the loader ignores LD_PRELOAD (ld.so(8), secure execution).
bool gains_rights(const char* program) {
  struct stat file {};
  if (::stat(program, &file) != 0) return false;
  return ((file.st_mode & S_ISUID) != 0 && file.st_uid != ::geteuid()) ||
         ((file.st_mode & S_ISGID) != 0 && file.st_gid != ::getegid()) ||
         (::getxattr(program, "security.capability", nullptr, 0) > 0 && ::geteuid() != 0);
}

// Why the interpreter would run without the library, or not at all; empty: nothing is known.
std::string obstacle(const std::string& interpreter, const std::string& library) {
  const provider_host::Fd file(::open(library.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return library + " cannot be read: " + std::strerror(errno) + "; install the package again";
  if (!is_complete(file)) return library + " is damaged; install the package again";
  if (!host::fits_into_preload(library) && ::access("/dev/fd", X_OK) != 0)
    return library + " cannot be loaded: its path has characters that LD_PRELOAD does not allow, and there is no " +
           "/dev/fd (which needs /proc); install the package elsewhere";
  if (gains_rights(interpreter.c_str()))
    return interpreter + " has file capabilities, or belongs to somebody else and has a set-user-ID or set-group-ID " +
           "bit, so the system loads no host into it; build a host for it: provider-host doctor --build " + interpreter;
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  const char* const interpreter = std::getenv(host::kInterpreterVariable);
  if (interpreter == nullptr || argc < 1) {
    std::fputs("This program runs Python provider scripts for Provider Host. Pools start it by themselves.\n", stderr);
    return kUsageExit;
  }
  const std::string library = library_of(argv[0]);
  std::string reason = obstacle(interpreter, library);
  if (reason.empty()) {
    host::run_with_preloaded(interpreter, library, argv);
    reason = std::string(interpreter) + " cannot be run as " + argv[0] + ": " + std::strerror(errno);
  }
  std::fprintf(stderr, "%s\n", reason.c_str());
  return kCannotExecuteExit;
}
