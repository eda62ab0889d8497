#pragma once

#include <chrono>
#include <string>

#include "promptfoo/helper/helper_address.h"

namespace provider_host::promptfoo {

/// The argument with which this program is the helper: `--provider-host-helper DIRECTORY NAME`. Not for users.
inline constexpr const char* kHelperArgument = "--provider-host-helper";

/// The descriptor that a helper closes once it listens.
inline constexpr int kReadyDescriptor = 3;

/// Starts a helper that listens under that name, in a session of its own, with none of this process's descriptors, and
/// returns when it listens, or when another one does, or when that failed, or after `timeout`.
void start_helper(const HelperDirectory& directory, const std::string& name, std::chrono::milliseconds timeout);

/// The helper: listens until there is nothing to do. Returns the exit code.
int run_helper(const std::string& directory, const std::string& name);

}  // namespace provider_host::promptfoo
