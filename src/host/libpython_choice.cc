#include "host/libpython_choice.h"

#include <Python.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "platform/own_executable.h"

namespace provider_host::host {
namespace {

constexpr const char* kPreload = "LD_PRELOAD";
// What the variable holds the second time, followed by what LD_PRELOAD was.
constexpr std::string_view kDone = "preloaded:";
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCanPreload = false;  // its runtime must be the first library
#elif defined(__APPLE__)
constexpr bool kCanPreload = false;  // programs take each symbol from the library that they were linked with
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
  return fd < 0 ? library : "/dev/fd/" + std::to_string(fd);
}

// The pool starts hosts by their paths.
std::filesystem::path own_program(const char* name) {
  const std::filesystem::path program = platform::own_executable();
  return program.empty() && *name == '/' ? name : program;
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
  const std::string program = own_program(*argv).string();
  const bool possible = kCanPreload && !contains_libpython() && !has_loaded(library.c_str()) &&
                        ::access(library.c_str(), R_OK) == 0 && !program.empty();
  if (possible) {
    const std::string name = preload_name(library);
    ::setenv(kPreload, before.empty() ? name.c_str() : (name + ":" + before).c_str(), 1);
    ::setenv(kLibpythonVariable, (std::string(kDone) + before).c_str(), 1);
    ::execv(program.c_str(), argv);
  }
  restore(before);
}

}  // namespace provider_host::host
