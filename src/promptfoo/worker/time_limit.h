#pragma once

#include <string>
#include <string_view>

namespace provider_host::promptfoo {

/// Seconds that promptfoo waits for the response to a request with these arguments (a JSON array): `config.timeout` of
/// the second one in milliseconds, else REQUEST_TIMEOUT_MS of its `env`, else `environment` (the value of that variable
/// here), else 300. A value that promptfoo's timers do not take counts as one millisecond there. Pure.
double promptfoo_limit(std::string_view arguments, const std::string& environment);

/// Seconds that a call gets here: a little less, so that the error that says where the code was still arrives. Pure.
double call_limit(double promptfoo_limit);

}  // namespace provider_host::promptfoo
