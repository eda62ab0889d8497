#include "cli/pipe/inspections.h"

#include <exception>
#include <string>
#include <utility>

#include "pipe/pipe_response.h"
#include "platform/thread.h"

namespace provider_host::cli {

Inspections::Inspections(Pool& pool, std::function<void(std::uint64_t, const std::string&)> respond,
                         std::function<bool(std::uint64_t)> is_cancelled)
    : pool_(pool), respond_(std::move(respond)), is_cancelled_(std::move(is_cancelled)) {}

Inspections::~Inspections() {
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    added_.notify_one();
  }
  thread_.join();
}

void Inspections::add(std::uint64_t id) {
  if (!thread_.joinable()) thread_ = platform::start_thread("the thread for inspections", [this] { run(); });
  const MutexLock lock(mutex_);
  ids_.push_back(id);
  added_.notify_one();
}

void Inspections::run() {
  MutexLock lock(mutex_);
  while (true) {
    while (ids_.empty() && !stop_) added_.wait(lock);
    if (stop_) return;
    const std::uint64_t id = ids_.front();
    ids_.pop_front();
    lock.unlock();
    respond_(id, response_to(id));
    lock.lock();
  }
}

std::string Inspections::response_to(std::uint64_t id) const {
  try {
    return pipe::inspection_response(id, pool_.inspect([this, id] { return is_cancelled_(id); }));
  } catch (const InspectionFailed& failed) {
    return pipe::error_response(id, failed.error());
  } catch (const std::exception& failed) {
    Error error;
    error.message = std::string("the script cannot be inspected: ") + failed.what();
    return pipe::error_response(id, error);
  }
}

}  // namespace provider_host::cli
