#pragma once

#include <string>
#include <variant>

#include "cli/merge/merge_flags.h"
#include "cli/options.h"
#include "cli/serve/serve_options.h"

namespace provider_host::cli {

/// Nothing is left to do: help or version was printed, or the arguments are wrong and the error was printed.
struct Exit {
  int code = 0;
};

using Command =
    std::variant<Exit, CallOptions, BatchOptions, MergeOptions, PipeOptions, ServeOptions, CheckOptions, DoctorOptions>;

/// Reads the arguments and the environment variables PROVIDER_HOST_WORKERS and PROVIDER_HOST_LOG. Help and version go
/// to stdout, errors to stderr.
Command parse_command_line(int argc, const char* const* argv);

}  // namespace provider_host::cli
