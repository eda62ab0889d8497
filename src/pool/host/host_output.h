#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "process/line_splitter.h"

namespace provider_host::internal {

/// stdout or stderr of a host: splits it into lines, keeps its tail, and with `capture` what was printed since the last
/// take_captured(). In bounded memory. Belongs to the reactor thread.
class HostOutput {
 public:
  HostOutput(process::LineSplitter::Sink on_line, bool capture) : lines_(std::move(on_line)), capture_(capture) {}

  /// The pipe's reading end, non-blocking. Once, before anything else.
  void open(Fd fd) { fd_ = std::move(fd); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// Reads what is there now, a bounded amount. Returns false at the end of the pipe.
  bool read();
  /// Emits a last line without a newline.
  void finish() { lines_.finish(); }

  /// The last whole lines, about 4 KiB, as valid UTF-8.
  [[nodiscard]] std::string tail() const;
  /// What was printed since the last call of this, as valid UTF-8, 1 MiB at most.
  std::string take_captured();

 private:
  void keep(std::string_view bytes);

  Fd fd_;
  process::LineSplitter lines_;
  bool capture_;
  std::string tail_;
  std::string captured_;
};

}  // namespace provider_host::internal
