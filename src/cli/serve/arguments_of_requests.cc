#include "cli/serve/arguments_of_requests.h"

#include <memory>
#include <string>

#include "cli/io/json_text.h"
#include "cli/io/raw_object.h"
#include "server/openai/bad_request.h"

namespace provider_host::cli {
namespace {

/// The command line's, read once.
struct Base {
  explicit Base(const ArgumentTexts& texts) : arguments(texts) {
    if (const std::string* json = arguments.options().find("config"); json != nullptr && is_object(*json)) {
      config = RawObject::parse(*json);
    }
  }
  CallArguments arguments;
  RawObject config;
};

RawObject parsed(std::string_view json) { return json.empty() ? RawObject() : RawObject::parse(json); }

std::string arguments_of(const Base& base, const server::RequestArguments& request) {
  RawObject options = parsed(request.options);
  const RawObject context = parsed(request.context);
  if (!request.config.empty()) {
    RawObject config = base.config;
    config.merge(parsed(request.config));
    options.set("config", config.text());
  }
  ArgumentOverrides overrides;
  overrides.options = &options;
  overrides.context = &context;
  return base.arguments.of_prompt(request.api, request.prompt, overrides);
}

}  // namespace

server::ServerOptions::MakeArguments arguments_of_requests(const ArgumentTexts& texts) {
  return [base = std::make_shared<const Base>(texts)](const server::RequestArguments& request) {
    try {
      return arguments_of(*base, request);
    } catch (const JsonError& error) {
      throw server::BadRequest(error.what());
    }
  };
}

}  // namespace provider_host::cli
