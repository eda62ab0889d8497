#include "host/calls/request.h"

#include <algorithm>
#include <utility>

#include "host/calls/message_fields.h"
#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

constexpr std::size_t kKeptParserCapacity = std::size_t{4} << 20;

std::optional<Api> api_of(std::string_view name) {
  if (name == "call") return Api::kCall;
  if (name == "embedding") return Api::kEmbedding;
  if (name == "classification") return Api::kClassification;
  if (name == "none") return Api::kNone;
  return std::nullopt;
}

Api parse_api(std::string_view name) {
  if (const auto api = api_of(name)) return *api;
  throw ProtocolViolation("an unknown api: " + std::string(name));
}

// Fills in what `read_args` returns, or why there is no memory for it.
template <typename ReadArgs>
void set_args(Request& request, ReadArgs read_args) {
  try {
    request.args = read_args();
  } catch (const pybind11::error_already_set& error) {
    request.args_error = error.what();
  } catch (const std::bad_alloc&) {
    request.args_error = "out of memory";
  }
}

}  // namespace

Request RequestReader::read(std::string_view payload) {
  if (!parser_ || parser_->capacity() > kKeptParserCapacity) parser_.emplace();
  if (const auto head = CallHead::cut(payload)) {
    if (auto request = read_call(*head)) return std::move(*request);
  }
  return read_any(payload);
}

// Nothing when something is wrong: read_any() finds out what.
std::optional<Request> RequestReader::read_call(const CallHead& head) {
  const auto api = api_of(head.api);
  if (!api) return std::nullopt;
  Request request;
  request.id = head.id;
  request.mode = head.mode;
  request.function = head.function;
  request.api = *api;
  try {
    set_args(request, [&] { return json_reader_.read_array(*parser_, head.args); });
  } catch (const values::JsonReadError&) {
    return std::nullopt;
  }
  return request;
}

Request RequestReader::read_any(std::string_view payload) {
  MessageFields fields(*parser_, payload);
  Request request;
  const std::string type(fields.text("type"));
  const auto mode = std::ranges::find(wire::kCallTypes, type);
  if (mode == wire::kCallTypes.end() && type != "inspect") {
    throw ProtocolViolation("an unexpected message of type " + type);
  }
  request.id = fields.number("id", 1, kMaxCallId);
  request.inspect = type == "inspect";
  if (!request.inspect) {
    request.mode = static_cast<Mode>(mode - wire::kCallTypes.begin());
    request.function = fields.text("function");
    request.api = parse_api(fields.text("api"));
    auto args = fields.value("args");
    try {
      set_args(request, [&] { return json_reader_.read(args); });
    } catch (const values::JsonReadError& error) {
      throw ProtocolViolation(std::string("malformed arguments: ") + error.what());
    }
    if (!request.args_error.empty()) return request;
    if (!PyList_CheckExact(request.args.ptr())) throw ProtocolViolation("\"args\" is no array");
  }
  fields.end();
  return request;
}

}  // namespace provider_host::host
