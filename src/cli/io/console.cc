#include "cli/io/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>

#include "base/utf8.h"
#include "cli/io/file_descriptor.h"

namespace provider_host::cli {
namespace {

constexpr std::string_view kClearLine = "\r\x1b[2K";
constexpr std::string_view kReset = "\x1b[0m";

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "\x1b[2m";
    case LogLevel::kInfo:
      return "";
    case LogLevel::kWarning:
      return "\x1b[33m";
    case LogLevel::kError:
      return "\x1b[31m";
  }
  return "";
}

void write_quietly(int fd, std::string_view text) {
  try {
    write_all(fd, text, "stderr");
  } catch (const std::exception&) {  // stderr is gone, too
  }
}

}  // namespace

Console::Console(int fd, LogThreshold threshold)
    : fd_(fd),
      threshold_(threshold),
      is_terminal_(::isatty(fd) == 1),
      colours_(is_terminal_ && std::getenv("NO_COLOR") == nullptr) {}

std::size_t Console::width() const {
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool Console::shows(LogLevel level) const { return static_cast<int>(level) >= static_cast<int>(threshold_); }

void Console::log(const LogLine& line) {
  if (!shows(line.level)) return;
  std::string text = line.host == 0 || line.source == "pool" ? "[pool] " : "[host " + std::to_string(line.host) + "] ";
  text += line.text;
  print(line.level, text);
}

void Console::note(LogLevel level, std::string_view text) {
  if (shows(level)) print(level, text);
}

void Console::say(std::string_view text) {
  if (threshold_ != LogThreshold::kOff) print(LogLevel::kInfo, text);
}

void Console::show(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  print(LogLevel::kInfo, text);
}

void Console::error(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  print(LogLevel::kError, "provider-host: " + std::string(text));
}

void Console::print(LogLevel level, std::string_view text) {
  const std::string_view colour = colours_ ? colour_of(level) : "";
  std::string out;
  out.reserve(text.size() + 32);
  const MutexLock lock(mutex_);
  if (!bar_.empty()) out += kClearLine;
  out.append(colour).append(text).append(colour.empty() ? "" : kReset).append("\n").append(bar_);
  write_quietly(fd_, to_valid_utf8(out));  // paths may hold any bytes
}

void Console::show_bar(std::string text) {
  if (!is_terminal_) return;
  const MutexLock lock(mutex_);
  if (text == bar_) return;
  bar_ = std::move(text);
  write_quietly(fd_, std::string(kClearLine) + bar_);
}

void Console::remove_bar() {
  const MutexLock lock(mutex_);
  if (bar_.empty()) return;
  bar_.clear();
  write_quietly(fd_, kClearLine);
}

}  // namespace provider_host::cli
