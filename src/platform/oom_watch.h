#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace provider_host::platform {

/// Whether the kernel has killed processes for want of memory, as far as its counters can be read: those of this
/// process's control group (v2 `memory.events`), else those of the machine (`/proc/vmstat`). Not thread-safe.
class OomWatch {
 public:
  /// Remembers where the counters stand. The paths are for tests.
  explicit OomWatch(const std::filesystem::path& proc = "/proc",
                    const std::filesystem::path& cgroups = "/sys/fs/cgroup");

  /// After a process was killed by SIGKILL: whether the counters have a kill for it. Each kill counts once, so ask once
  /// per process. False when nothing can be read.
  bool explains_a_kill();

 private:
  [[nodiscard]] std::optional<std::uint64_t> kills() const;

  std::filesystem::path file_;
  [[maybe_unused]] std::uint64_t explained_ = 0;
};

}  // namespace provider_host::platform
