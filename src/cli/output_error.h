#pragma once

#include <stdexcept>

namespace provider_host::cli {

/// Nobody reads the output any more (`| head -1`): no fault, but no reason to go on either.
class OutputClosed : public std::runtime_error {
 public:
  OutputClosed() : std::runtime_error("the output was closed by its reader") {}
};

/// The output cannot be written: disk full, I/O error.
class OutputFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace provider_host::cli
