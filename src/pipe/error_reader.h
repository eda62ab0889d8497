#pragma once

#include <string_view>

#include "provider_host/error.h"

namespace provider_host::pipe {

/// The error whose `to_json` is this text; members that it has not are passed over. Throws std::runtime_error for what
/// is no such object: without a known kind, without a message, or with a member of another type.
Error read_error(std::string_view json);

}  // namespace provider_host::pipe
