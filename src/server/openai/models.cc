#include "server/openai/models.h"

#include "wire/json_text.h"

namespace provider_host::server {

std::string model_object(std::string_view name, std::int64_t created) {
  std::string body = R"({"id":)";
  wire::append_quoted(body, name);
  body.append(R"(,"object":"model","created":)").append(std::to_string(created));
  return body += R"(,"owned_by":"provider-host"})";
}

std::string models_list(std::string_view name, std::int64_t created) {
  return R"({"object":"list","data":[)" + model_object(name, created) + "]}";
}

}  // namespace provider_host::server
