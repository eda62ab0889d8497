#include "host/calls/request.h"

#include "host/calls/message_fields.h"
#include "host/protocol_violation.h"

namespace provider_host::host {
namespace {

constexpr std::uint64_t kMaxId = (std::uint64_t{1} << 53U) - 1;
constexpr std::size_t kKeptParserCapacity = std::size_t{4} << 20;

Api parse_api(std::string_view name) {
  if (name == "call") return Api::kCall;
  if (name == "embedding") return Api::kEmbedding;
  if (name == "classification") return Api::kClassification;
  if (name == "none") return Api::kNone;
  throw ProtocolViolation("an unknown api: " + std::string(name));
}

}  // namespace

Request RequestReader::read(std::string_view payload) {
  if (!parser_ || parser_->capacity() > kKeptParserCapacity) parser_.emplace();
  MessageFields fields(*parser_, payload);
  Request request;
  const std::string type(fields.text("type"));
  if (type != "call" && type != "inspect") throw ProtocolViolation("an unexpected message of type " + type);
  request.id = fields.number("id", 1, kMaxId);
  request.inspect = type == "inspect";
  if (!request.inspect) {
    request.function = fields.text("function");
    request.api = parse_api(fields.text("api"));
    auto args = fields.value("args");
    try {
      request.args = json_reader_.read(args);
    } catch (const values::JsonReadError& error) {
      throw ProtocolViolation(std::string("malformed arguments: ") + error.what());
    } catch (const pybind11::error_already_set& error) {
      request.args_error = error.what();
      return request;
    } catch (const std::bad_alloc&) {
      request.args_error = "out of memory";
      return request;
    }
    if (!PyList_CheckExact(request.args.ptr())) throw ProtocolViolation("\"args\" is no array");
  }
  fields.end();
  return request;
}

}  // namespace provider_host::host
