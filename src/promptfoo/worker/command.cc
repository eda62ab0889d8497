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

// What stands before the next bar; `text` becomes what stands behind it.
std::string take_part(std::string_view& text) {
  const std::size_t end = text.find('|');
  std::string part(text.substr(0, end));
  text.remove_prefix(end + 1);
  return part;
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
  if (bars > 1) call.function = take_part(rest);
  call.request = take_part(rest);
  call.response = rest;
  return call;
}

}  // namespace provider_host::promptfoo
