// Whatever the text, the checker agrees with another parser (numbers that no double holds are fine for us only).
#include "wire/json_checker.h"

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "wire/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A NUL byte is the end of the text to them.
  if (text.find('\0') != std::string_view::npos) return 0;
  provider_host::wire::JsonChecker checker(text, 200);
  const auto problem = checker.find_error();
  if (!problem && !provider_host::wire::is_utf8(text)) std::abort();
  if (problem && problem->find("nested more than") != std::string::npos) return 0;
  try {
    const bool theirs = !nlohmann::json::parse(text).is_discarded();
    if (theirs && problem && !text.starts_with("\xEF\xBB\xBF")) std::abort();  // they skip a byte order mark
  } catch (const nlohmann::json::out_of_range&) {
    return 0;
  } catch (const nlohmann::json::parse_error&) {
    if (!problem) std::abort();
  }
  return 0;
}
