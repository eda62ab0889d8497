#pragma once

#ifdef __APPLE__
#include <crt_externs.h>
#else
extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX has it in no header
#endif

namespace provider_host::platform {

/// The variables of this process, NAME=VALUE, with a null pointer at the end; null: there are none.
inline char** environment() {
#ifdef __APPLE__
  return *::_NSGetEnviron();  // a library has no other way
#else
  return environ;
#endif
}

}  // namespace provider_host::platform
