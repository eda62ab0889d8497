#pragma once

#include <provider_host/pool.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "inject/failing_allocations.h"
#include "inject/failing_system_calls.h"

namespace provider_host::chaos {

/// The pid of a host of the pool in that state, by `random`; 0 when there is none.
int random_host(const Pool& pool, const std::string& state, std::uint64_t random);

/// Attacks a host of the pool from outside, as the fault of that name says; returns its pid, 0 when there was none to
/// attack. Blocks until it is over, up to 50 ms (host-stopped).
int attack_host(const Pool& pool, const std::string& fault, std::uint64_t random);

/// This process has no descriptors to spare as long as this lives. One at a time: another one waits for its end.
class DescriptorExhaustion {
 public:
  /// Lowers RLIMIT_NOFILE to what is open now, and leaves `spare` descriptors.
  explicit DescriptorExhaustion(int spare = 0);
  ~DescriptorExhaustion();
  DescriptorExhaustion(const DescriptorExhaustion&) = delete;
  DescriptorExhaustion& operator=(const DescriptorExhaustion&) = delete;

  /// Takes what others have closed meanwhile, too.
  void take_all();

 private:
  std::unique_lock<std::mutex> only_one_;
  std::uint64_t before_ = 0;
  std::vector<Fd> taken_;
};

/// Allocations or system calls of this process fail here and there as long as this lives, but for threads that are
/// spared. One at a time: another one waits for its end.
class InjectedFailures {
 public:
  /// `fault` is the name of the fault. Which ones fail follows from `random`.
  InjectedFailures(const std::string& fault, std::uint64_t random);

 private:
  std::unique_lock<std::mutex> only_one_;
  std::optional<inject::FailingAllocations> allocations_;
  std::optional<inject::FailingSystemCalls> system_calls_;
};

/// Counts signals from now on instead of dying of them; they interrupt system calls.
void handle_signals();

/// Sends signals to all threads of this process, for up to 5 ms.
void send_random_signals(std::uint64_t random);

/// Kills a child of this process that is the host of no slot of the pools; returns its pid, 0 when there is none.
int kill_unlisted(const Pool& one, const Pool& other, std::uint64_t random);

/// Kills a host while this process has no descriptors left for another one, for up to a second; returns its pid.
int crash_without_descriptors(const Pool& pool, std::uint64_t random);

}  // namespace provider_host::chaos
