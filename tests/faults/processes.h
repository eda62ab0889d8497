#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace provider_host::chaos {

/// One process as /proc tells of it.
struct ProcessEntry {
  int pid = 0;
  int parent = 0;
  int session = 0;
  char state = '?';  ///< `Z` for a zombie.
  std::string name;
};

/// All processes of the machine that this user may see.
std::vector<ProcessEntry> all_processes();

/// The processes of this run: all that inherited a mark in the environment, however they left their parents. Construct
/// it before the first thread and the first pool.
class Descendants {
 public:
  Descendants();

  /// Children of this process that ended and were not reaped, as texts.
  [[nodiscard]] static std::vector<std::string> zombies();
  /// Living ones in this session, as texts; those that made their own session are left alone.
  [[nodiscard]] std::vector<std::string> left_over() const;
  /// Kills all of them, those in other sessions too.
  void kill_all() const;

 private:
  [[nodiscard]] std::vector<ProcessEntry> marked() const;

  std::string mark_;
};

/// A child of this process that can be sent signals without the danger of meeting another one with its number.
class ChildProcess {
 public:
  explicit ChildProcess(int pid);
  /// Whether it is a child of ours and lives, as far as one can know.
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(pidfd_); }
  /// Whether the signal was sent.
  bool signal(int number) const;

 private:
  Fd pidfd_;
};

/// Resident memory of this process in bytes.
std::size_t resident_bytes();
/// Number of open descriptors of this process; 0 when they cannot be counted now.
std::size_t open_descriptor_count();

/// Waits for at most 10 s until `count` is no higher than `expected`, and returns whether it is. Threads may be seen
/// for a moment after they have been joined, and those that wait for a host end, and close what they have, just after
/// it.
bool comes_down_to(std::size_t expected, const std::function<std::size_t()>& count);

}  // namespace provider_host::chaos
