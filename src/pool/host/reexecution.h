#pragma once

#include <string>
#include <vector>

#include "pool/policy/crash_attribution.h"

namespace provider_host::internal {

/// Whether the host has executed its own script again, as scripts do that select the Python of their virtual
/// environment: an absolute program with the script's path among its arguments. Pure.
bool runs_script_again(const Executed& executed, const std::string& script);

/// `environment` with the entries of `changes` (NAME=VALUE) added, or replacing those with the same names. Pure.
std::vector<std::string> with_changes(std::vector<std::string> environment, const std::vector<std::string>& changes);

}  // namespace provider_host::internal
