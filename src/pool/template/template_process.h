#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "pool/host/host.h"
#include "pool/host/spawned_host.h"
#include "pool/log_queue.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "pool/template/fork.h"
#include "wire/messages.h"

namespace provider_host::internal {

/// A template that is ready: asks it for forks, hears what becomes of them, and has it reap those that have ended
/// (docs/protocol.md, "The template"). Belongs to the reactor thread.
class TemplateProcess {
 public:
  /// `host` is the process; all outlive this.
  TemplateProcess(Host& host, Reactor& reactor, LogQueue& log);
  /// Its forks live on; how they end will not be known.
  ~TemplateProcess();
  TemplateProcess(const TemplateProcess&) = delete;
  TemplateProcess& operator=(const TemplateProcess&) = delete;

  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] Host& host() { return host_; }
  /// Has it fork a host, which has a pid a little later; one that cannot be forked ends at once. Throws
  /// std::system_error.
  SpawnedHost fork();
  /// Whether it is to fork so many already that others should wait.
  [[nodiscard]] bool is_busy() const { return pending_ >= kMaxPending; }
  /// Whether forks are left that it has not reaped.
  [[nodiscard]] bool has_forks() const { return !forks_.empty(); }
  /// Forked, unforked or exited.
  void on_message(const wire::HostMessage& message);

 private:
  static constexpr int kMaxPending = 16;

  using Forks = std::map<std::uint64_t, std::shared_ptr<Fork>>;

  void send_fork(std::uint64_t id, const HostEnds& ends) const;
  void send(std::string_view frame);
  void await_fork();
  void reap(std::uint64_t id);

  Host& host_;
  Reactor& reactor_;
  LogQueue& log_;
  Forks forks_;  // by id
  std::uint64_t last_id_ = 0;
  int pending_ = 0;     // that are neither forked nor unforked
  Timer patience_;      // for the next of them
  std::string unsent_;  // whole frames, the first perhaps in part
};

}  // namespace provider_host::internal
