#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "provider_host/options.h"

namespace provider_host::cli {

/// The lowest level that is shown; kOff shows only errors that end the program.
enum class LogThreshold : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

/// Everything that goes to stderr: log lines, messages, the progress bar. The bar stays below the lines and is never
/// mixed with them. Any thread may use it; write errors are ignored.
class Console {
 public:
  /// Colours and the bar need a terminal; colours also that NO_COLOR is not set.
  Console(int fd, LogThreshold threshold);

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  [[nodiscard]] bool has_colours() const { return colours_; }
  [[nodiscard]] LogThreshold threshold() const { return threshold_; }
  /// Columns of the terminal; 80 elsewhere.
  [[nodiscard]] std::size_t width() const;

  /// Output of a script as `[host 1] text`, messages of the pool as `[pool] text`, when its level is shown.
  void log(const LogLine& line);

  /// A line about the run itself, at the given level.
  void note(LogLevel level, std::string_view text);

  /// A line that is shown unless the threshold is kOff.
  void say(std::string_view text);

  /// Requested lines, always shown.
  void show(std::string_view text);

  /// `provider-host: text`, always shown.
  void error(std::string_view text);

  /// Draws or redraws the bar; only the first line of `text` is one. Nothing happens elsewhere than on a terminal.
  void show_bar(std::string text);
  void remove_bar();

 private:
  [[nodiscard]] bool shows(LogLevel level) const;
  void print(LogLevel level, std::string_view text);

  const int fd_;
  const LogThreshold threshold_;
  const bool is_terminal_;
  const bool colours_;

  Mutex mutex_;
  std::string bar_ GUARDED_BY(mutex_);  // what stands in the last line, empty: nothing
};

}  // namespace provider_host::cli
