#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/fd.h"

namespace provider_host {

/// The gate of a `gated` child: the child waits in its call until the gate is opened.
class Gate {
 public:
  explicit Gate(const std::filesystem::path& script) : path_(script.string() + ".gate") {
    ::mkfifo(path_.c_str(), 0600);
  }
  /// Waits until a child stands before the gate and lets it through.
  void open() const { const Fd writer(::open(path_.c_str(), O_WRONLY | O_CLOEXEC)); }

 private:
  std::filesystem::path path_;
};

}  // namespace provider_host
