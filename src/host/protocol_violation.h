#pragma once

#include <stdexcept>

namespace provider_host::host {

/// The pool broke docs/protocol.md. what() is one line for a person.
class ProtocolViolation : public std::runtime_error {
 public:
  static constexpr int kExitCode = 70;
  using std::runtime_error::runtime_error;
};

/// Ends the process as docs/protocol.md says: one line on stderr, kExitCode. Any thread.
[[noreturn]] void exit_with(const ProtocolViolation& violation);

}  // namespace provider_host::host
