#include "promptfoo/helper/failure_text.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "promptfoo/result_hints.h"

namespace provider_host::promptfoo {
namespace {

constexpr std::string_view kTracebackStart = "Traceback (most recent call last):\n";
constexpr int kMaxExitCode = 255;

// Of sys.exit(3). A call that ends with sys.exit(0) has no result and so failed, too.
int exit_code_of(const Error& error) {
  int code = 0;
  const char* const end = error.message.data() + error.message.size();
  const auto [rest, fault] = std::from_chars(error.message.data(), end, code);
  const bool is_code = error.type == "SystemExit" && fault == std::errc() && rest == end;
  return is_code && code > 0 && code <= kMaxExitCode ? code : 1;
}

void add_paragraph(std::string& text, std::string_view paragraph) {
  if (paragraph.empty()) return;
  text += paragraph;
  if (!paragraph.ends_with('\n')) text += '\n';
}

}  // namespace

std::string without_earlier(std::string lines, std::string_view earlier) {
  if (!lines.empty() && !lines.ends_with('\n')) lines += '\n';
  std::size_t known = std::min(lines.size(), earlier.size());
  while (!earlier.ends_with(std::string_view(lines).substr(0, known))) --known;
  return lines.substr(known);
}

Failure failure_of(const Error& error) {
  Failure failure;
  if (!error.traceback.empty()) {
    // A syntax error has no frames, so Python prints no such line for it.
    if (!error.traceback.starts_with("Traceback")) failure.text = kTracebackStart;
    add_paragraph(failure.text, error.traceback);
    failure.exit_code = exit_code_of(error);
    return failure;
  }
  add_paragraph(failure.text, "provider-host-python: " + without_pool_options(error.message));
  add_paragraph(failure.text, error.stack);
  return failure;
}

}  // namespace provider_host::promptfoo
