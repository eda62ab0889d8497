#include "cli/commands/test_identity.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <random>

#include "base/random_seed.h"
#include "cli/io/json_text.h"

namespace provider_host::cli {
namespace {

// In the format of promptfoo: three random characters and the time, UTC.
std::string new_evaluation_id() {
  constexpr std::string_view kCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::minstd_rand random(random_seed());
  std::uniform_int_distribution<std::size_t> any(0, kCharacters.size() - 1);
  std::string id = "eval-";
  for (int i = 0; i < 3; ++i) id += kCharacters[any(random)];
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "-%Y-%m-%dT%H:%M:%S", &utc);
  return id.append(text.data(), size);
}

// Paths may be invalid UTF-8; an id need not equal the path byte by byte.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void complete(RawObject& object, std::string_view key, const std::string& raw) {
  if (object.find(key) == nullptr) object.set(key, raw);
}

}  // namespace

void append_test_case_id(std::string& text, std::uint64_t index, std::string_view id) {
  if (is_string(id)) {
    text += id;
    return;
  }
  text += '"';
  if (id == "null") {
    const fmt::format_int number(index);
    text.append(number.data(), number.size()).append("-0");
  } else {
    text += id;
  }
  text += '"';
}

TestIdentity::TestIdentity(const ScriptSpec& spec) : evaluation_id_(quoted(new_evaluation_id())) {
  const std::string function = spec.function.empty() ? "" : ":" + spec.function;
  provider_id_ = quoted("file://" + spec.script.string() + function);
  label_ = quoted(spec.script.filename().string() + function);
}

void TestIdentity::complete_options(RawObject& options) const {
  complete(options, "id", provider_id_);
  complete(options, "label", label_);
}

void TestIdentity::complete_context(RawObject& context, std::uint64_t index, std::string_view id) const {
  std::string test_case_id;
  append_test_case_id(test_case_id, index, id);
  complete(context, "evaluationId", evaluation_id_);
  complete(context, "testCaseId", test_case_id);
  complete(context, "testIdx", std::to_string(index));
  complete(context, "repeatIndex", "0");
  complete(context, "promptIdx", "0");
}

}  // namespace provider_host::cli
