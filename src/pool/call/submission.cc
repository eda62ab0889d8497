#include "pool/call/submission.h"

#include <algorithm>

#include "base/text_scan.h"
#include "pool/call/failure.h"
#include "provider_host/option_table.h"
#include "wire/frame_codec.h"
#include "wire/json_checker.h"
#include "wire/json_text.h"
#include "wire/json_value.h"

namespace provider_host::internal {

namespace {

constexpr std::size_t kMaxAffinity = 1024;

// Smaller prompts are copied faster than they are looked after.
constexpr std::size_t kWorthBorrowing = std::size_t{16} << 10;

// Bytes of the name in a frame, at most.
std::size_t size_in_frame(const std::string& function) {
  constexpr std::size_t kMaxEscape = std::string_view("\\u0001").size();
  return plain_length(function) == function.size() ? function.size() : kMaxEscape * function.size();
}

bool can_stand_as_it_is(const std::string& prompt) {
  if (prompt.size() < kWorthBorrowing) return false;
  std::string_view rest = prompt;
  rest.remove_prefix(plain_length<StopAt::kEscapedOrNonAscii>(rest));
  return plain_length(rest) == rest.size() && wire::is_utf8(rest);
}

Call written(Api api, const std::string& prompt, std::initializer_list<const nlohmann::json*> objects) {
  const nlohmann::json& options = **objects.begin();
  switch (api) {
    case Api::kEmbedding:
      return Call::embedding(prompt, options);
    case Api::kClassification:
      return Call::classification(prompt, options);
    default:
      return Call::api_call(prompt, options, **(objects.end() - 1));
  }
}

// What a call has instead of the pool's options is held against the same table; the first error.
std::string limit_error(const Call& call) {
  static const PoolOption& timeout = pool_option("timeout");
  static const PoolOption& item_timeout = pool_option("item_timeout");
  static const PoolOption& deadline = pool_option("deadline");
  static const PoolOption& retries = pool_option("retries");
  static const PoolOption& queue_wait = pool_option("queue_wait");
  std::string error;
  if (call.timeout) error = option_error(timeout, *call.timeout);
  if (call.item_timeout && error.empty()) error = option_error(item_timeout, *call.item_timeout);
  if (call.deadline && error.empty()) error = option_error(deadline, *call.deadline);
  if (call.retries && error.empty()) error = option_error(retries, std::int64_t{*call.retries});
  if (call.queue_wait && error.empty()) error = option_error(queue_wait, *call.queue_wait);
  return error;
}

}  // namespace

Submission Submission::of_api(Api api, const std::string& prompt,
                              std::initializer_list<const nlohmann::json*> objects) {
  Submission submission;
  submission.checked = std::all_of(objects.begin(), objects.end(), [](const auto* json) { return json->is_object(); });
  if (!submission.checked || !can_stand_as_it_is(prompt)) {
    submission.call = written(api, prompt, objects);
    return submission;
  }
  submission.prompt = prompt;
  submission.call = written(api, "", objects);
  submission.call.args_json.erase(0, std::string_view("[\"").size());
  return submission;
}

Api followed_api(const Call& call, Api of_script) {
  if (call.api) return *call.api;
  return call.function.empty() ? of_script : api_of_function(call.function).value_or(Api::kCall);
}

std::optional<Error> find_error(const Submission& submission, std::size_t frame_limit) {
  const Call& call = submission.call;
  const Api api = followed_api(call);
  const std::size_t size = submission.prompt.size() + call.args_json.size();
  if (call.timeout || call.item_timeout || call.deadline || call.retries || call.queue_wait) {
    if (const std::string error = limit_error(call); !error.empty()) return invalid_request(error);
  }
  if (call.affinity.size() > kMaxAffinity) {
    return invalid_request("the affinity key has " + std::to_string(call.affinity.size()) + " bytes, more than " +
                           std::to_string(kMaxAffinity));
  }
  if (api == Api::kNone && call.function.empty()) return invalid_request("a call without an API needs a function");
  if (!call.args_error.empty()) return invalid_request("the arguments cannot be sent: " + call.args_error);
  if (size + 1024 + size_in_frame(call.function) > frame_limit) {
    const std::string what = call.function.size() > size ? "the function's name has " : "the arguments have ";
    return invalid_request(what + std::to_string(std::max(size, call.function.size())) +
                           " bytes, too large for the frame limit of " + std::to_string(frame_limit) +
                           " (the option frame_limit)");
  }
  if (submission.checked) return std::nullopt;
  wire::JsonChecker checker(call.args_json, wire::kMaxValueDepth, wire::LoneSurrogates::kAllowed);
  const auto error = checker.find_error();
  if ((error && !wire::is_utf8(call.args_json)) || !wire::is_utf8(call.function)) {
    return invalid_request("the arguments are not UTF-8");
  }
  if (error) return invalid_request("the arguments are no JSON: " + *error);
  if (call.args_json[call.args_json.find_first_not_of(" \t\r\n")] != '[') {
    return invalid_request("the arguments are no JSON array");
  }
  switch (api) {
    case Api::kCall:
      if (checker.items() == "\"{{") return std::nullopt;
      return invalid_request("call_api takes a prompt (string), options (object) and context (object)");
    case Api::kEmbedding:
    case Api::kClassification:
      if (checker.items() == "\"{") return std::nullopt;
      return invalid_request(default_function(api) + " takes a prompt (string) and options (object)");
    case Api::kNone:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace provider_host::internal
