#include "host/preload.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace provider_host::host {
namespace {

constexpr const char* kPreload = "LD_PRELOAD";
// What LD_PRELOAD was before.
constexpr const char* kBeforeVariable = "PROVIDER_HOST_PRELOADED";

// What stands for `library` in LD_PRELOAD: a path that does not fit goes by a descriptor, which the host closes at its
// start.
std::string preload_name(const std::string& library) {
  if (fits_into_preload(library)) return library;
  const int fd = ::open(library.c_str(), O_RDONLY);
  return fd < 0 ? library : "/dev/fd/" + std::to_string(fd);
}

}  // namespace

// It is separated by colons and spaces (with musl by any of these), and the loader replaces $LIB, $ORIGIN and the like.
bool fits_into_preload(std::string_view path) { return path.find_first_of(" \t\n\v\f\r:$") == std::string_view::npos; }

void run_with_preloaded(const char* program, const std::string& library, char** argv) {
  const char* const value = std::getenv(kPreload);
  const std::string before = value != nullptr ? value : "";
  const std::string name = preload_name(library);
  ::setenv(kPreload, before.empty() ? name.c_str() : (name + ":" + before).c_str(), 1);
  ::setenv(kBeforeVariable, before.c_str(), 1);
  ::execv(program, argv);
}

bool was_preloaded() { return std::getenv(kBeforeVariable) != nullptr; }

void remove_start_variables() {
  if (const char* const before = std::getenv(kBeforeVariable); before != nullptr && *before == '\0') {
    ::unsetenv(kPreload);
  } else if (before != nullptr) {
    ::setenv(kPreload, before, 1);
  }
  ::unsetenv(kBeforeVariable);
  ::unsetenv(kLibpythonVariable);
  ::unsetenv(kInterpreterVariable);
}

}  // namespace provider_host::host
