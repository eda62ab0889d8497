#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "bindings/pool_options.h"
#include "provider_host/call.h"
#include "values/json_writer.h"

namespace provider_host::bindings {

/// Makes calls of Python arguments, by the options of a pool. Copies are cheap. All members need the GIL.
class CallMaker {
 public:
  explicit CallMaker(const PoolOptions& options);

  /// One whose arguments have no JSON form says so (Call::args_error), and settles as `invalid_request`.
  [[nodiscard]] Call make(Api api, std::string function, const pybind11::tuple& args, const CallLimits& limits) const;

 private:
  values::WriterOptions writer_options_;
};

}  // namespace provider_host::bindings
