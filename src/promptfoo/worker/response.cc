#include "promptfoo/worker/response.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "promptfoo/result_hints.h"
#include "promptfoo/worker/retry_words.h"

namespace provider_host::promptfoo {
namespace {

constexpr std::string_view kWhileImporting = " while being imported";

// Errors of the script's text and of its imports repeat themselves, so no word in them is a reason to run a call again.
bool repeats_itself(const Error& error) {
  constexpr std::array<std::string_view, 5> kTypes = {"SyntaxError", "IndentationError", "TabError", "ImportError",
                                                      "ModuleNotFoundError"};
  return std::ranges::find(kTypes, error.type) != kTypes.end();
}

std::string with_tail(std::string text, const Error& error) {
  if (error.stderr_tail.empty()) return text;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text + "The last lines on stderr:\n" + error.stderr_tail;
}

// promptfoo shows str(exception), which says little for what ends a program.
ErrorText of_exception(const Error& error) {
  const bool ends_program = error.type == "SystemExit" && error.message != error.type;
  return {ends_program ? error.type + ": " + error.message : error.message,
          without_retry_words_in_locations(error.traceback)};
}

ErrorText without_options(const Error& error) {
  return {without_retry_words(without_pool_options(error.message)), without_retry_words(error.traceback)};
}

// "provider.py raised ValueError while being imported: TEXT"; the text is the user's.
ErrorText of_import(const Error& error) {
  const std::string traceback = error.traceback.empty() ? with_tail(error.stack, error) : error.traceback;
  const std::size_t ours = error.message.find(kWhileImporting);
  if (error.traceback.empty() || ours == std::string::npos || repeats_itself(error)) {
    return {without_retry_words(error.message), without_retry_words(traceback)};
  }
  return {without_retry_words(error.message.substr(0, ours)) + error.message.substr(ours),
          without_retry_words_in_locations(traceback)};
}

ErrorText of_time_limit(const Error& error, double promptfoo_limit) {
  return {
      without_retry_words(fmt::format("{} (promptfoo itself gives up after {:g} s)", error.message, promptfoo_limit)),
      without_retry_words(error.stack)};
}

}  // namespace

ErrorText describe(const Error& error, double promptfoo_limit) {
  switch (error.kind) {
    case ErrorKind::kPythonException:
      return of_exception(error);
    case ErrorKind::kImportFailed:
      return of_import(error);
    case ErrorKind::kInvalidRequest:
    case ErrorKind::kInvalidResponse:
      return without_options(error);
    case ErrorKind::kTimeout:
      return of_time_limit(error, promptfoo_limit);
    default:
      break;
  }
  const std::string& text = error.traceback.empty() ? error.stack : error.traceback;
  return {without_retry_words(error.message), without_retry_words(with_tail(text, error))};
}

std::string response_text(const Outcome& outcome, double promptfoo_limit) {
  if (outcome) {
    std::string text = R"({"type":"result","data":)";
    text += outcome.json();
    return text += '}';
  }
  const ErrorText described = describe(outcome.error(), promptfoo_limit);
  const nlohmann::ordered_json json = {
      {"type", "error"}, {"error", described.error}, {"traceback", described.traceback}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string write_response(const std::string& path, std::string_view text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  bool failed = !file;
  while (!failed && !text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count >= 0) text.remove_prefix(static_cast<std::size_t>(count));
    failed = count < 0 && errno != EINTR;
  }
  if (!failed) return "";
  const int error = errno;
  if (file) [[maybe_unused]]
    const int emptied = ::ftruncate(file.get(), 0);  // half of a response helps nobody
  return fmt::format("cannot write {}: {}", path, std::strerror(error));
}

}  // namespace provider_host::promptfoo
