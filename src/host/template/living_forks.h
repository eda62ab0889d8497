#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/fd.h"

namespace provider_host::host {

/// The hosts that a template has made, until they are reaped. Main thread.
class LivingForks {
 public:
  /// Throws std::system_error when there is no descriptor for it; the process is left alone.
  void add(std::uint64_t id, pid_t pid);

  /// Appends what poll(2) has to watch: one entry for each that has not ended.
  void watch(std::vector<pollfd>& polled) const;

  /// The `exited` messages of those that have ended since the last call.
  std::vector<std::string> take_exited();

  /// Throws ProtocolViolation when there is none with this id that has ended.
  void reap(std::uint64_t id);

 private:
  struct Fork {
    pid_t pid = 0;
    Fd pidfd;  // until it has ended
  };

  std::map<std::uint64_t, Fork> forks_;
};

}  // namespace provider_host::host
