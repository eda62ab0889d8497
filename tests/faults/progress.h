#pragma once

#include <cstdint>
#include <string>

namespace provider_host::chaos {

/// How far a run is, on stderr: one line that is redrawn on a terminal, a line every ten seconds elsewhere. For one
/// thread.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Called about every second.
  void show(const std::string& text);
  /// A line that stays.
  void say(const std::string& text);

 private:
  bool terminal_;
  bool drawn_ = false;
  double shown_ = 0;
};

}  // namespace provider_host::chaos
