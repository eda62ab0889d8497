#pragma once

#include <string>

namespace provider_host::promptfoo {

/// A message of the kind `invalid_response` or `invalid_request` without hints that name options of a pool, which
/// promptfoo has not; with what the script can do instead. Pure.
std::string without_pool_options(std::string message);

}  // namespace provider_host::promptfoo
