#pragma once

#include <pybind11/pybind11.h>
#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "bindings/call_maker.h"
#include "bindings/callback_executor.h"
#include "bindings/pool_options.h"
#include "provider_host/pool.h"

namespace provider_host::bindings {

/// Requests that a start be cancelled. From any thread.
class CancelToken {
 public:
  void cancel() { cancelled_ = true; }
  [[nodiscard]] bool is_cancelled() const { return cancelled_; }

 private:
  std::atomic<bool> cancelled_ = false;
};

/// Returns when no destructor of a NativePool is running. Needs the GIL.
void wait_for_ending_pools();

/// The name that a call gives its function by. Raises TypeError for anything but a str.
std::string function_name(const pybind11::handle& function);

/// A Pool for Python: values are Python objects, failures are exceptions, the GIL is free while anything waits. All
/// members need the GIL, which makes them as safe between threads as the pool is. In a forked child nothing of the
/// pool's threads exists, so everything but the destructor throws there.
class NativePool {
 public:
  /// `log(level, host, source, text)` is called for every line, from a thread of its own. It is kept as long as the
  /// pool, where Python's garbage collection does not see it.
  /// Throws ConfigError, the exception of a failed import, and on the main thread what a signal handler raises
  /// meanwhile (Ctrl-C). Once `start` is cancelled all hosts are ended, and the error is of the kind `cancelled`.
  NativePool(PoolOptions options, const pybind11::object& log, std::shared_ptr<CancelToken> start);
  /// Settles everything at once, as `shutdown(0)`, on any thread; in a forked child nothing happens.
  ~NativePool();
  NativePool(const NativePool&) = delete;
  NativePool& operator=(const NativePool&) = delete;

  /// The result; throws the exception of a failed call. On the main thread, what a signal handler raises (Ctrl-C)
  /// cancels the call and is thrown.
  pybind11::object call(Api api, const pybind11::handle& function, const pybind11::tuple& args,
                        const CallLimits& limits);

  /// The same, but see `outcome_tuple` for what it returns; a failed call is no exception.
  pybind11::tuple outcome(Api api, const pybind11::handle& function, const pybind11::tuple& args,
                          const CallLimits& limits);

  /// Queues a call; `on_settled(result, exception)`, one of which is None, is called exactly once, on a thread
  /// for this alone (or this one, when the pool has been shut down); it must run no code of the user's. When the
  /// queue is full this waits for space if it `may_block`, else the call waits in the queue.
  Pending submit(Api api, const pybind11::handle& function, const pybind11::tuple& args, const CallLimits& limits,
                 const pybind11::object& on_settled, bool may_block);

  /// See CallMaker::make.
  [[nodiscard]] Call make_call(Api api, std::string function, const pybind11::tuple& args,
                               const CallLimits& limits) const;
  /// On the main thread, whether a signal handler has raised; the exception stays set. Needs no GIL. Empty on any
  /// other thread.
  [[nodiscard]] std::function<bool()> interrupted() const;
  /// Throws in a forked child.
  void check_process() const { static_cast<void>(default_api()); }
  [[nodiscard]] bool is_here() const;
  [[nodiscard]] Pool& pool() const { return *pool_; }
  /// The thread of the callbacks.
  [[nodiscard]] const std::shared_ptr<CallbackExecutor>& callbacks() const { return callbacks_; }

  /// That of the options, in seconds; 0: none.
  [[nodiscard]] double deadline() const { return deadline_; }

  /// See Pool::default_api.
  [[nodiscard]] Api default_api() const;
  pybind11::object inspect();
  /// See Pool::reload. Raises what the start raises.
  void reload();
  pybind11::object stats();
  pybind11::object check_health(const pybind11::handle& limit);
  /// See Pool::flush_log.
  void flush_log();
  /// Seconds; None: the pool's own `shutdown_timeout`. Returns when no host is left and every call has been delivered.
  /// On the main thread, what a signal handler raises meanwhile (Ctrl-C) ends the drain at once, and is thrown then.
  void shutdown(const pybind11::handle& drain);

 private:
  Outcome run(Call call);

  const pid_t process_;
  const unsigned long main_thread_;
  const double shutdown_timeout_;
  const double deadline_;
  const CallMaker call_maker_;
  const std::shared_ptr<CallbackExecutor> callbacks_ = std::make_shared<CallbackExecutor>();
  std::unique_ptr<Pool> pool_;
};

}  // namespace provider_host::bindings
