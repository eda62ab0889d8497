#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace provider_host::platform {

/// A process that a number alone does not identify for long.
struct ProcessIdentity {
  pid_t pid = 0;                 ///< 0: none.
  std::uint64_t start_time = 0;  ///< In ticks since the machine started.
  friend auto operator<=>(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// The process of that number as it runs now; nothing when it has ended or is a zombie, or when that is not known.
std::optional<ProcessIdentity> identity_of(pid_t pid);

/// What this process hands down to its children, apart from the environment, the current directory and the umask:
/// users and groups, capabilities, resource limits, control groups, namespaces, scheduling, security labels. As text,
/// for comparison. Nothing when it cannot be read, or when the system does not say it all.
std::optional<std::string> inherited_attributes();

/// What a call can change of its process and every later call in it would meet: directories, umask, users and groups,
/// resource limits, ignored and blocked signals. As text, for comparison.
std::string changeable_attributes(pid_t pid);

}  // namespace provider_host::platform
