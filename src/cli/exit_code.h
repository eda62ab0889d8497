#pragma once

#include <stdexcept>

namespace provider_host::cli {

/// What the executable's exit codes mean; docs and `--help` say the same.
enum ExitCode : int {
  kDone = 0,
  kSomeFailed = 1,     ///< A call failed, or the provider returned `error`.
  kWrongUsage = 2,     ///< Wrong arguments, or input that cannot be read.
  kImportFailed = 3,   ///< The script could not be imported.
  kInternalError = 4,  ///< A defect of this program or a limit of the machine, such as a full disk or no descriptors.
  kInterrupted = 130,  ///< SIGINT or SIGTERM.
};

/// Ends the program with kWrongUsage; `what()` is the message: the error and what to do.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace provider_host::cli
