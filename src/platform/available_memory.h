#pragma once

#include <string_view>

namespace provider_host::platform {

/// Whether this machine has too little memory left to keep processes only because they may be of use. False when that
/// is not known.
bool memory_is_short();

/// The same for the text of Linux's meminfo. Pure.
bool memory_is_short(std::string_view meminfo);

}  // namespace provider_host::platform
