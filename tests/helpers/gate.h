#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/fd.h"

namespace provider_host {

/// A gate in front of which a host waits in its call until it is opened; for a child, SCRIPT.gate.
class Gate {
 public:
  explicit Gate(const std::filesystem::path& script) : path_(script.string() + ".gate") {
    ::mkfifo(path_.c_str(), 0600);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Waits until a host stands before the gate and lets it through.
  void open() const { const Fd writer(::open(path_.c_str(), O_WRONLY | O_CLOEXEC)); }

 private:
  std::filesystem::path path_;
};

}  // namespace provider_host
