#pragma once

#include <array>
#include <csignal>

namespace provider_host::platform {

/// What `nohup` has a program ignore, and shells one that they run in the background. Programs leave these alone then,
/// and so do their children.
inline constexpr std::array kLeftIgnored{SIGHUP, SIGINT, SIGQUIT};

[[nodiscard]] inline bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace provider_host::platform
