#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace provider_host::chaos {

/// The prompt in `count` pieces of the same size, the last one shorter; fewer pieces when the prompt is short. As in
/// chaos_provider.py.
inline std::vector<std::string_view> pieces_of(std::string_view prompt, std::size_t count) {
  const std::size_t size = (prompt.size() + count - 1) / count;
  std::vector<std::string_view> pieces;
  for (; !prompt.empty(); prompt.remove_prefix(pieces.back().size())) pieces.push_back(prompt.substr(0, size));
  return pieces;
}

/// How the text of each item begins that an endless stream has behind its first piece.
inline constexpr std::string_view kMore = "more";

}  // namespace provider_host::chaos
