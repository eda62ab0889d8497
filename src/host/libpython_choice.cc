#include "host/libpython_choice.h"

#include <Python.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <string>
#include <string_view>

namespace provider_host::host {
namespace {

constexpr const char* kPreload = "LD_PRELOAD";
// What the variable holds the second time, followed by what LD_PRELOAD was.
constexpr std::string_view kDone = "preloaded:";
#ifdef __SANITIZE_ADDRESS__
constexpr bool kCanPreload = false;  // its runtime must be the first library
#else
constexpr bool kCanPreload = true;
#endif

bool contains_libpython() {
  Dl_info python{};
  Dl_info program{};
  return ::dladdr(reinterpret_cast<const void*>(&Py_GetVersion), &python) == 0 ||
         ::dladdr(reinterpret_cast<const void*>(&choose_libpython), &program) == 0 ||
         python.dli_fbase == program.dli_fbase;
}

// LD_PRELOAD is separated by spaces and colons.
bool fits_into_list(std::string_view path) { return path.find_first_of(" :") == std::string_view::npos; }

bool has_loaded(const char* library) {
  Dl_info python{};
  struct stat requested {};
  struct stat loaded {};
  if (::dladdr(reinterpret_cast<const void*>(&Py_GetVersion), &python) == 0) return false;
#if PY_VERSION_HEX >= 0x030E0000
  // sys.prefix follows from its path.
  if (fits_into_list(library) && std::string_view(python.dli_fname) != library) return false;
#endif
  return ::stat(library, &requested) == 0 && ::stat(python.dli_fname, &loaded) == 0 &&
         requested.st_dev == loaded.st_dev && requested.st_ino == loaded.st_ino;
}

// What stands for `library` in LD_PRELOAD: a path that does not fit goes by a descriptor, which this program closes
// once it runs again.
std::string preload_name(const std::string& library) {
  if (fits_into_list(library)) return library;
  const int fd = ::open(library.c_str(), O_RDONLY);
  return fd < 0 ? library : "/proc/self/fd/" + std::to_string(fd);
}

void restore(const std::string& preload) {
  ::unsetenv(kLibpythonVariable);
  if (preload.empty()) {
    ::unsetenv(kPreload);
  } else {
    ::setenv(kPreload, preload.c_str(), 1);
  }
}

}  // namespace

void choose_libpython(char** argv) {
  const char* const value = std::getenv(kLibpythonVariable);
  if (value == nullptr) return;
  const std::string library = value;
  if (library.starts_with(kDone)) return restore(library.substr(kDone.size()));
  const char* const preload = std::getenv(kPreload);
  const std::string before = preload != nullptr ? preload : "";
  std::array<char, PATH_MAX> program{};
  const bool possible = kCanPreload && !contains_libpython() && !has_loaded(library.c_str()) &&
                        ::access(library.c_str(), R_OK) == 0 &&
                        ::readlink("/proc/self/exe", program.data(), program.size() - 1) > 0;
  if (possible) {
    const std::string name = preload_name(library);
    ::setenv(kPreload, before.empty() ? name.c_str() : (name + ":" + before).c_str(), 1);
    ::setenv(kLibpythonVariable, (std::string(kDone) + before).c_str(), 1);
    ::execv(program.data(), argv);
  }
  restore(before);
}

}  // namespace provider_host::host
