#include "server/openai/chat_chunks.h"

#include <array>
#include <utility>

#include "server/event_text.h"
#include "server/openai/error_body.h"
#include "server/openai/pick_members.h"
#include "server/openai/request_members.h"
#include "wire/json_members.h"
#include "wire/json_text.h"

namespace provider_host::server {
namespace {

constexpr std::string_view kDeltaStart = R"({"index":0,"delta":{)";
constexpr std::string_view kFinishReason = R"(},"logprobs":null,"finish_reason":)";
constexpr std::string_view kNoUsage = R"(,"usage":null)";

std::string_view between_quotes(std::string_view string) { return string.substr(1, string.size() - 2); }

}  // namespace

ChatChunks::ChatChunks(const CompletionHead& head, bool include_usage) : include_usage_(include_usage) {
  head_.append(kEventStart).append(R"({"id":")").append(head.id);
  head_.append(R"(","object":"chat.completion.chunk","created":)").append(std::to_string(head.created));
  head_.append(R"(,"model":)").append(head.model_json).append(R"(,"choices":[)");
  start_.append(head_).append(kDeltaStart);
  end_.append(kFinishReason).append("null}]");
  if (include_usage_) end_ += kNoUsage;
  end_.append("}").append(kEventEnd);
}

std::string ChatChunks::first() const { return start_ + R"("role":"assistant","content":"")" + end_; }

std::string ChatChunks::heartbeat() const { return start_ + end_; }

std::string ChatChunks::error(const Error& error) { return event_text(openai_error(error)); }

std::optional<std::string> ChatChunks::text(std::string_view item_json) {
  using Kind = wire::ItemParts::Kind;
  const std::string_view json = wire::without_space(item_json);
  const wire::ItemParts parts = wire::parts_of_item(json);
  std::string out;
  add_held(out);
  result_.clear();
  switch (parts.kind) {
    case Kind::kText:
      has_bare_text_ = true;
      add_text(out, *parts.text);
      break;
    case Kind::kDelta:
      if (has_bare_text_) {
        held_ = *parts.text;
      } else {
        add_text(out, *parts.text);
      }
      break;
    case Kind::kChunk:
      add_chunk_item(out, json, parts);
      break;
    case Kind::kOther:
      add_other_item(out, json);
      break;
  }
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

std::string ChatChunks::last(std::string_view outcome_json) {
  const std::string_view outcome = wire::without_space(outcome_json);
  std::string out;
  if (is_given(outcome) || !has_content_) add_held(out);
  const ResultParts result = parts_of_result(is_given(outcome) ? outcome : result_);
  if (fail_if(out, result.error)) return out;
  note(result);
  if (!has_content_) {
    std::string content;
    append_content(content, result.output);
    add_text(out, between_quotes(content));
  }
  out += finish_chunk();
  if (include_usage_) out += usage_chunk();
  return out;
}

// `escaped` is as between the quotes of a JSON string.
void ChatChunks::add_text(std::string& out, std::string_view escaped) {
  constexpr std::string_view kContent = R"("content":")";
  if (escaped.empty()) return;
  has_content_ = true;
  out.reserve(out.size() + start_.size() + kContent.size() + escaped.size() + 1 + end_.size());
  out.append(start_).append(kContent).append(escaped).append("\"").append(end_);
}

// Values are told apart by lines.
void ChatChunks::add_value(std::string& out, std::string_view json) {
  if (!is_given(json)) return;
  const std::string quoted = wire::quote(json);
  add_text(out, (has_content_ ? "\\n" : "") + std::string(between_quotes(quoted)));
}

void ChatChunks::add_chunk_item(std::string& out, std::string_view json, const wire::ItemParts& parts) {
  static constexpr std::array<std::string_view, 2> kNames{"choices", "error"};
  static constexpr std::array<std::string_view, 1> kChoiceNames{"finish_reason"};
  const auto [choices, error] = pick_members(json, kNames);
  if (fail_if(out, error)) return;
  const std::string_view reason = pick_members(wire::first_item(choices), kChoiceNames)[0];
  if (is_text(reason)) finish_reason_ = reason;
  if (const auto usage = usage_of_chunk(parts.usage)) usage_ = *usage;
  if (parts.text) {
    has_bare_text_ = true;
    add_text(out, *parts.text);
  } else {
    add_value(out, json);
  }
}

void ChatChunks::add_other_item(std::string& out, std::string_view json) {
  const ResultParts result = parts_of_result(json);
  if (!is_object(json) || (result.output.empty() && result.error.empty())) return add_value(out, json);
  if (fail_if(out, result.error)) return;
  note(result);
  result_ = json;
}

void ChatChunks::add_held(std::string& out) {
  if (held_) add_text(out, *held_);
  held_.reset();
}

void ChatChunks::note(const ResultParts& result) {
  if (const auto usage = usage_of_result(result.token_usage)) usage_ = *usage;
  if (!result.finish_reason.empty()) finish_reason_ = result.finish_reason;
}

// Whether that is a provider's own error, whose event ends the stream.
bool ChatChunks::fail_if(std::string& out, std::string_view error) {
  provider_error_ = error_text(error);
  if (provider_error_) out += event_text(openai_provider_error(*provider_error_));
  return provider_error_.has_value();
}

std::string ChatChunks::finish_chunk() const {
  std::string out = start_;
  out.append(kFinishReason).append(finish_reason_).append("}]");
  if (include_usage_) out += kNoUsage;
  return out.append("}").append(kEventEnd);
}

std::string ChatChunks::usage_chunk() const {
  std::string out = head_ + R"(],"usage":)";
  append_usage(out, usage_);
  return out.append("}").append(kEventEnd);
}

}  // namespace provider_host::server
