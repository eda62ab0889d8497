#include "promptfoo/result_hints.h"

#include <array>
#include <string_view>
#include <utility>

namespace provider_host::promptfoo {

std::string without_pool_options(std::string message) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kHints = {{
      {"; the option nan = null makes it null", "; return None instead"},
      {"; the option surrogates = replace makes it U+FFFD", "; text.encode('utf-8', 'replace').decode() replaces it"},
      {", or ask for base64 text with the option bytes = base64", ", or return base64 text"},
      {"; the option frame_limit sets it", ""},
      {" (the option frame_limit)", ""},
  }};
  for (const auto& [hint, instead] : kHints) {
    const std::size_t at = message.find(hint);
    if (at != std::string::npos) message.replace(at, hint.size(), instead);
  }
  return message;
}

}  // namespace provider_host::promptfoo
