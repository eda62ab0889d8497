#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "promptfoo/helper/messages.h"

namespace provider_host::promptfoo {

/// The process of that number as it runs now; nothing when it has ended or is a zombie.
std::optional<ProcessIdentity> identity_of(pid_t pid);

/// What this process hands down to its children, apart from the environment, the current directory and the umask:
/// users and groups, capabilities, resource limits, control groups, namespaces, scheduling, security labels. As text,
/// for comparison. Nothing when it cannot be read.
std::optional<std::string> inherited_attributes();

/// What a call can change of its process and every later call in it would meet: directories, umask, users and groups,
/// resource limits, ignored and blocked signals. As text, for comparison.
std::string changeable_attributes(pid_t pid);

/// Which build this program is: the file that runs. Nothing when it cannot be read.
std::optional<std::string> program_identity();

}  // namespace provider_host::promptfoo
