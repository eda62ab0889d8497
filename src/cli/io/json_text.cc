#include "cli/io/json_text.h"

#include <simdjson.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace provider_host::cli {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

constexpr int kMaxDepth = 1000;
constexpr std::string_view kWhiteSpace = " \t\r\n";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// -? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)?
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = digits(text);
  if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const std::size_t fraction = digits(text.substr(1));
    if (fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  }
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && digits(text) == text.size();
}

// Whether every escape up to the quote at the end is one that JSON has: \ud800 alone is, though simdjson refuses it.
bool has_good_escapes(const char* text) {
  constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
  for (; *text != '"'; ++text) {
    if (*text != '\\') continue;
    ++text;
    if (*text == 'u') {
      for (int i = 0; i < 4; ++i) {
        if (kHexDigits.find(*++text) == std::string_view::npos) return false;
      }
    } else if (std::string_view("\"\\/bfnrt").find(*text) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

error_code check_string(ondemand::value value) {
  const char* const text = value.raw_json_token().data() + 1;
  const error_code error = value.get_string().error();
  return error == simdjson::STRING_ERROR && has_good_escapes(text) ? simdjson::SUCCESS : error;
}

error_code check(ondemand::value value, int depth);

error_code check_array(ondemand::value value, int depth) {
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) return error;
  for (auto item : array) {
    ondemand::value inner;
    if (const auto error = item.get(inner)) return error;
    if (const auto error = check(inner, depth + 1)) return error;
  }
  return simdjson::SUCCESS;
}

error_code check_object(ondemand::value value, int depth) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) return error;
  for (auto item : object) {
    ondemand::field field;
    if (const auto error = std::move(item).get(field)) return error;
    const char* const key = field.key().raw();
    if (const auto error = field.unescaped_key().error(); error && !has_good_escapes(key)) return error;
    if (const auto error = check(field.value(), depth + 1)) return error;
  }
  return simdjson::SUCCESS;
}

error_code check(ondemand::value value, int depth) {
  if (depth > kMaxDepth) return simdjson::DEPTH_ERROR;
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  switch (type) {
    case ondemand::json_type::array:
      return check_array(value, depth);
    case ondemand::json_type::object:
      return check_object(value, depth);
    case ondemand::json_type::string:
      return check_string(value);
    case ondemand::json_type::number:
    case ondemand::json_type::boolean:
    case ondemand::json_type::null:
      break;
  }
  const std::string_view token = trim(value.raw_json_token());
  if (type == ondemand::json_type::number) return is_number(token) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
  if (type == ondemand::json_type::null) return token == "null" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
  return token == "true" || token == "false" ? simdjson::SUCCESS : simdjson::T_ATOM_ERROR;
}

std::string describe(error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "it is not valid UTF-8";
    case simdjson::DEPTH_ERROR:
      return "it is nested more than " + std::to_string(kMaxDepth) + " levels deep";
    case simdjson::UNCLOSED_STRING:
      return "a string has no end";
    case simdjson::UNESCAPED_CHARS:
      return "a string has a control character in it, which must be escaped";
    case simdjson::STRING_ERROR:
      return "a string has a wrong escape";
    case simdjson::NUMBER_ERROR:
      return "a number is malformed";
    case simdjson::EMPTY:
      return "it is empty";
    default:
      return "a comma, bracket, quote or key is missing or superfluous";
  }
}

// The text becomes the only item of an array, so that scalars need no special case.
error_code check_wrapped(std::string_view text) {
  std::string wrapped;
  wrapped.reserve(text.size() + 2 + simdjson::SIMDJSON_PADDING);
  wrapped.append("[").append(text).append("]");
  ondemand::parser parser;
  ondemand::document document;
  if (const auto error = parser.iterate(wrapped).get(document)) return error;
  ondemand::array array;
  if (const auto error = document.get_array().get(array)) return error;
  int items = 0;
  for (auto item : array) {
    ondemand::value value;
    if (const auto error = item.get(value)) return error;
    if (const auto error = check(value, 0)) return error;
    ++items;
  }
  const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return items == 1 && at_end ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
}

// Doubles without a fraction are written without one in JavaScript.
void make_whole(nlohmann::ordered_json& value) {
  constexpr double kExact = 9007199254740992.0;
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) <= kExact) value = static_cast<std::int64_t>(number);
  } else if (value.is_structured()) {
    for (auto& inner : value) make_whole(inner);
  }
}

bool is_truthy(std::string_view json) {
  if (json == "null" || json == "false" || json == "\"\"") return false;
  const bool number = !json.empty() && (is_digit(json.front()) || json.front() == '-');
  return !number || std::strtod(std::string(json).c_str(), nullptr) != 0.0;
}

}  // namespace

std::optional<std::string> json_error(std::string_view text) {
  if (trim(text).empty()) return "it is empty";
  const auto error = check_wrapped(text);
  if (error == simdjson::SUCCESS) return std::nullopt;
  return describe(error);
}

std::string checked_json(std::string_view text) {
  if (const auto message = json_error(text)) throw JsonError(*message);
  return std::string(trim(text));
}

std::string quote(std::string_view text) {
  if (!simdjson::validate_utf8(text)) throw JsonError("it is not valid UTF-8");
  return nlohmann::json(text).dump();
}

std::string compact_json(std::string_view json) {
  auto tree = nlohmann::ordered_json::parse(json, nullptr, false);
  if (tree.is_discarded()) throw JsonError("it has half a surrogate pair, or a number beyond a double");
  make_whole(tree);
  return tree.dump();
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

bool has_provider_error(std::string_view result) {
  if (!is_object(trim(result)) || result.find("\"error\"") == std::string_view::npos) return false;
  const simdjson::padded_string padded(result);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::value error;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return false;
  if (document.find_field_unordered("error").get(error) != simdjson::SUCCESS) return false;
  std::string_view text;
  if (simdjson::to_json_string(error).get(text) != simdjson::SUCCESS) return false;
  return is_truthy(trim(text));
}

}  // namespace provider_host::cli
