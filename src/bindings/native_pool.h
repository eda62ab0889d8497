#pragma once

#include <pybind11/pybind11.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bindings/deliveries.h"
#include "bindings/pool_options.h"
#include "provider_host/pool.h"
#include "values/json_writer.h"

namespace provider_host::bindings {

/// A Pool for Python: values are Python objects, failures are exceptions, the GIL is free while anything waits. All
/// members need the GIL, which makes them as safe between threads as the pool is. In a forked child nothing of the
/// pool's threads exists, so everything but the destructor throws there.
class NativePool {
 public:
  /// `log(level, host, source, text)` is called for every line, from a thread of its own.
  /// Throws ConfigError, the exception of a failed import, and on the main thread what a signal handler raises
  /// meanwhile (Ctrl-C).
  NativePool(PoolOptions options, pybind11::object log);
  /// Settles everything at once, as `shutdown(0)`; in a forked child nothing happens.
  ~NativePool();
  NativePool(const NativePool&) = delete;
  NativePool& operator=(const NativePool&) = delete;

  /// The result; throws the exception of a failed call. On the main thread, what a signal handler raises (Ctrl-C)
  /// cancels the call and is thrown.
  pybind11::object call(Api api, const pybind11::handle& function, const pybind11::tuple& args,
                        const CallLimits& limits);

  /// (ok, result or exception, latency_ms, host, pid, stdout, stderr).
  pybind11::tuple outcome(Api api, const pybind11::handle& function, const pybind11::tuple& args,
                          const CallLimits& limits);

  /// Queues a call; `on_settled(result, exception)`, one of which is None, is called exactly once, on a thread of the
  /// pool's.
  Pending submit(Api api, const pybind11::handle& function, const pybind11::tuple& args, const CallLimits& limits,
                 const pybind11::object& on_settled);

  /// See Pool::default_api.
  [[nodiscard]] Api default_api() const;
  pybind11::object inspect();
  pybind11::object stats();
  pybind11::object check_health(const pybind11::handle& limit);
  /// Seconds; None: the pool's own `shutdown_timeout`.
  void shutdown(const pybind11::handle& drain);

 private:
  Call make_call(Api api, const pybind11::handle& function, const pybind11::tuple& args,
                 const CallLimits& limits) const;
  Outcome run(Call call);
  [[nodiscard]] std::function<bool()> interrupted() const;
  void post_log(const LogLine& line);
  void check_process() const;

  const pid_t process_;
  const unsigned long main_thread_;
  values::WriterOptions writer_options_;
  pybind11::object log_;
  std::atomic<std::uint64_t> lines_dropped_{0};
  std::unique_ptr<Deliveries> deliveries_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace provider_host::bindings
