#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

#include "bindings/call_maker.h"

namespace provider_host::bindings {

/// Writes calls as frames, for a pool in another process. All members need the GIL.
class CallEncoder {
 public:
  /// `options`: those of the pool that will get the calls.
  explicit CallEncoder(const PoolOptions& options) : maker_(options) {}

  /// The call as one frame (pipe/call_writer.h), a bytes. `id`: 1 to 2^53-1. Raises InvalidRequest when the arguments
  /// have no JSON form, or a limit is no finite number.
  [[nodiscard]] pybind11::bytes encode(std::uint64_t id, Api api, const pybind11::handle& function,
                                       const pybind11::tuple& args, const CallLimits& limits) const;

 private:
  CallMaker maker_;
};

}  // namespace provider_host::bindings
