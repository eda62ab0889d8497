#include "server/access_log.h"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "platform/thread.h"

namespace provider_host::server {
namespace {

constexpr std::size_t kWaitingLines = 8192;
constexpr std::chrono::seconds kLastLines{5};
constexpr std::string_view kStderr = "-";
constexpr const char* kName = "access";
constexpr const char* kPattern = "time=%Y-%m-%dT%H:%M:%S.%eZ %v";

spdlog::sink_ptr sink_of(const std::string& target) {
  if (target == kStderr) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::make_shared<spdlog::sinks::basic_file_sink_mt>(target);
}

// Writes to `to` on the thread of the log: each line, at once when none waits, and how many lines were overrun.
class TellingSink final : public spdlog::sinks::sink {
 public:
  /// `thread` outlives the last line, as it writes that.
  TellingSink(spdlog::sink_ptr to, spdlog::details::thread_pool& thread) : to_(std::move(to)), thread_(thread) {}

  // The line that overran others comes behind them, so that after the last line all have been told.
  void log(const spdlog::details::log_msg& line) override {
    tell_overrun();
    to_->log(line);
    if (thread_.queue_size() == 0) to_->flush();
  }
  void flush() override { to_->flush(); }
  void set_pattern(const std::string& pattern) override { to_->set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    to_->set_formatter(std::move(formatter));
  }

 private:
  void tell_overrun() {
    const std::size_t overrun = thread_.overrun_counter();
    if (overrun == told_) return;
    const std::string text = fmt::format("dropped={}", overrun - told_);
    to_->log({kName, spdlog::level::info, text});
    told_ = overrun;
  }

  const spdlog::sink_ptr to_;
  spdlog::details::thread_pool& thread_;
  std::size_t told_ = 0;
};

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
  const auto task =
      std::make_shared<std::packaged_task<void()>>([thread = std::move(thread)]() mutable { thread.reset(); });
  std::future<void> ended = task->get_future();
  try {
    platform::start_thread("the thread that ends the access log", [task] { (*task)(); }).detach();
  } catch (const std::system_error&) {
    (*task)();
  }
  return ended;
}

}  // namespace

AccessLog::AccessLog(const std::string& target) : target_(target) {
  if (!target_.empty()) reopen();
}

AccessLog::~AccessLog() {
  const auto until = std::chrono::steady_clock::now() + kLastLines;
  logger_.reset();
  if (thread_) ending_.push_back(end(std::move(thread_)));
  for (const std::future<void>& each : ending_) each.wait_until(until);
}

void AccessLog::reopen() {
  if (target_.empty() || (logger_ && target_ == kStderr)) return;
  try {
    const spdlog::sink_ptr sink = sink_of(target_);
    auto thread = std::make_shared<spdlog::details::thread_pool>(kWaitingLines, 1);
    auto logger = std::make_shared<spdlog::async_logger>(kName, std::make_shared<TellingSink>(sink, *thread), thread,
                                                         spdlog::async_overflow_policy::overrun_oldest);
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(kPattern, spdlog::pattern_time_type::utc));
    logger_.swap(logger);
    thread_.swap(thread);
    std::erase_if(ending_, [](const std::future<void>& each) {
      return each.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    if (thread) ending_.push_back(end(std::move(thread)));
  } catch (const spdlog::spdlog_ex& error) {
    throw std::runtime_error(std::string("the access log cannot be opened: ") + error.what());
  } catch (const std::system_error& error) {
    throw std::runtime_error("cannot start the thread for the access log: " + error.code().message() +
                             platform::process_limit_hint(error.code().value()));
  }
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
