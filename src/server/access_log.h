#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "server/http/exchange.h"

namespace spdlog {
class async_logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace provider_host::server {

/// One line for each request, without its query, its body and its key:
///
///   time=2026-01-31T12:00:00.123Z remote=127.0.0.1:50000 method=POST path=/v1/call status=200 bytes=42 ms=1.250
///   id=req_…
///
/// and `error=KIND` when it failed. A thread of its own writes, at once while it keeps up. When it cannot, the oldest
/// lines are dropped, and a line with `dropped=COUNT` stands for them.
class AccessLog {
 public:
  /// A file, which is appended to; `-` for stderr; empty for no log. Throws std::runtime_error.
  explicit AccessLog(const std::string& target);
  /// Waits for the last lines, five seconds at most: nobody may read the pipe that they go to.
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  /// `status` is that of the response, 499 when the client went away.
  void add(const Exchange& exchange, int status, double seconds);

  /// Opens the file anew: another program may have renamed it. What waits goes to the former one. Throws
  /// std::runtime_error; then the former file goes on.
  void reopen();

 private:
  std::string target_;
  std::shared_ptr<spdlog::details::thread_pool> thread_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::vector<std::future<void>> ending_;  // former threads, which still write
};

}  // namespace provider_host::server
