#include "provider_host/call.h"

#include <utility>

namespace provider_host {
namespace {

// Text that is no UTF-8 stays as it is and is refused at submission, where it becomes `invalid_request`.
std::string dump(const nlohmann::json& json) {
  try {
    return json.dump();
  } catch (const nlohmann::json::type_error& error) {
    return error.what();
  }
}

Call make(Api api, std::string args_json) {
  Call call;
  call.api = api;
  call.args_json = std::move(args_json);
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

Call Call::api_call(const std::string& prompt, const nlohmann::json& options, const nlohmann::json& context) {
  return make(Api::kCall, dump(nlohmann::json::array({prompt, options, context})));
}

Call Call::embedding(const std::string& prompt, const nlohmann::json& options) {
  return make(Api::kEmbedding, dump(nlohmann::json::array({prompt, options})));
}

Call Call::classification(const std::string& prompt, const nlohmann::json& options) {
  return make(Api::kClassification, dump(nlohmann::json::array({prompt, options})));
}

Call Call::of(std::string function, const nlohmann::json& args) {
  Call call = make(Api::kNone, dump(args));
  call.function = std::move(function);
  return call;
}

}  // namespace provider_host
