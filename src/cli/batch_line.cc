#include "cli/batch_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/json_text.h"

namespace provider_host::cli {
namespace {

constexpr std::array<std::string_view, 8> kFields = {"prompt",  "args",    "id",   "function",
                                                     "options", "context", "vars", "timeout"};

std::optional<RawObject> object_field(const RawObject& fields, const std::string& name) {
  const std::string* raw = fields.find(name);
  if (raw == nullptr) return std::nullopt;
  if (!is_object(*raw)) throw JsonError("'" + name + "' must be an object");
  return RawObject::parse(*raw);
}

const RawObject* pointer(const std::optional<RawObject>& object) { return object ? &*object : nullptr; }

// A list of messages, or any other array or object, becomes its text as JSON.stringify writes it, which is what
// promptfoo passes.
std::string prompt_field(const std::string& raw) {
  if (is_string(raw)) return raw;
  if (is_array(raw) || is_object(raw)) return quote(compact_json(raw));
  throw JsonError("'prompt' must be a string, or a list of messages");
}

std::string function_field(const std::string& raw) {
  if (!is_string(raw) || raw == "\"\"") throw JsonError("'function' must be a string, the name of a function");
  return nlohmann::json::parse(raw).get<std::string>();
}

double timeout_field(const std::string& raw) {
  char* end = nullptr;
  const double seconds = std::strtod(raw.c_str(), &end);
  const bool number = raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9');
  if (!number || *end != '\0' || !std::isfinite(seconds) || seconds < 0) {
    throw JsonError("'timeout' must be a number of seconds, 0 for none");
  }
  return seconds;
}

}  // namespace

Error invalid_line(std::uint64_t line, std::string_view problem) {
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = "line " + std::to_string(line) + ": " + std::string(problem);
  return error;
}

void BatchLineParser::parse_object(std::string_view text, BatchItem& item) const {
  try {
    if (is_string(trim(text)) && api_ != Api::kNone) {
      item.call = call_of_prompt(checked_json(text));
      return;
    }
    const RawObject fields = RawObject::parse(text);
    if (const std::string* id = fields.find("id")) {
      if (is_object(*id) || is_array(*id)) throw JsonError("'id' must be a string, a number, a boolean or null");
      item.id = *id;
    }
    item.call = call_of(fields);
    for (const auto& entry : fields.entries()) {
      if (std::ranges::find(kFields, entry.first) == kFields.end()) on_unknown_field_(entry.first);
    }
  } catch (const JsonError& error) {
    item.call = invalid_line(item.line, error.what());
  }
}

Call BatchLineParser::call_of(const RawObject& fields) const {
  const std::string* prompt = fields.find("prompt");
  const std::string* args = fields.find("args");
  Call call;
  call.api = api_;
  call.function = function_;
  if (const std::string* function = fields.find("function")) call.function = function_field(*function);
  if (const std::string* timeout = fields.find("timeout")) call.timeout = timeout_field(*timeout);
  const auto options = object_field(fields, "options");
  const auto context = object_field(fields, "context");
  const auto vars = object_field(fields, "vars");
  if (api_ == Api::kNone) {
    if (args == nullptr) throw JsonError("with --api none a line needs 'args', an array of arguments");
    if (prompt != nullptr) throw JsonError("with --api none a line has 'args' and no 'prompt'");
    if (!is_array(*args)) throw JsonError("'args' must be an array of arguments");
    call.args_json = *args;
    return call;
  }
  if (prompt == nullptr) {
    throw JsonError(args == nullptr ? "it has no 'prompt'" : "'args' are for --api none; this API takes a 'prompt'");
  }
  if (args != nullptr) throw JsonError("'args' are for --api none; this API takes the 'prompt' alone");
  call.args_json = arguments_.of_prompt(prompt_field(*prompt), {pointer(options), pointer(context), pointer(vars)});
  return call;
}

void BatchLineParser::parse_prompt(std::string_view text, BatchItem& item) const {
  try {
    item.call = call_of_prompt(quote(text));
  } catch (const JsonError& error) {
    item.call = invalid_line(item.line, error.what());
  }
}

Call BatchLineParser::call_of_prompt(const std::string& prompt) const {
  Call call;
  call.api = api_;
  call.function = function_;
  call.args_json = arguments_.of_prompt(prompt, {});
  return call;
}

}  // namespace provider_host::cli
