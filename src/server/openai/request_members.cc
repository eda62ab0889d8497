#include "server/openai/request_members.h"

#include "server/openai/bad_request.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::server {

void require_object(std::string_view body) {
  if (const auto error = wire::json_error(body, kMaxRequestDepth)) {
    throw BadRequest("the body of the request is not JSON: " + *error);
  }
  if (!is_object(wire::without_space(body))) throw BadRequest("the body of the request must be a JSON object");
}

std::string model_of(std::string_view model) {
  if (!is_given(model)) return {};
  if (!is_text(model)) throw BadRequest("'model' must be a text", "model");
  return std::string(model);
}

bool is_true(std::string_view json, std::string_view param) {
  if (!is_given(json) || json == "false") return false;
  if (json != "true") throw BadRequest("'" + std::string(param) + "' must be true or false", std::string(param));
  return true;
}

void append_member(std::string& members, std::string_view name, std::string_view value) {
  if (!is_given(value)) return;
  if (!members.ends_with('{')) members += ',';
  members.append("\"").append(name).append("\":").append(value);
}

}  // namespace provider_host::server
