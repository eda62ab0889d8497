#include "pool/default_log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

namespace provider_host::internal {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> logger() {
  static std::mutex mutex;  // two pools may be made at once
  const std::lock_guard lock(mutex);
  auto logger = spdlog::get("provider_host");
  return logger ? logger : spdlog::stderr_color_mt("provider_host");
}

}  // namespace

std::function<void(const LogLine&)> default_log() {
  return [target = logger()](const LogLine& line) {
    if (line.host == 0) {
      target->log(level_of(line.level), "[pool] {}", line.text);
    } else {
      target->log(level_of(line.level), "[host {}] {}", line.host, line.text);
    }
  };
}

}  // namespace provider_host::internal
