#include "server/monitoring/failure_log.h"

#include <string_view>

#include "base/utf8.h"

namespace provider_host::server {
namespace {

constexpr std::string_view kLeftOut = "[…]";

void keep_beginning(std::string& text) {
  if (text.size() <= FailureLog::kMaxText) return;
  text.resize(utf8_prefix(text, FailureLog::kMaxText).size());
  text += kLeftOut;
}

void keep_end(std::string& text) {
  if (text.size() <= FailureLog::kMaxText) return;
  std::size_t start = text.size() - FailureLog::kMaxText;
  while (start < text.size() && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) ++start;
  text.replace(0, start, kLeftOut);
}

}  // namespace

void FailureLog::add(Failure failure) {
  Error& error = failure.error;
  for (std::string* text : {&error.message, &error.type, &error.partial, &error.path, &error.stack, &error.verdict,
                            &error.last_error, &failure.path, &failure.request_id}) {
    keep_beginning(*text);
  }
  keep_end(error.traceback);
  keep_end(error.stderr_tail);
  if (error.culprit) keep_beginning(*error.culprit);
  recent_.add({{"time", failure.time},
               {"request_id", failure.request_id},
               {"path", failure.path},
               {"status", failure.status},
               {"error", to_json(error)},
               {"host", failure.host},
               {"pid", failure.pid}});
}

}  // namespace provider_host::server
