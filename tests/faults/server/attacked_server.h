#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "faults/settings.h"
#include "server/server.h"

namespace provider_host::chaos {

/// Seconds that a client may take for a header, for a part of a body, and to take what is sent to it. Short, as
/// attackers wait for their end.
inline constexpr double kClientLimit = 1;
/// Bytes that a body and a header may have.
inline constexpr std::size_t kMaxBody = std::size_t{4} << 20;
inline constexpr std::size_t kMaxHeader = std::size_t{8} << 10;

/// A server whose clients are the threads of a test, its pool, and what its clients have found wrong. Any thread, but
/// for what says otherwise.
class AttackedServer {
 public:
  AttackedServer(const Settings& settings, int concurrency);
  ~AttackedServer();
  AttackedServer(const AttackedServer&) = delete;
  AttackedServer& operator=(const AttackedServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] server::ServerCounts counts() const;

  /// Hosts are killed, by requests or from outside: others may fail with theirs.
  void let_hosts_die() { hosts_die_ = true; }
  [[nodiscard]] bool hosts_die() const { return hosts_die_; }
  /// It ends: requests may be refused, and connections be closed.
  void begin_end() { ending_ = true; }
  [[nodiscard]] bool is_ending() const { return ending_; }

  void answered() { ++answers_; }
  [[nodiscard]] std::uint64_t answers() const { return answers_; }
  void report(std::string violation);
  [[nodiscard]] std::vector<std::string> violations() const;

  /// Kills a host.
  void kill_host(std::uint64_t random);
  /// Imports the script anew.
  void reload();

  // For the thread that made it, once the clients' end has begun.

  /// As SIGTERM does it.
  void drain();
  /// Ends with all that goes on.
  void stop();
  /// After drain() or stop(), and when no client is left: the server is gone, and its pool ends.
  void end_pool();
  /// After end_pool().
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t succeeded() const { return succeeded_; }

 private:
  std::atomic<bool> hosts_die_ = false;
  std::atomic<bool> ending_ = false;
  std::atomic<std::uint64_t> answers_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> violations_;  // guarded by mutex_
  mutable std::mutex server_mutex_;      // of server_, which is for one thread at a time
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<server::Server> server_;
  int port_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t succeeded_ = 0;
};

}  // namespace provider_host::chaos
