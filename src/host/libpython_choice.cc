#include "host/libpython_choice.h"

#include <Python.h>
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "host/preload.h"
#include "platform/own_executable.h"

namespace provider_host::host {
namespace {

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

bool has_loaded(const char* library) {
  Dl_info python{};
  struct stat requested {};
  struct stat loaded {};
  if (::dladdr(reinterpret_cast<const void*>(&Py_GetVersion), &python) == 0) return false;
#if PY_VERSION_HEX >= 0x030E0000
  // sys.prefix follows from its path.
  if (fits_into_preload(library) && std::string_view(python.dli_fname) != library) return false;
#endif
  return ::stat(library, &requested) == 0 && ::stat(python.dli_fname, &loaded) == 0 &&
         requested.st_dev == loaded.st_dev && requested.st_ino == loaded.st_ino;
}

}  // namespace

void choose_libpython(char** argv) {
  const char* const library = std::getenv(kLibpythonVariable);
  const bool is_other = library != nullptr && kCanPreload && !was_preloaded() && !contains_libpython() &&
                        !has_loaded(library) && ::access(library, R_OK) == 0;
  if (is_other) run_with_preloaded(platform::own_executable().c_str(), library, argv);
  remove_start_variables();
}

}  // namespace provider_host::host
