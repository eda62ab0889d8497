#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pool/host/host.h"
#include "pool/host/spawned_host.h"
#include "pool/log_queue.h"
#include "pool/policy/crash_attribution.h"
#include "pool/reactor/reactor.h"
#include "provider_host/options.h"
#include "wire/messages.h"

namespace provider_host::internal {

/// Starts host processes with the program, the environment and the start message that the options ask for. Belongs to
/// the reactor thread.
class Launcher {
 public:
  /// Makes the process of a host; may throw any std::exception, which ends that start. On the reactor thread.
  using Spawner = std::function<SpawnedHost(const HostProgram& program, const std::string& script)>;

  /// What the options lead to.
  struct Program {
    HostProgram host;
    std::string python;  ///< Path of the interpreter.
  };
  /// Resolves the interpreter and its host; asks the interpreter for its version. Any thread. Throws ConfigError.
  static Program resolve(const PoolOptions& options);

  /// The same. Throws ConfigError, ImportFailed (no such script). All outlive this.
  Launcher(const PoolOptions& options, Spawner spawner, LogQueue& log);

  /// A new host with this number, which imports the script: kFresh or kTemplate. Throws std::exception.
  std::unique_ptr<Host> launch(int number, HostStart::Origin origin, Reactor& reactor, Host::Listener& listener) const;
  /// The same for a process that a template forks.
  std::unique_ptr<Host> adopt(int number, SpawnedHost fork, Reactor& reactor, Host::Listener& listener) const;

  /// A host has exited before it was ready. Returns whether its script executes itself again with another Python; from
  /// now on hosts run with that one. Throws ConfigError when they cannot.
  bool follow(const Host& host);

  /// Further hosts run with this program. The script may execute itself again with another one, once.
  void use(Program program);

  /// File name of the script.
  [[nodiscard]] const std::string& script_name() const { return script_name_; }

 private:
  std::unique_ptr<Host> make(int number, HostStart::Origin origin, SpawnedHost process, Reactor& reactor,
                             Host::Listener& listener) const;
  void follow(const Executed& executed);

  const PoolOptions& options_;
  const Spawner spawner_;
  LogQueue& log_;
  std::string script_name_;
  HostProgram program_;
  wire::StartMessage start_message_;
  int generation_ = 0;         // of the last two
  bool has_followed_ = false;  // the script has executed itself again
};

}  // namespace provider_host::internal
