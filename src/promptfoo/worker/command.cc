#include "promptfoo/worker/command.h"

#include <algorithm>

namespace provider_host::promptfoo {
namespace {

constexpr std::string_view kCall = "CALL|";
constexpr std::string_view kShutdown = "SHUTDOWN";
constexpr std::string_view kSpace = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// What stands before the bar; `text` becomes what stands behind it.
std::string take_part(std::string_view& text, std::size_t bar) {
  std::string part(text.substr(0, bar));
  text.remove_prefix(bar + 1);
  return part;
}

std::string_view directory_of(std::string_view path) { return path.substr(0, path.rfind('/') + 1); }

// The bar between request and response. Both are in one directory, whose name may have bars, too.
std::size_t middle_bar(std::string_view text) {
  const std::size_t first = text.find('|');
  for (std::size_t bar = first; bar != std::string_view::npos; bar = text.find('|', bar + 1)) {
    if (directory_of(text.substr(0, bar)) == directory_of(text.substr(bar + 1))) return bar;
  }
  return first;
}

}  // namespace

Command parse_command(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with(kShutdown)) return ShutdownCommand{};
  std::string_view rest = line;
  if (!line.starts_with(kCall)) return UnknownCommand{std::string(line)};
  rest.remove_prefix(kCall.size());
  const auto bars = std::count(rest.begin(), rest.end(), '|');
  if (bars == 0) return UnknownCommand{std::string(line)};
  CallCommand call;
  if (bars > 1) call.function = take_part(rest, rest.find('|'));
  call.request = take_part(rest, middle_bar(rest));
  call.response = rest;
  return call;
}

}  // namespace provider_host::promptfoo
