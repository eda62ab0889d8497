#include "server/monitoring/pool_log.h"

#include <string_view>

#include "base/utf8.h"

namespace provider_host::server {
namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      break;
  }
  return "error";
}

}  // namespace

void PoolLog::add(const LogLine& line, double time) {
  if (line.source != "pool") return;
  const nlohmann::ordered_json json = {
      {"time", time}, {"level", name_of(line.level)}, {"text", utf8_prefix(line.text, kMaxText)}};
  const MutexLock lock(mutex_);
  recent_.add(json);
}

std::string PoolLog::json() const {
  const MutexLock lock(mutex_);
  return recent_.json();
}

}  // namespace provider_host::server
