#include "promptfoo/worker/retry_words.h"

#include <algorithm>
#include <array>

namespace provider_host::promptfoo {
namespace {

// In lower case; promptfoo ignores the case.
constexpr std::array<std::string_view, 13> kRetryWords = {
    "timeout", "network", "econnrefused", "econnreset", "eproto",     "socket hang up",   "bad record mac",
    "502",     "503",     "504",          "429",        "rate limit", "too many requests"};
constexpr std::string_view kTimeout = "timeout";
constexpr std::string_view kTimeLimit = "time limit";
constexpr std::string_view kWordJoiner = "\u2060";  // breaks no line, has no width

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

// The retry word that `text` starts with; empty when there is none.
std::string_view retry_word_at(std::string_view text) {
  for (const std::string_view word : kRetryWords) {
    if (starts_with(text, word)) return word;
  }
  return {};
}

// Whether what stands at `start` is a word of a sentence, not part of a name or of a path.
bool is_plain_word(std::string_view text, std::size_t start, std::size_t size) {
  const bool begins = start == 0 || text[start - 1] == ' ' || text[start - 1] == '(' || text[start - 1] == '\n';
  std::string_view rest = text.substr(start + size);
  if (!rest.empty() && std::string_view(".:;,)").find(rest[0]) != std::string_view::npos) rest.remove_prefix(1);
  return begins && (rest.empty() || rest[0] == ' ' || rest[0] == '\n');
}

// A line of a traceback that says where, also in an exception group.
bool is_location(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" |+");
  return start != std::string_view::npos && line.substr(start).starts_with("File \"") &&
         line.find("\", line ") != std::string_view::npos;
}

}  // namespace

std::string without_retry_words(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view word = retry_word_at(text.substr(at));
    if (word == kTimeout && is_plain_word(text, at, word.size())) {
      result += text[at];  // in its case
      result += kTimeLimit.substr(1);
      at += word.size();
      continue;
    }
    result += text[at++];
    if (!word.empty()) result += kWordJoiner;
  }
  return result;
}

std::string without_retry_words_in_locations(std::string_view traceback) {
  std::string result;
  while (!traceback.empty()) {
    const std::size_t end = std::min(traceback.find('\n'), traceback.size() - 1) + 1;
    const std::string_view line = traceback.substr(0, end);
    if (is_location(line)) {
      result += without_retry_words(line);
    } else {
      result += line;
    }
    traceback.remove_prefix(end);
  }
  return result;
}

}  // namespace provider_host::promptfoo
