#include "promptfoo/helper/messages.h"

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "wire/path_text.h"

namespace provider_host::promptfoo {
namespace {

using nlohmann::json;
using wire::path_of;
using wire::path_text;
using Kind = HelperReply::Kind;

struct KindName {
  Kind kind;
  std::string_view name;
};
constexpr std::array kKinds = {KindName{Kind::kRefused, "refused"}, KindName{Kind::kBegun, "begun"},
                               KindName{Kind::kResult, "result"}, KindName{Kind::kError, "error"}};

std::string_view name_of(Kind kind) {
  for (const KindName& each : kKinds) {
    if (each.kind == kind) return each.name;
  }
  throw std::logic_error("a reply of no kind");
}

Kind kind_of(std::string_view name) {
  for (const KindName& each : kKinds) {
    if (each.name == name) return each.kind;
  }
  throw std::runtime_error("a reply of unknown kind");
}

// Bytes that are no UTF-8 have a text form, too.
std::string bytes_at(const json& message, const char* key) { return path_of(message.at(key).get<std::string>()); }

json parse(std::string_view text, std::string_view type) {
  json message = json::parse(text);
  if (message.at("type").get<std::string>() != type) throw std::runtime_error("a message of another type");
  return message;
}

}  // namespace

std::string encode(const Hello& hello) { return json{{"type", "hello"}, {"version", hello.version}}.dump(); }

Hello decode_hello(std::string_view text) { return {parse(text, "hello").at("version").get<std::string>()}; }

std::string encode(const HelperRequest& request) {
  json environment = json::array();
  for (const std::string& entry : request.environment) environment.push_back(path_text(entry));
  return json{{"type", "request"},
              {"owner", request.owner.pid},
              {"owner_start", request.owner.start_time},
              {"interpreter", path_text(request.interpreter)},
              {"script", path_text(request.script)},
              {"function", path_text(request.function)},
              {"directory", path_text(request.directory)},
              {"umask", request.umask},
              {"environment", std::move(environment)}}
      .dump();
}

HelperRequest decode_request(std::string_view text) {
  const json message = parse(text, "request");
  HelperRequest request;
  request.owner = {message.at("owner").get<pid_t>(), message.at("owner_start").get<std::uint64_t>()};
  request.interpreter = bytes_at(message, "interpreter");
  request.script = bytes_at(message, "script");
  request.function = bytes_at(message, "function");
  request.directory = bytes_at(message, "directory");
  request.umask = message.at("umask").get<unsigned>();
  for (const json& entry : message.at("environment")) request.environment.push_back(path_of(entry.get<std::string>()));
  return request;
}

std::string encode(const HelperReply& reply) {
  return json{{"type", name_of(reply.kind)},
              {"text", path_text(reply.text)},
              {"stdout", path_text(reply.stdout_text)},
              {"stderr", path_text(reply.stderr_text)},
              {"exit_code", reply.exit_code}}
      .dump();
}

HelperReply decode_reply(std::string_view text) {
  const json message = json::parse(text);
  HelperReply reply;
  reply.kind = kind_of(message.at("type").get<std::string>());
  reply.text = bytes_at(message, "text");
  reply.stdout_text = bytes_at(message, "stdout");
  reply.stderr_text = bytes_at(message, "stderr");
  reply.exit_code = message.at("exit_code").get<int>();
  return reply;
}

}  // namespace provider_host::promptfoo
