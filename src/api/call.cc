#include "provider_host/call.h"

#include <initializer_list>
#include <utility>

#include "wire/json_value.h"

namespace provider_host {
namespace {

// What has no JSON text makes the call one that is refused at submission.
Call make(Api api, const std::string& prompt, std::initializer_list<const nlohmann::json*> more) {
  Call call;
  call.api = api;
  call.args_json.clear();
  call.args_json.reserve(prompt.size() + prompt.size() / 16 + 64);  // most characters are written as they are
  call.args_json += '[';
  try {
    wire::append_json_string(call.args_json, prompt);
    for (const nlohmann::json* argument : more) {
      call.args_json += ',';
      wire::append_json(call.args_json, *argument, 1);
    }
  } catch (const wire::NoJsonText& error) {
    call.args_error = error.what();
  }
  call.args_json += ']';
  return call;
}

}  // namespace

std::string default_function(Api api) {
  switch (api) {
    case Api::kCall:
      return "call_api";
    case Api::kEmbedding:
      return "call_embedding_api";
    case Api::kClassification:
      return "call_classification_api";
    case Api::kNone:
      return "";
  }
  return "";
}

std::optional<Api> api_of_function(std::string_view function) {
  const std::string_view name = function.substr(function.rfind('.') + 1);
  for (const Api api : {Api::kCall, Api::kEmbedding, Api::kClassification}) {
    if (name == default_function(api)) return api;
  }
  return std::nullopt;
}

Call Call::api_call(const std::string& prompt, const nlohmann::json& options, const nlohmann::json& context) {
  return make(Api::kCall, prompt, {&options, &context});
}

Call Call::embedding(const std::string& prompt, const nlohmann::json& options) {
  return make(Api::kEmbedding, prompt, {&options});
}

Call Call::classification(const std::string& prompt, const nlohmann::json& options) {
  return make(Api::kClassification, prompt, {&options});
}

Call Call::of(std::string function, const nlohmann::json& args) {
  Call call;
  call.api = Api::kNone;
  call.function = std::move(function);
  call.args_json.clear();
  try {
    wire::append_json(call.args_json, args);
  } catch (const wire::NoJsonText& error) {
    call.args_error = error.what();
  }
  return call;
}

}  // namespace provider_host
