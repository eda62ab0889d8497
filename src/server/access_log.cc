#include "server/access_log.h"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

namespace provider_host::server {
namespace {

constexpr std::size_t kWaitingLines = 8192;
constexpr std::chrono::seconds kLastLines{2};
constexpr std::string_view kStderr = "-";
constexpr const char* kPattern = "time=%Y-%m-%dT%H:%M:%S.%eZ %v";

spdlog::sink_ptr sink_of(const std::string& target) {
  if (target == kStderr) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::make_shared<spdlog::sinks::basic_file_sink_mt>(target);
}

// As a path may have any bytes.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c <= '~' && c != '"' && c != '\\') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// Has written what waits and then ended; not here, as it takes for ever when nobody reads the pipe that it goes to.
std::future<void> end(std::shared_ptr<spdlog::details::thread_pool> thread) {
  std::packaged_task<void()> task([thread = std::move(thread)]() mutable { thread.reset(); });
  std::future<void> ended = task.get_future();
  std::thread(std::move(task)).detach();
  return ended;
}

}  // namespace

AccessLog::AccessLog(const std::string& target) : target_(target) {
  if (!target_.empty()) reopen();
}

AccessLog::~AccessLog() {
  logger_.reset();
  if (thread_) end(std::move(thread_)).wait_for(kLastLines);
}

void AccessLog::reopen() {
  if (target_.empty() || (logger_ && target_ == kStderr)) return;
  try {
    const spdlog::sink_ptr sink = sink_of(target_);
    auto thread = std::make_shared<spdlog::details::thread_pool>(kWaitingLines, 1);
    auto logger =
        std::make_shared<spdlog::async_logger>("access", sink, thread, spdlog::async_overflow_policy::overrun_oldest);
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(kPattern, spdlog::pattern_time_type::utc));
    logger_.swap(logger);
    thread_.swap(thread);
    if (thread) end(std::move(thread));
  } catch (const spdlog::spdlog_ex& error) {
    throw std::runtime_error(std::string("the access log cannot be opened: ") + error.what());
  }
}

void AccessLog::flush() {
  if (logger_) logger_->flush();
}

void AccessLog::add(const Exchange& exchange, int status, double seconds) {
  if (!logger_) return;
  const Request& request = exchange.request();
  const std::string error = exchange.failure().empty() ? "" : " error=" + exchange.failure();
  logger_->info("remote={} method={} path={} status={} bytes={} ms={:.3f} id={}{}", request.remote,
                plain(request.method), plain(request.path), status, exchange.body_size(), seconds * 1000, exchange.id(),
                error);
}

}  // namespace provider_host::server
