#include "bindings/call_maker.h"

#include <utility>

#include "bindings/python_values.h"

namespace provider_host::bindings {

CallMaker::CallMaker(const PoolOptions& options)
    : writer_options_{.nan_as_null = options.nan == NanPolicy::kNull,
                      .replace_surrogates = options.surrogates == SurrogatePolicy::kReplace,
                      .escape_surrogates = true,  // a script may have any str that its caller has
                      .bytes_as_base64 = options.bytes == BytesPolicy::kBase64,
                      .size_limit = options.frame_limit,
                      .subject = "their text"} {}

Call CallMaker::make(Api api, std::string function, const pybind11::tuple& args, const CallLimits& limits) const {
  Call call;
  call.api = api;
  call.function = std::move(function);
  call.timeout = limits.timeout;
  call.deadline = limits.deadline;
  call.item_timeout = limits.item_timeout;
  call.retries = limits.retries;
  call.queue_wait = limits.queue_wait;
  call.affinity = limits.affinity;
  try {
    call.args_json = text_of(args, writer_options_);
  } catch (const InvalidArguments& error) {
    call.args_error = error.what();
  }
  return call;
}

}  // namespace provider_host::bindings
