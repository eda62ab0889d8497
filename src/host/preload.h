#pragma once

#include <string>
#include <string_view>

namespace provider_host::host {

/// The environment variable by which a pool names the shared libpython of the interpreter that this host is to be.
inline constexpr const char* kLibpythonVariable = "PROVIDER_HOST_LIBPYTHON";
/// The one by which it names the program of that interpreter, which a host that is a library is loaded into.
inline constexpr const char* kInterpreterVariable = "PROVIDER_HOST_INTERPRETER";

/// Whether a path can stand in LD_PRELOAD as it is.
bool fits_into_preload(std::string_view path);

/// Replaces this process by `program` (an absolute path) with `library` loaded before all others. Returns when that
/// fails; errno says why. Call it before there are threads.
void run_with_preloaded(const char* program, const std::string& library, char** argv);

/// Whether run_with_preloaded() has started this process.
bool was_preloaded();

/// Removes from the environment what pool and run_with_preloaded() have put there, so that no script or child sees it.
void remove_start_variables();

}  // namespace provider_host::host
