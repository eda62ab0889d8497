#include "server/calls/call_request.h"

#include <array>
#include <charconv>
#include <optional>

#include "server/openai/bad_request.h"
#include "server/openai/request_members.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::server {
namespace {

enum Key : std::size_t {
  kPrompt,
  kOptions,
  kContext,
  kFunction,
  kArgs,
  kTimeout,
  kItemTimeout,
  kDeadline,
  kAffinity,
  kApi,
  kStream,
  kKeys
};
constexpr std::array<std::string_view, kKeys> kKeyNames{"prompt",   "options", "context",      "function",
                                                        "args",     "timeout", "item_timeout", "deadline",
                                                        "affinity", "api",     "stream"};

/// The members of the request, each as it was sent; empty: not there, or null.
using Fields = std::array<std::string_view, kKeys>;

Fields fields_of(std::string_view body) {
  Fields fields;
  for (wire::JsonMembers members(body); members.next();) {
    const std::string name = wire::unescaped(members.name());
    std::size_t key = 0;
    while (key < kKeys && kKeyNames[key] != name) ++key;
    if (key == kKeys) {
      std::string known;
      for (const std::string_view other : kKeyNames) known.append(known.empty() ? "" : ", ").append(other);
      throw BadRequest("'" + name + "' means nothing here; a call has " + known, name);
    }
    fields[key] = is_given(members.value()) ? members.value() : std::string_view();
  }
  return fields;
}

std::string text_of(const Fields& fields, Key key) {
  const std::string_view json = fields[key];
  if (json.empty()) return "";
  const std::string name(kKeyNames[key]);
  if (!is_text(json)) throw BadRequest("'" + name + "' must be a string", name);
  return wire::unescaped(json.substr(1, json.size() - 2));
}

std::optional<double> seconds_of(const Fields& fields, Key key) {
  const std::string_view json = fields[key];
  if (json.empty()) return std::nullopt;
  double seconds = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), seconds);
  if (error != std::errc() || end != json.data() + json.size()) {
    const std::string name(kKeyNames[key]);
    throw BadRequest("'" + name + "' must be a number of seconds", name);
  }
  return seconds;
}

std::string_view object_of(const Fields& fields, Key key) {
  if (!fields[key].empty() && !is_object(fields[key])) {
    const std::string name(kKeyNames[key]);
    throw BadRequest("'" + name + "' must be an object", name);
  }
  return fields[key];
}

std::optional<Api> api_of(const Fields& fields) {
  const std::string name = text_of(fields, kApi);
  if (name.empty()) return std::nullopt;
  if (name == "call") return Api::kCall;
  if (name == "embedding") return Api::kEmbedding;
  if (name == "classification") return Api::kClassification;
  if (name == "none") return Api::kNone;
  throw BadRequest("'api' must be call, embedding, classification or none, not \"" + name + "\"", "api");
}

// A prompt that is no text is passed as its JSON text, as promptfoo passes a conversation.
std::string prompt_of(std::string_view json) { return is_text(json) ? std::string(json) : wire::quote(json); }

void set_arguments(Call& call, const Fields& fields, const ServerOptions& options, Api default_api) {
  const std::string_view call_options = object_of(fields, kOptions);
  const std::string_view context = object_of(fields, kContext);
  if (!fields[kArgs].empty()) {
    if (!fields[kPrompt].empty()) throw BadRequest("'prompt' and 'args' exclude each other", "args");
    if (!is_list(fields[kArgs])) throw BadRequest("'args' must be an array of arguments", "args");
    if (!call.api) call.api = call.function.empty() ? default_api : api_of_function(call.function).value_or(Api::kNone);
    call.args_json = fields[kArgs];
    return;
  }
  if (!call.api) call.api = call.function.empty() ? default_api : api_of_function(call.function).value_or(Api::kCall);
  if (call.api == Api::kNone) throw BadRequest("with the api none, 'args' is due, an array of arguments", "args");
  if (fields[kPrompt].empty()) throw BadRequest("'prompt' is missing (or 'args', an array of arguments)", "prompt");
  const std::string prompt = prompt_of(fields[kPrompt]);
  call.args_json =
      options.make_arguments({.api = *call.api, .prompt = prompt, .options = call_options, .context = context});
}

}  // namespace

CallRequest parse_call_request(std::string_view body, const ServerOptions& options, Api default_api) {
  require_object(body);
  const Fields fields = fields_of(body);
  CallRequest request;
  Call& call = request.call;
  call.api = api_of(fields);
  call.function = text_of(fields, kFunction);
  if (call.function.empty()) call.function = options.function;
  call.timeout = seconds_of(fields, kTimeout);
  call.item_timeout = seconds_of(fields, kItemTimeout);
  call.deadline = seconds_of(fields, kDeadline);
  call.affinity = text_of(fields, kAffinity);
  request.stream = is_true(fields[kStream], "stream");
  set_arguments(call, fields, options, default_api);
  if (call.api == Api::kNone && call.function.empty())
    throw BadRequest("with the api none, 'function' is due", "function");
  return request;
}

}  // namespace provider_host::server
