#pragma once

#include <cstdint>
#include <string>

#include "provider_host/call.h"

namespace provider_host::pipe {

/// Appends the `call` message as one whole frame, which asks for details of the outcome. A call that names neither an
/// API nor a function means `call_api` there. `id` must be 1 to 2^53-1; the arguments must be JSON (`args_error` is not
/// looked at), the other texts UTF-8, and times finite. Throws std::length_error for more than 4 GiB.
void append_call(std::string& out, std::uint64_t id, const Call& call);

}  // namespace provider_host::pipe
