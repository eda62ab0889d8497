#pragma once

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "platform/process_limit.h"

namespace provider_host::platform {

/// A thread that runs `run`. Throws std::system_error; what() names the thread, as `the thread for signals`, and the
/// limit that allows no more.
template <typename Run>
std::thread start_thread(const char* name, Run&& run) {
  try {
    return std::thread(std::forward<Run>(run));
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(),
                            std::string("cannot start ") + name + process_limit_hint(error.code().value()));
  }
}

}  // namespace provider_host::platform
