#include "pool/host/stacks.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

namespace provider_host::internal {
namespace {

constexpr std::string_view kFile = "  File \"";
constexpr std::string_view kFileOfHost = "  File \"<provider-host ";
constexpr std::string_view kFrameBelowScript = " in <provider-host>";  // src/host/python/frames_below.py
constexpr std::string_view kNextCall = "\nCall ";

// The thread that crashed, or was asked, is the "Current" one; without one, everything.
std::string_view current_thread(std::string_view stack) {
  const auto current = stack.find("Current thread");
  if (current == std::string_view::npos) return stack;
  stack.remove_prefix(current);
  return stack.substr(0, std::min(stack.find("\n\n"), stack.find(kNextCall)));
}

// The first frame in `file`, or in any.
std::string first_frame(std::string_view stack, std::string_view file) {
  for (std::size_t start = stack.find(kFile); start != std::string_view::npos; start = stack.find(kFile, start + 1)) {
    const std::string_view line = stack.substr(start, stack.find('\n', start) - start);
    const std::size_t path_end = line.find("\", line ");
    if (path_end == std::string_view::npos) continue;
    const std::string_view path = line.substr(kFile.size(), path_end - kFile.size());
    if (path.starts_with('<') || (!file.empty() && path != file)) continue;
    const std::string_view rest = line.substr(path_end + 8);
    return fmt::format("{}:{}", std::filesystem::path(path).filename().string(), rest);
  }
  return "";
}

// Where the next section of a call begins behind this one.
std::size_t next_call(std::string_view stack) {
  const auto found = stack.find(kNextCall);
  return found == std::string_view::npos ? stack.size() : found + 1;
}

// A frame's file and function; the line changes from one look to the next.
using Place = std::pair<std::string_view, std::string_view>;

std::vector<Place> places_in(std::string_view section) {
  std::vector<Place> places;
  for (auto start = section.find(kFile); start != std::string_view::npos; start = section.find(kFile)) {
    section.remove_prefix(start + kFile.size());
    const std::string_view line = section.substr(0, section.find('\n'));
    const auto function = line.rfind(" in ");
    if (function != std::string_view::npos) places.emplace_back(line.substr(0, line.find('"')), line.substr(function));
  }
  return places;
}

}  // namespace

std::string innermost_frame(std::string_view stack, std::string_view file) {
  return first_frame(current_thread(stack), file);
}

std::string innermost_frame_of_any_thread(std::string_view stack, std::string_view file) {
  return first_frame(stack, file);
}

std::string_view call_section(std::string_view stack, std::uint64_t call) {
  const std::string title = fmt::format("Call {} (most recent call first):\n", call);
  const auto start = stack.find(title);
  if (start == std::string_view::npos) return {};
  stack.remove_prefix(start);
  return stack.substr(0, stack.find("\n\n"));
}

std::string without_host_frames(std::string_view stack) {
  std::string kept;
  kept.reserve(stack.size());
  while (!stack.empty()) {
    const std::size_t end = std::min(stack.find('\n'), stack.size());
    const std::string_view line = stack.substr(0, end);
    const bool is_ours =
        line.starts_with(kFileOfHost) || (line.starts_with(kFile) && line.ends_with(kFrameBelowScript));
    const std::size_t next = std::min(end + 1, stack.size());
    if (!is_ours) kept += stack.substr(0, next);
    stack.remove_prefix(next);
  }
  return kept;
}

std::string without_repeated_calls(std::string_view stack) {
  if (stack.find("Current thread") == std::string_view::npos) return std::string(stack);
  const std::vector<Place> thread = places_in(current_thread(stack));
  std::string kept;
  while (!stack.empty()) {
    const auto blank = stack.find("\n\n");
    const auto after_blank = blank == std::string_view::npos ? stack.size() : blank + 2;
    const std::string_view section = stack.substr(0, std::min(after_blank, next_call(stack)));
    stack.remove_prefix(section.size());
    const std::vector<Place> places = section.starts_with("Call ") ? places_in(section) : std::vector<Place>();
    if (places.empty() || std::ranges::find(thread, places.back()) == thread.end()) kept += section;
  }
  return kept;
}

bool waits_in_event_loop(std::string_view stack) {
  stack = current_thread(stack);
  const auto start = stack.find(kFile);
  if (start == std::string_view::npos) return false;
  const std::string_view line = stack.substr(start + kFile.size(), stack.find('\n', start) - start - kFile.size());
  const std::string_view path = line.substr(0, line.find('"'));
  return path.starts_with("<provider-host") || path.ends_with("/selectors.py") ||
         path.find("/asyncio/") != std::string_view::npos;
}

}  // namespace provider_host::internal
