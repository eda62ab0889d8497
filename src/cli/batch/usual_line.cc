#include "cli/batch/usual_line.h"

#include <algorithm>
#include <cstddef>

#include "base/text_scan.h"
#include "cli/io/json_text.h"
#include "wire/json_checker.h"
#include "wire/json_text.h"

namespace provider_host::cli {
namespace {

// Fewer than a line may have, so that another reader reports those with more.
constexpr std::size_t kMaxDepth = 500;

bool is_json(std::string_view text, wire::LoneSurrogates lone = wire::LoneSurrogates::kAllowed) {
  return !wire::JsonChecker(text, kMaxDepth, lone).find_error();
}

// Finds the parts of a text that may be JSON. Each function returns an empty text when there is no such part.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // Whether the next character but for white space is `c`, which is skipped then.
  bool skip(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool is_at_end() {
    skip_space();
    return at_ == text_.size();
  }

  // With its quotes; `has_escapes` becomes whether it has any, which were not checked.
  std::string_view string(bool& has_escapes) {
    skip_space();
    const std::size_t begin = at_;
    if (at_ == text_.size() || text_[at_] != '"') return {};
    has_escapes = false;
    for (++at_;; at_ += 2) {
      at_ += plain_length(text_.substr(at_));
      if (at_ >= text_.size()) return {};
      if (text_[at_] == '"') return text_.substr(begin, ++at_ - begin);
      if (text_[at_] != '\\' || at_ + 1 >= text_.size()) return {};
      has_escapes = true;
    }
  }

  // Up to what may follow a number or a word.
  std::string_view word() {
    skip_space();
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size());
    return text_.substr(begin, at_ - begin);
  }

  std::string_view object() {
    skip_space();
    const std::size_t begin = at_;
    if (at_ == text_.size() || text_[at_] != '{') return {};
    std::size_t depth = 0;
    while ((at_ = text_.find_first_of("\"{}", at_)) != std::string_view::npos) {
      const char c = text_[at_];
      if (c == '"') {
        bool has_escapes = false;
        if (string(has_escapes).empty()) return {};
        continue;
      }
      ++at_;
      c == '{' ? ++depth : --depth;
      if (depth == 0) return text_.substr(begin, at_ - begin);
    }
    at_ = text_.size();
    return {};
  }

  [[nodiscard]] bool is_before_string() {
    skip_space();
    return at_ < text_.size() && text_[at_] == '"';
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
      ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool read_prompt(Scanner& scanner, UsualLine& line) {
  bool has_escapes = false;
  if (!line.prompt.empty()) return false;
  line.prompt = scanner.string(has_escapes);
  return !line.prompt.empty() && (!has_escapes || is_json(line.prompt));
}

bool read_id(Scanner& scanner, UsualLine& line, bool& has_id) {
  bool has_escapes = true;
  if (has_id) return false;
  has_id = true;
  line.id = scanner.is_before_string() ? scanner.string(has_escapes) : scanner.word();
  return !line.id.empty() && !is_object(line.id) && !is_array(line.id) && (!has_escapes || is_json(line.id));
}

bool read_vars(Scanner& scanner, UsualLine& line) {
  if (!line.vars.empty()) return false;
  line.vars = scanner.object();
  // Keys must be text: another reader tells them from values.
  return !line.vars.empty() && is_json(line.vars, wire::LoneSurrogates::kRefused);
}

}  // namespace

std::optional<UsualLine> read_usual_line(std::string_view text) {
  UsualLine line;
  Scanner scanner(text);
  bool has_id = false;
  if (!scanner.skip('{')) return std::nullopt;
  do {
    bool has_escapes = false;
    const std::string_view key = scanner.string(has_escapes);
    if (!scanner.skip(':')) return std::nullopt;
    const bool known = (key == "\"prompt\"" && read_prompt(scanner, line)) ||
                       (key == "\"id\"" && read_id(scanner, line, has_id)) ||
                       (key == "\"vars\"" && read_vars(scanner, line));
    if (!known) return std::nullopt;
  } while (scanner.skip(','));
  if (line.prompt.empty() || !scanner.skip('}') || !scanner.is_at_end()) return std::nullopt;
  if (!wire::is_utf8(text)) return std::nullopt;
  return line;
}

}  // namespace provider_host::cli
