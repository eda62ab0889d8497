#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "provider_host/error.h"
#include "server/openai/completion.h"
#include "server/openai/result_parts.h"
#include "server/openai/usage.h"
#include "wire/item_text.h"

namespace provider_host::server {

/// The events (server-sent events) of one streamed chat completion: first(), text() for each item, last(), done(). Each
/// text is whole events, `data: …` with an empty line behind each. Pure; not thread-safe.
///
/// Once provider_error() is set, what text() or last() has returned ends with the error's event. That is the last one:
/// the response ends behind it, without done(), and the call can be cancelled.
class ChatChunks {
 public:
  ChatChunks(const CompletionHead& head, bool include_usage);

  /// The chunk with the role, before any item.
  [[nodiscard]] std::string first() const;

  /// What an item of the stream, valid JSON in one line, adds; nothing when there is nothing to send. Items are read as
  /// docs/reference/http.md says: a whole result is kept for last().
  std::optional<std::string> text(std::string_view item_json);

  /// When the call has succeeded: what is left of the content, the finish reason, and the usage if asked for.
  /// `outcome_json` is what the function has returned, valid JSON in one line; `null` for nothing.
  std::string last(std::string_view outcome_json);

  /// Behind last().
  static std::string_view done() { return "data: [DONE]\n\n"; }

  /// Instead of last() and done(), when the call has failed.
  static std::string error(const Error& error);

  /// A chunk that adds nothing, at any time between first() and last().
  [[nodiscard]] std::string heartbeat() const;

  /// The message of the provider's own error; nothing as long as there was none.
  [[nodiscard]] const std::optional<std::string>& provider_error() const { return provider_error_; }

 private:
  void add_text(std::string& out, std::string_view escaped);
  void add_value(std::string& out, std::string_view json);
  void add_chunk_item(std::string& out, std::string_view json, const wire::ItemParts& parts);
  void add_other_item(std::string& out, std::string_view json);
  void add_held(std::string& out);
  void note(const ResultParts& result);
  bool fail_if(std::string& out, std::string_view error);
  [[nodiscard]] std::string finish_chunk() const;
  [[nodiscard]] std::string usage_chunk() const;

  bool include_usage_;
  std::string head_;   // of each event, up to the choices
  std::string start_;  // of an event with a delta, up to the delta's members
  std::string end_;    // of the same, behind them

  bool has_content_ = false;         // some was sent
  bool has_bare_text_ = false;       // some item was a text or a chunk
  std::optional<std::string> held_;  // text, escaped, of a delta behind bare texts: as the last item it repeats them
  std::string result_;               // the last item, when it is a whole result; else empty
  std::string finish_reason_ = R"("stop")";
  Usage usage_;
  std::optional<std::string> provider_error_;
};

}  // namespace provider_host::server
