#pragma once

#include <stdexcept>
#include <string>

namespace provider_host::cli {

/// The reader of the output is gone (`| head -1`): not an error, but the run ends.
class OutputClosed : public std::runtime_error {
 public:
  OutputClosed() : std::runtime_error("the output was closed by its reader") {}
};

/// The output cannot be written: disk full, I/O error.
class OutputFailed : public std::runtime_error {
 public:
  OutputFailed(const std::string& what, int error) : std::runtime_error(what), error_(error) {}
  /// The errno; 0 when there is none.
  [[nodiscard]] int error() const { return error_; }

 private:
  int error_;
};

}  // namespace provider_host::cli
