#include "bindings/call_encoder.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "bindings/native_pool.h"
#include "bindings/python_values.h"
#include "pipe/call_writer.h"
#include "provider_host/option_table.h"

namespace provider_host::bindings {
namespace {

[[noreturn]] void refuse(std::string why) {
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = std::move(why);
  raise(error);
}

// JSON has no infinity; what else is wrong with a limit is found with the call.
void check_finite(const char* name, const std::optional<double>& seconds) {
  if (seconds && !std::isfinite(*seconds)) refuse(option_error(pool_option(name), *seconds));
}

}  // namespace

pybind11::bytes CallEncoder::encode(std::uint64_t id, Api api, const pybind11::handle& function,
                                    const pybind11::tuple& args, const CallLimits& limits) const {
  constexpr std::uint64_t kLastId = (std::uint64_t{1} << 53U) - 1;
  if (id == 0 || id > kLastId) throw pybind11::value_error("id must be from 1 to 2^53-1");
  check_finite("timeout", limits.timeout);
  check_finite("deadline", limits.deadline);
  check_finite("item_timeout", limits.item_timeout);
  check_finite("queue_wait", limits.queue_wait);
  const Call call = maker_.make(api, function_name(function), args, limits);
  if (!call.args_error.empty()) refuse("the arguments cannot be sent: " + call.args_error);
  std::string frame;
  frame.reserve(call.args_json.size() + 128);
  pipe::append_call(frame, id, call);
  return frame;
}

}  // namespace provider_host::bindings
