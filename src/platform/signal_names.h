#pragma once

#include <string>

namespace provider_host::platform {

/// `SIGSEGV`, `SIGRTMIN+2`, or `signal 99`.
std::string signal_name(int signal);

/// `Segmentation fault`; empty for a signal without a meaning of its own. Not translated.
std::string signal_description(int signal);

}  // namespace provider_host::platform
