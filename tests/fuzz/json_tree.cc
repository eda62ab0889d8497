// A checked text becomes the tree that another parser makes of it, and its text becomes that tree again.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "wire/json_text.h"
#include "wire/json_value.h"

namespace wire = provider_host::wire;

namespace {

using nlohmann::json;

void expect(bool fine) {
  if (!fine) std::abort();
}

// The other parser's tree, or nothing when it gives up at a number that no double holds.
std::optional<json> theirs(const std::string& text) {
  try {
    return json::parse(text);
  } catch (const json::out_of_range&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kDepth = 200;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!wire::is_utf8(text) || wire::json_error(text, kDepth)) return 0;
  const json tree = wire::parse_checked(text);
  const auto expected = theirs(text);
  if (!expected) return 0;
  expect(tree == *expected);
  std::string written;
  wire::append_json(written, tree);
  expect(!wire::json_error(written, kDepth) && json::parse(written) == tree);
  return 0;
}
