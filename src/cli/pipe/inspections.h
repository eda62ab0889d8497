#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <thread>

#include "base/mutex.h"
#include "provider_host/pool.h"

namespace provider_host::cli {

/// Makes inspections, which wait for a host, one after the other on a thread of their own.
class Inspections {
 public:
  /// `respond` gets each response on that thread, as a payload. `is_cancelled` is asked several times a second.
  Inspections(Pool& pool, std::function<void(std::uint64_t id, const std::string& payload)> respond,
              std::function<bool(std::uint64_t id)> is_cancelled);
  /// Waits for the one that is being made; the rest gets no response.
  ~Inspections();
  Inspections(const Inspections&) = delete;
  Inspections& operator=(const Inspections&) = delete;

  void add(std::uint64_t id);

 private:
  void run();
  [[nodiscard]] std::string response_to(std::uint64_t id) const;

  Pool& pool_;
  const std::function<void(std::uint64_t, const std::string&)> respond_;
  const std::function<bool(std::uint64_t)> is_cancelled_;
  Mutex mutex_;
  CondVar added_;
  std::deque<std::uint64_t> ids_ GUARDED_BY(mutex_);
  bool stop_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // from the first inspection on
};

}  // namespace provider_host::cli
