#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "process/line_splitter.h"

namespace provider_host::internal {

/// One of the two pipes that a script prints into: cuts it into lines, remembers its end, and keeps what was printed
/// since it was last asked, when that is wanted. In bounded memory; belongs to the pool's thread.
class HostOutput {
 public:
  HostOutput(process::LineSplitter::Sink on_line, bool capture) : lines_(std::move(on_line)), capture_(capture) {}

  /// The pipe's reading end, non-blocking. Once, before anything else.
  void open(Fd fd) { fd_ = std::move(fd); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// Reads what is there now, a bounded amount; false when nothing will come any more.
  bool read();
  /// Gives out a last line without an end.
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
