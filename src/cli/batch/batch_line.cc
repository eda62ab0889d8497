#include "cli/batch/batch_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/batch/usual_line.h"
#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

constexpr std::array<std::string_view, 9> kFields = {"prompt",  "args", "id",      "function", "options",
                                                     "context", "vars", "timeout", "affinity"};

std::optional<RawObject> object_field(const RawObject& fields, const std::string& name) {
  const std::string* raw = fields.find(name);
  if (raw == nullptr) return std::nullopt;
  if (!is_object(*raw)) throw JsonError("'" + name + "' must be an object");
  return RawObject::parse(*raw);
}

template <typename Value>
const Value* pointer(const std::optional<Value>& value) {
  return value ? &*value : nullptr;
}

// A list of messages, or any other array or object, becomes its text as JSON.stringify writes it, which is what
// promptfoo passes.
std::string prompt_field(const std::string& raw) {
  if (is_string(raw)) return raw;
  if (is_array(raw) || is_object(raw)) return quote(compact_json(raw));
  throw JsonError("'prompt' must be a string, or a list of messages");
}

std::string function_field(const std::string& raw) {
  if (!is_string(raw) || raw == "\"\"") throw JsonError("'function' must be a string, the name of a function");
  const auto name = nlohmann::json::parse(raw, nullptr, false);
  if (!name.is_string()) throw JsonError("'function' must be text, without halves of surrogate pairs");
  return name.get<std::string>();
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

// The raw value at a dotted path; nullopt when there is none. A field that is called like the whole path comes first.
std::optional<std::string> value_at(const RawObject& object, std::string_view path) {
  if (const std::string* raw = object.find(path)) return *raw;
  const std::size_t dot = path.find('.');
  const std::string* raw = dot == std::string_view::npos ? nullptr : object.find(path.substr(0, dot));
  if (raw == nullptr || !is_object(*raw)) return std::nullopt;
  return value_at(RawObject::parse(*raw), path.substr(dot + 1));
}

// Any scalar is a key, null is none.
std::string affinity_key(const std::string& name, const std::string& raw) {
  if (is_object(raw) || is_array(raw))
    throw JsonError("'" + name + "', the affinity key, must be a string or a number");
  if (raw == "null") return "";
  if (!is_string(raw)) return raw;
  const auto key = nlohmann::json::parse(raw, nullptr, false);
  if (!key.is_string())
    throw JsonError("'" + name + "', the affinity key, must be text, without halves of surrogate pairs");
  return key.get<std::string>();
}

}  // namespace

Error invalid_line(std::uint64_t line, std::string_view message) {
  Error error;
  error.kind = ErrorKind::kInvalidRequest;
  error.message = "line " + std::to_string(line) + ": " + std::string(message);
  return error;
}

BatchLineParser::BatchLineParser(LineDefaults defaults, OnUnknownField on_unknown_field)
    : defaults_(std::move(defaults)), on_unknown_field_(std::move(on_unknown_field)) {
  const Api api = *begun_call(defaults_.function).api;
  if (api == Api::kNone || defaults_.knows_inputs || !defaults_.affinity.empty()) return;
  usual_ = defaults_.arguments.of_usual(api, pointer(defaults_.identity));
}

// Most lines: quickly, without a tree. Returns false, with nothing done, for others and for those that are wrong.
bool BatchLineParser::parse_usual(std::string_view text, BatchItem& item) const {
  if (!usual_) return false;
  const auto line = read_usual_line(text);
  if (!line) return false;
  std::string arguments;
  const ArgumentTemplate::Values values{line->prompt, line->vars, item.index, line->id};
  if (!usual_->append(arguments, values)) return false;
  item.id = line->id;
  Call& call = item.call.emplace<Call>(begun_call(defaults_.function));
  call.args_json = std::move(arguments);
  return true;
}

void BatchLineParser::parse_object(std::string_view text, BatchItem& item) const {
  if (parse_usual(text, item)) return;
  try {
    if (is_string(trim(text)) && defaults_.api != Api::kNone) {
      item.call = call_of_prompt(checked_json(text), item);
      return;
    }
    const RawObject fields = RawObject::parse(text);
    if (const std::string* id = fields.find("id")) {
      if (is_object(*id) || is_array(*id)) throw JsonError("'id' must be a string, a number, a boolean or null");
      item.id = *id;
    }
    item.call = call_of(fields, item);
    for (const auto& entry : fields.entries()) {
      if (!is_known(entry.first)) on_unknown_field_(entry.first);
    }
  } catch (const JsonError& error) {
    item.call = invalid_line(item.line, error.what());
  }
}

// A call of `function`, arguments not set.
Call BatchLineParser::begun_call(std::string function) const {
  Call call;
  call.api = defaults_.api      ? *defaults_.api
             : function.empty() ? defaults_.api_of_script
                                : api_of_function(function).value_or(Api::kCall);
  call.function = std::move(function);
  return call;
}

// Sets the arguments of the call.
void BatchLineParser::complete(Call& call, std::string_view prompt, ArgumentOverrides overrides) const {
  call.args_json = defaults_.arguments.of_prompt(*call.api, prompt, overrides);
  if (!defaults_.knows_inputs) return;
  overrides.identity = nullptr;
  const std::string input = call.function + '\0' + defaults_.arguments.of_prompt(*call.api, prompt, overrides);
  call.input = std::hash<std::string>()(input) | 1U;
}

bool BatchLineParser::is_known(const std::string& field) const {
  return std::ranges::find(kFields, field) != kFields.end() ||
         (!defaults_.affinity.empty() && defaults_.affinity.substr(0, defaults_.affinity.find('.')) == field) ||
         defaults_.affinity == field;
}

std::string BatchLineParser::affinity_of(const RawObject& fields) const {
  if (const std::string* raw = fields.find("affinity")) return affinity_key("affinity", *raw);
  if (defaults_.affinity.empty()) return "";
  auto raw = value_at(fields, defaults_.affinity);
  if (!raw) raw = value_at(fields, "vars." + defaults_.affinity);
  return raw ? affinity_key(defaults_.affinity, *raw) : "";
}

Call BatchLineParser::call_of(const RawObject& fields, const BatchItem& item) const {
  const std::string* prompt = fields.find("prompt");
  const std::string* args = fields.find("args");
  const std::string* function = fields.find("function");
  Call call = begun_call(function != nullptr ? function_field(*function) : defaults_.function);
  call.affinity = affinity_of(fields);
  if (const std::string* timeout = fields.find("timeout")) call.timeout = timeout_field(*timeout);
  const auto options = object_field(fields, "options");
  const auto context = object_field(fields, "context");
  const auto vars = object_field(fields, "vars");
  if (call.api == Api::kNone) {
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
  complete(call, prompt_field(*prompt),
           {pointer(options), pointer(context), pointer(vars), pointer(defaults_.identity), item.index, item.id});
  return call;
}

void BatchLineParser::parse_prompt(std::string_view text, BatchItem& item) const {
  try {
    item.call = call_of_prompt(quote(text), item);
  } catch (const JsonError& error) {
    item.call = invalid_line(item.line, error.what());
  }
}

// Of an input without fields, but for the prompt.
Call BatchLineParser::call_of_prompt(const std::string& prompt, const BatchItem& item) const {
  if (!defaults_.affinity.empty()) throw JsonError("--affinity names a field, and this input has none");
  Call call = begun_call(defaults_.function);
  complete(call, prompt, {.identity = pointer(defaults_.identity), .index = item.index});
  return call;
}

}  // namespace provider_host::cli
