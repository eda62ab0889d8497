#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "bindings/native_pool.h"
#include "bindings/readable_streams.h"
#include "provider_host/stream.h"

namespace provider_host::bindings {

/// How the event loop of a stream learns that it can be read.
struct LoopOfStream {
  std::shared_ptr<ReadableStreams> streams;
  std::uint64_t number = 0;  ///< Of the stream, among these.
  /// For a loop that cannot watch descriptors, else None: is called on the thread of the pool's callbacks when the
  /// stream can be read. It must run no code of the user's.
  pybind11::object wake;
};

/// A Stream for Python: items are Python objects, failures are exceptions, the GIL is free while it waits. All members
/// need the GIL, which makes them safe between threads. In a forked child reading throws.
class NativeStream {
 public:
  /// Submits the call. `loop`: of a stream that is read by `try_next`.
  NativeStream(pybind11::object pool, Call call, std::optional<LoopOfStream> loop);
  /// `close()`.
  ~NativeStream();
  NativeStream(const NativeStream&) = delete;
  NativeStream& operator=(const NativeStream&) = delete;

  /// Waits for the next item. At the end throws the exception of a failed call, once, or StopIteration with what the
  /// generator has returned. A stream that was closed is at its end. On the main thread, what a signal handler raises
  /// (Ctrl-C) closes the stream and is thrown. RuntimeError when it is being read already.
  pybind11::object next();

  /// The same, but returns `nothing` instead of waiting.
  pybind11::object try_next(const pybind11::object& nothing);

  /// Does nothing when it has ended, and in a forked child, where there is none.
  void close();

 private:
  class Reading;

  [[noreturn]] void end();

  const pybind11::object pool_object_;
  const NativePool& pool_;
  const std::shared_ptr<pybind11::object> wake_;  // threads without the GIL have a weak_ptr to it
  std::unique_ptr<Stream> stream_;
  bool is_read_ = false;
  bool is_over_ = false;  // closed, or its end was told
};

}  // namespace provider_host::bindings
