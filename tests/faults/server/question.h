#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "faults/random.h"
#include "faults/server/http_client.h"
#include "server/route.h"

namespace provider_host::chaos {

/// A request, and how the right answer to it looks.
struct Question {
  std::string request;  ///< All of it.
  server::Route route = server::Route::kOther;
  int status = 200;
  int calls = 0;  ///< That an answer with status 200 stands for.
  /// Whether the body of an answer with that status is right.
  std::function<bool(const HttpAnswer& answer)> is_right = [](const HttpAnswer&) { return true; };
};

/// `POST` with that body; in chunks of so many bytes, when that is above 0.
std::string post(std::string_view path, std::string_view body, std::size_t chunk = 0);

/// A call of chaos_provider.py, as /v1/call takes it.
struct ScriptCall {
  std::string prompt;
  std::string function = {};
  std::string fault = {};  ///< `options["do"]`
  int pieces = 3;
  bool streams = false;
};
std::string call_body(const ScriptCall& call);

/// What the items and the end of a streamed call say (NDJSON).
struct StreamedCall {
  std::string text;   ///< Of the items.
  std::string error;  ///< The kind; empty: it succeeded.
  bool ended = false;
};
StreamedCall streamed_call(const std::string& body);
/// The kind of error that an answer tells of, in either format; empty: none.
std::string error_kind(const HttpAnswer& answer);

/// A request of a well-behaved client; `prompt` is unique and needs no escapes.
Question draw_question(Random& random, const std::string& prompt);

}  // namespace provider_host::chaos
